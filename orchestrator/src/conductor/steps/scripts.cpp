// run, workload: scripts in the guest.
#include <fmt/format.h>

#include "agent/kept_output.hpp"
#include "collectors/output_lines.hpp"
#include "conductor/steps/steps.hpp"
#include "plan/script_end.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

// What of a script's output a step keeps for `expect` and for the message of a failure.
constexpr std::size_t output_kept = 128 * 1024;
constexpr auto start_limit = 30s;

std::uint64_t in_milliseconds(microseconds d) {
  return static_cast<std::uint64_t>(d.count() / 1000);
}

std::vector<std::string> environment_of(run_context const& run) {
  std::vector<std::string> words{fmt::format("WEDGEHOG_SEED={}", run.plan.seed)};
  for (auto const& [name, value] : run.plan.variant)
    words.push_back(fmt::format("WEDGEHOG_VARIANT_{}={}", name, value));
  return words;
}

// What a script writes: into the timeline line by line, and both its ends for `expect` and for the
// message of a failure.
class script_output {
 public:
  script_output(run_context& run, std::string path)
      : lines_("step", std::move(path), recorded(run.record), run.time, run.output_room),
        kept_(output_kept) {
    lines_.on_line([this](std::string const& line, bool cut) {
      kept_.append(line);
      if (!cut) kept_.append("\n");
    });
  }
  void take(wire::output const& piece) { lines_.take(piece); }
  void finish() { lines_.finish(); }
  [[nodiscard]] agent::kept_text const& kept() const { return kept_; }

 private:
  static collectors::sink recorded(recorder& record) {
    return [&record](timeline::payload what) { record.record(std::move(what)); };
  }
  collectors::output_lines lines_;
  agent::kept_text kept_;
};

error how_it_ended(wire::ended const& ended, agent::kept_text const& output) {
  std::string words;
  if (ended.timed_out)
    words = fmt::format("it did not end within its deadline{}",
                        ended.unkillable ? " and cannot be killed: it holds on in the kernel (" +
                                               ended.stuck_in + ")"
                                         : "");
  else if (ended.signal != 0)
    words = fmt::format("killed by signal {}", ended.signal);
  else
    words = fmt::format("exit code {}", ended.exit_status);
  auto const tail = output.last(400);
  if (!tail.empty()) words += fmt::format("; its last output: {}", tail);
  return guest_error(std::move(words));
}

}  // namespace

loop::awaitable<result<void>> perform(run_context& run, plan::run const& what,
                                      std::string const& path) {
  script_output output(run, path);
  wire::exec request;
  request.script = what.script;
  request.environment = environment_of(run);
  if (what.deadline) request.deadline_ms = in_milliseconds(*what.deadline);
  loop::duration const limit = what.deadline.value_or(run.plan.limits.run) + patience;
  agent::output_sink const take = [&output](wire::output const& piece) { output.take(piece); };
  auto const ended = co_await run.agent().run(std::move(request), limit, take);
  output.finish();
  if (!ended) co_return ended.error();
  if (!what.capture.empty()) run.captures[what.capture] = output.kept().text();
  run.captures[""] = output.kept().text();
  bool const expected =
      !ended->timed_out &&
      plan::ended_as_expected(what, {.exit_code = ended->exit_status, .signal = ended->signal});
  if (!expected) co_return how_it_ended(ended.value(), output.kept());
  co_return result<void>();
}

loop::awaitable<result<void>> perform(run_context& run, plan::workload const& what,
                                      std::string const& path) {
  wire::start_workload request;
  request.name = what.name;
  if (request.name.view() != what.name)
    co_return recipe_error("the workload's name is too long: " + what.name);
  request.script = what.script;
  request.environment = environment_of(run);
  request.progress = what.progress == plan::progress_source::counter
                         ? wire::progress_source::counter
                         : wire::progress_source::output;
  if (what.deadline) request.deadline_ms = in_milliseconds(*what.deadline);
  auto const started = co_await run.agent().start_workload(std::move(request), start_limit);
  if (!started) co_return started.error();
  run.workloads.began(started.value(), what);
  run.record.record(
      timeline::mark(timeline::reached::workload_began,
                     what.name + (what.may_end                             ? " (may end)"
                                  : what.expect == plan::lifetime::forever ? " (forever)"
                                                                           : " (until it ends)")));
  static_cast<void>(path);
  co_return result<void>();
}

}  // namespace wedgehog::conductor
