// The hook: a command of the user's that learns of a campaign's new failures and of its end, as
// JSON on its standard input. What it does is its own affair; it has a minute.
#pragma once

#include <string>
#include <vector>

#include "cli/campaign_table.hpp"
#include "loop/clock.hpp"
#include "store/results_database.hpp"

namespace wedgehog::cli {

class happenings {
 public:
  happenings(std::vector<std::string> hook, std::string campaign)
      : hook_(std::move(hook)), campaign_(std::move(campaign)) {}

  // An error says how the hook failed; nothing else depends on it. Blame: host.
  loop::awaitable<result<void>> new_signature(loop::clock& time, store::stored_run const& run,
                                              store::results_database const& of);
  loop::awaitable<result<void>> ended(loop::clock& time, std::string const& why,
                                      campaign_sight const& now);

 private:
  loop::awaitable<result<void>> run_hook(loop::clock& time, std::string text);

  std::vector<std::string> hook_;
  std::string campaign_;
};

}  // namespace wedgehog::cli
