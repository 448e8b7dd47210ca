#include "conductor/steps/steps.hpp"

#include <fmt/format.h>

namespace wedgehog::conductor {
namespace {

// A script in one line: its first line that says something.
std::string headline(std::string_view script) {
  constexpr std::size_t most = 60;
  while (!script.empty()) {
    auto const end = script.find('\n');
    auto line = script.substr(0, end);
    script.remove_prefix(end == std::string_view::npos ? script.size() : end + 1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (line.empty() || line.front() == '#' || line.starts_with("set -")) continue;
    bool const cut = line.size() > most || !script.empty();
    return std::string(line.substr(0, most)) + (cut ? " …" : "");
  }
  return {};
}

struct in_words {
  std::string operator()(plan::run const& what) const { return "run " + headline(what.script); }
  std::string operator()(plan::workload const& what) const { return "workload " + what.name; }
  std::string operator()(plan::wait const& what) const {
    switch (what.until) {
      case plan::wait_condition::time:
        return "wait " + print_duration(what.duration);
      case plan::wait_condition::workload_ends:
        return "wait until workload " + what.workload + " ends";
      case plan::wait_condition::console:
        return "wait for console " + what.pattern;
      case plan::wait_condition::progress:
        return fmt::format("wait until {} has done {} more", what.workload, what.count);
    }
    return "wait";
  }
  std::string operator()(plan::loop const& what) const {
    if (what.times) return fmt::format("loop {} times", *what.times);
    if (what.duration) return "loop for " + print_duration(*what.duration);
    return "loop until workload " + what.until + " ends";
  }
  std::string operator()(plan::parallel const& what) const {
    return fmt::format("{} groups in parallel", what.groups.size());
  }
  std::string operator()(plan::canary const& what) const { return "canary on " + what.mount; }
  std::string operator()(plan::expect const& what) const {
    return fmt::format("expect {}", plan::name_of(what.what));
  }
  std::string operator()(plan::collect const&) const { return "collect"; }
  std::string operator()(plan::fetch const& what) const {
    return fmt::format("fetch {}", fmt::join(what.paths, " "));
  }
  std::string operator()(plan::inject const& what) const {
    return fmt::format("inject {} as {}", what.fault, what.as);
  }
  std::string operator()(plan::heal const& what) const { return "heal " + what.name; }
  std::string operator()(plan::power_off const&) const { return "power off"; }
  std::string operator()(plan::reset const&) const { return "reset"; }
  std::string operator()(plan::power_cut const& what) const {
    return fmt::format("cut the power, {} survives{}", plan::name_of(what.survive),
                       what.torn ? ", torn" : "");
  }
  std::string operator()(plan::reboot const& what) const {
    return fmt::format("reboot by the {}", plan::name_of(what.by));
  }
  std::string operator()(plan::kill_qemu const&) const { return "kill QEMU"; }
  std::string operator()(plan::pause const&) const { return "pause the machine"; }
  std::string operator()(plan::resume const&) const { return "resume the machine"; }
};

loop::awaitable<result<void>> dispatch(run_context& run, plan::step const& what,
                                       std::string const& path) {
  // std::visit cannot return from a coroutine's suspension: the awaitable is made first, then
  // awaited.
  auto work = std::visit([&](auto const& action) { return perform(run, action, path); }, what.what);
  co_return co_await std::move(work);
}

}  // namespace

loop::awaitable<step_outcome> perform_after_boot(run_context& run) {
  std::string const path = fmt::format("boot{}.", ++run.boots);
  auto const carried = co_await put_files_in_place(run, path + "files.");
  if (carried.failed) co_return carried;
  co_return co_await perform_steps(run, run.plan.after_boot, path);
}

void note_failure(run_context& run, step_outcome const& outcome) {
  if (!outcome.failed) return;
  run.record.reach(outcome.whose == blame::host ? timeline::reached::host_trouble
                                                : timeline::reached::step_failed,
                   outcome.why);
}

std::string describe(plan::step const& what) {
  return std::visit(in_words{}, what.what);
}

loop::awaitable<step_outcome> perform_steps(run_context& run, std::vector<plan::step> const& steps,
                                            std::string path) {
  step_outcome outcome;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    std::string const position = fmt::format("{}{}", path, i + 1);
    std::string const words = steps[i].label.empty()
                                  ? describe(steps[i])
                                  : fmt::format("{}: {}", steps[i].label, describe(steps[i]));
    co_await run.schedule().before_step(position);
    run.record.record(timeline::step{position, words, "began", ""});
    auto const done = co_await dispatch(run, steps[i], position);
    if (!done) {
      run.record.record(timeline::step{position, words, "failed", done.error().message()});
      outcome.failed = true;
      outcome.path = position;
      outcome.whose = done.error().whose();
      outcome.why = fmt::format("step {} ({}){}: {}", position, words, plan::place_of(steps[i]),
                                done.error().message());
      co_return outcome;
    }
    run.record.record(timeline::step{position, words, "ended", ""});
    ++outcome.done;
  }
  co_return outcome;
}

}  // namespace wedgehog::conductor
