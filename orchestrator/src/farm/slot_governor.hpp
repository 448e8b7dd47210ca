// How many runs a host bears at once, found out while they run: a run that the host starved lowers
// the number by a quarter, and as many good ones as there are slots raise it by one again. Want of
// room lowers it to what there is. Pure.
#pragma once

#include <algorithm>
#include <cstddef>

#include "farm/admission.hpp"

namespace wedgehog::farm {

class slot_governor {
 public:
  explicit slot_governor(std::size_t most)
      : most_(std::max<std::size_t>(most, 1)), allowed_(most_) {}

  // At least 1.
  [[nodiscard]] std::size_t allowed() const { return allowed_; }
  [[nodiscard]] std::size_t most() const { return most_; }

  // Of the runs that the same moment starved only the first lowers the number: the others were
  // begun before it was lower.
  void starved(std::size_t under_way) {
    good_ = 0;
    if (under_way > allowed_) return;
    allowed_ = after_starving(allowed_);
  }
  // Of more there is no room now.
  void limit_to(std::size_t number) {
    good_ = 0;
    allowed_ = std::clamp<std::size_t>(number, 1, allowed_);
  }
  void went_well() {
    if (allowed_ == most_ || ++good_ < allowed_) return;
    ++allowed_;
    good_ = 0;
  }

 private:
  std::size_t most_;
  std::size_t allowed_;
  std::size_t good_ = 0;
};

}  // namespace wedgehog::farm
