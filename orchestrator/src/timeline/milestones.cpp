#include "timeline/milestones.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ensure.hpp"

namespace wedgehog::timeline {
namespace {

using row = std::pair<reached, std::string_view>;

// Released words never change: they stand in stored timelines.
constexpr std::array words{
    row{reached::guest_os, "guest-os"},
    row{reached::machine_started, "machine-started"},
    row{reached::guest_ready, "guest-ready"},
    row{reached::canary_began, "canary-began"},
    row{reached::workload_began, "workload-began"},
    row{reached::output, "output"},
    row{reached::progress, "progress"},
    row{reached::steps_done, "steps-done"},
    row{reached::step_failed, "step-failed"},
    row{reached::console_harmless, "console-harmless"},
    row{reached::console_warning, "console-warning"},
    row{reached::reset_expected, "reset-expected"},
    row{reached::machine_stopping, "machine-stopping"},
    row{reached::qemu_ended, "qemu-ended"},
    row{reached::collected, "collected"},
    row{reached::fault_due, "fault-due"},
    row{reached::monitor_stuck, "monitor-stuck"},
    row{reached::monitor_freed, "monitor-freed"},
    row{reached::by_hand, "by-hand"},
    row{reached::control_missing, "control-missing"},
    row{reached::recovery_began, "recovery-began"},
    row{reached::faults_healed, "faults-healed"},
    row{reached::recovery_ended, "recovery-ended"},
    row{reached::faults_left, "faults-left"},
    row{reached::fault_missed, "fault-missed"},
    row{reached::fault_never_fired, "fault-never-fired"},
    row{reached::host_trouble, "host-trouble"},
    row{reached::host_disk_full, "host-disk-full"},
    row{reached::stop_asked, "stop-asked"},
    row{reached::run_ended, "run-ended"},
    row{reached::evidence_began, "evidence-began"},
    row{reached::agent_complaint, "agent-complaint"},
    row{reached::agent_incompatible, "agent-incompatible"},
    row{reached::agent_restarted, "agent-restarted"},
};

}  // namespace

std::string_view word_of(reached what) {
  auto const found = std::find_if(words.begin(), words.end(),
                                  [what](row const& one) { return one.first == what; });
  ensure(found != words.end(), "every milestone has a word");
  return found->second;
}

std::vector<reached> const& all_milestones() {
  static std::vector<reached> const all = [] {
    std::vector<reached> list;
    for (auto const& one : words) list.push_back(one.first);
    return list;
  }();
  return all;
}

std::optional<reached> milestone_of(milestone const& one) {
  auto const found = std::find_if(words.begin(), words.end(),
                                  [&one](row const& each) { return each.second == one.name; });
  if (found == words.end()) return std::nullopt;
  return found->first;
}

milestone mark(reached what, std::string detail) {
  return {std::string(word_of(what)), std::move(detail)};
}

}  // namespace wedgehog::timeline
