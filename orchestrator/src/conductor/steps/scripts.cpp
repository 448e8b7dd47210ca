// run, workload: scripts in the guest.
#include <fmt/format.h>

#include "conductor/steps/steps.hpp"
#include "plan/script_end.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

// What of a script's output a step keeps for `expect` and for the message of a failure.
constexpr std::size_t output_kept = 64 * 1024;
// How much longer the host waits than the agent, so that the agent's own words about a deadline
// arrive.
constexpr auto patience = 10s;
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

std::string last_lines(std::string_view text, std::size_t most) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() > most) text.remove_prefix(text.size() - most);
  return std::string(text);
}

// Output reaches the timeline line by line: it is progress, and it is what a reader of the run
// wants to see.
class output_lines {
 public:
  output_lines(recorder& record, std::string path) : record_(record), path_(std::move(path)) {}
  void take(std::string_view bytes) {
    if (kept_.size() < output_kept) kept_ += bytes.substr(0, output_kept - kept_.size());
    cutter_.feed(bytes, [this](std::string line, bool) { note(std::move(line)); });
  }
  void finish() {
    cutter_.flush([this](std::string line, bool) { note(std::move(line)); });
  }
  [[nodiscard]] std::string const& kept() const { return kept_; }

 private:
  void note(std::string line) {
    record_.record(timeline::mark(timeline::reached::output, path_ + ": " + std::move(line)));
  }
  recorder& record_;
  std::string path_;
  vm::line_cutter cutter_;
  std::string kept_;
};

error how_it_ended(wire::ended const& ended, std::string const& output) {
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
  auto const tail = last_lines(output, 400);
  if (!tail.empty()) words += fmt::format("; its last output: {}", tail);
  return guest_error(std::move(words));
}

}  // namespace

loop::awaitable<result<void>> perform(run_context& run, plan::run const& what,
                                      std::string const& path) {
  output_lines output(run.record, path);
  wire::exec request;
  request.script = what.script;
  request.environment = environment_of(run);
  if (what.deadline) request.deadline_ms = in_milliseconds(*what.deadline);
  loop::duration const limit = what.deadline.value_or(run.plan.limits.run) + patience;
  agent::output_sink const take = [&output](wire::output const& piece) {
    output.take(piece.bytes);
  };
  auto const ended = co_await run.agent().run(std::move(request), limit, take);
  output.finish();
  if (!ended) co_return ended.error();
  if (!what.capture.empty()) run.captures[what.capture] = output.kept();
  run.captures[""] = output.kept();
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
  run.record.record(timeline::mark(
      timeline::reached::workload_began,
      what.name + (what.expect == plan::lifetime::forever ? " (forever)" : " (until it ends)")));
  static_cast<void>(path);
  co_return result<void>();
}

}  // namespace wedgehog::conductor
