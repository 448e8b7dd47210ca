// When scheduled faults come: everything about a schedule that can be said without a guest. Chance
// comes from the plan's seed, each schedule having a stream of its own ("schedule:NAME"), so that
// the same seed gives the same moments on every host.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/chance.hpp"
#include "plan/plan.hpp"

namespace wedgehog::plan {

// One time that a schedule injects its faults.
struct occasion {
  std::uint64_t number = 1;
  microseconds after{};                 // since the event that the schedule counts from
  std::optional<microseconds> lasts{};  // absent: until its step, a heal or the end
  bool operator==(occasion const&) const = default;
};

// All occasions of one schedule, one after the other; they do not overlap when they last for a
// time. Those of a schedule that repeats without `times` never end.
class occasions {
 public:
  occasions(scheduled_fault const& what, std::uint64_t plan_seed);
  std::optional<occasion> next();

 private:
  microseconds drawn_below(microseconds bound);

  std::optional<microseconds> every_;
  microseconds after_;
  microseconds jitter_;
  std::optional<microseconds> lasts_;
  std::optional<std::uint64_t> times_;
  std::vector<microseconds> drawn_;  // of `within`, in order
  std::uint64_t made_ = 0;
  microseconds free_from_{};
  chance chance_;
};

// The faults of a schedule in the order in which they are injected.
[[nodiscard]] std::vector<inject> faults_of(scheduled_fault const& what);

// Every fault that the plan means to inject, by steps at any depth and by the clock, in that order.
[[nodiscard]] std::vector<inject> planned(plan const& what);

// A step by its label, or by its path: "3", in a loop "3.1", in a group "4.b.2". "" when there is
// none.
[[nodiscard]] std::string path_of(std::vector<step> const& steps, std::string_view label_or_path);
[[nodiscard]] std::vector<std::string> labels_of(std::vector<step> const& steps);

// The same of a plan: a step of `after_boot` is called "after_boot.1".
inline constexpr std::string_view after_boot_path = "after_boot.";
[[nodiscard]] std::string path_of(plan const& what, std::string_view label_or_path);
[[nodiscard]] std::vector<std::string> labels_of(plan const& what);
// Whether the step that has this path in the run (rounds counted) is that one, or a part of it.
[[nodiscard]] bool is_step(plan const& what, std::string_view path_in_run,
                           std::string_view label_or_path);

// A path of the plan from one of the run, which counts rounds: "3.r2.1" is "3.1".
[[nodiscard]] std::string without_rounds(std::string_view path_in_run);

// The event it counts from, in words: "step 'made' ended".
[[nodiscard]] std::string describe_begin(scheduled_fault const& what);

}  // namespace wedgehog::plan
