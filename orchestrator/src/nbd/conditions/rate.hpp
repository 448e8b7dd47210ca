// Token buckets, and the ones that several disks share.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nbd/condition.hpp"

namespace wedgehog::nbd {

struct rate_bucket {
  struct meter {
    time_point empty_at{};
    // Takes `cost` (time at the full rate) and says from when on the request may go.
    time_point take(time_point now, std::chrono::nanoseconds cost, microseconds burst);
  };
  meter requests;
  meter bytes;
};

// One per run (or per host); must outlive the disks that were opened with it.
class shared_rates {
 public:
  std::shared_ptr<rate_bucket> find(std::string const& name);

 private:
  std::map<std::string, std::weak_ptr<rate_bucket>> buckets_;
};

}  // namespace wedgehog::nbd
