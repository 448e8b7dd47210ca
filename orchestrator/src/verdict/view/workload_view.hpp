// The workloads' own counters: who progresses, who only reports, who is silent, who ended.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "timeline/signal.hpp"
#include "verdict/view/guest_clock.hpp"
#include "verdict/view/sliding.hpp"

namespace wedgehog::verdict {

// Whether the end of a workload is a failure.
enum class may_end { unknown, never, well, anyhow };

struct workload_view {
  struct one {
    std::uint64_t done = 0;
    double began_s = 0;
    double progress_s = 0;       // when `done` last rose
    double progress_host_s = 0;  // the same by host time
    double report_s = 0;         // when it last reported at all
    bool reported = false;
    std::uint64_t errors = 0;
    std::uint64_t errors_at_progress = 0;
    std::string state = "running";
    std::optional<int> exit_code;
    std::optional<int> killed_by;  // absent in older recordings: see timeline::workload
    double ended_s = 0;
    may_end end = may_end::unknown;
    std::string last_words;
    std::uint64_t canaries_at_progress = 0;
    double tasks_at_report = 0;  // how many tasks the guest had while it reported; 0 = unknown
    sliding<3> recent{10};       // by host time: operations, seconds, errors
    double best_rate = 0;        // per second, over the length of `recent`
    int fallen = 0;              // reports in a row below what it had done before
    double latest_host_s = -1e300;

    [[nodiscard]] bool running() const { return state != "ended"; }
    [[nodiscard]] std::optional<double> rate() const;
    // It reports errors, and no operations, or not more of them.
    [[nodiscard]] bool fails(double now_s, double recent_s) const;
  };
  std::map<std::string, one> all;
  bool jumped_back = false;  // a counter fell and stayed there: somebody began anew
  bool any_begun = false;

  struct guest_signs {
    std::uint64_t canaries = 0;
    double tasks = 0;
  };
  // True when the counter moved.
  bool observe(stamp when, timeline::workload const& what, guest_signs signs);
  void observe(timeline::milestone const& what);
  void observe(timeline::output const& what);
  // The last lines that it wrote.
  [[nodiscard]] std::vector<std::string> last_lines(std::string const& name) const;

  // The running workload whose progress is longest ago; null without one.
  [[nodiscard]] one const* most_stuck() const;
  [[nodiscard]] std::string const& name_of_most_stuck() const;
  // The one that ended first, among those whose end is a failure; null without one.
  [[nodiscard]] one const* failed() const;
  [[nodiscard]] std::string const& name_of(one const* which) const;

 private:
  std::map<std::string, may_end> begun_;  // as the milestones said
  std::map<std::string, std::vector<std::string>> lines_;
};

}  // namespace wedgehog::verdict
