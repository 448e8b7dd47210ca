// canary, expect, collect: signs of life, conditions, evidence on demand.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "agent/kept_output.hpp"
#include "conductor/steps/steps.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto usual_limit = 30s;
// The console's line is slower than the agent's: what a script caused may come when the script has
// been heard to end.
constexpr auto console_patience = 2s;
constexpr auto console_look_period = 50ms;

loop::awaitable<bool> is_seen_soon(run_context& run, std::string pattern) {
  auto const until = run.watched.now() + console_patience;
  while (!run.console.seen(pattern) && run.watched.now() < until)
    co_await run.watched.sleep_for(console_look_period);
  co_return run.console.seen(pattern);
}

loop::awaitable<result<void>> file_must_exist(run_context& run, std::string file) {
  wire::exec request;
  request.script = "test -e \"$WEDGEHOG_FILE\"";
  request.environment = {"WEDGEHOG_FILE=" + file};
  request.deadline_ms = 20'000;
  auto const ended = co_await run.agent().run(std::move(request), usual_limit);
  if (!ended) co_return ended.error();
  if (ended->exit_status != 0 || ended->signal != 0)
    co_return guest_error(file + " does not exist in the guest");
  co_return result<void>();
}

}  // namespace

loop::awaitable<result<void>> perform(run_context& run, plan::canary const& what,
                                      std::string const&) {
  wire::start_canary request;
  request.directory = what.mount;
  if (request.directory.view() != what.mount)
    co_return recipe_error("the canary's mount point is too long: " + what.mount);
  request.interval_ms = static_cast<std::uint64_t>(what.every.count() / 1000);
  auto const started = co_await run.agent().start_canary(std::move(request), usual_limit);
  if (!started) co_return started.error();
  run.record.record(timeline::mark(timeline::reached::canary_began, what.mount));
  co_return result<void>();
}

loop::awaitable<result<void>> perform(run_context& run, plan::expect const& what,
                                      std::string const&) {
  switch (what.what) {
    case plan::expect_condition::output_contains: {
      auto const found = run.captures.find(what.capture);
      if (found == run.captures.end()) co_return recipe_error("there is no output to look into");
      if (found->second.find(what.text) == std::string::npos)
        co_return guest_error(fmt::format("the output does not contain '{}'", what.text));
      break;
    }
    case plan::expect_condition::file_exists:
      co_return co_await file_must_exist(run, what.file);
    case plan::expect_condition::workload_alive: {
      auto const* found = run.workloads.find(what.workload);
      if (found == nullptr || found->ended)
        co_return guest_error(fmt::format("workload {} is not alive", what.workload));
      break;
    }
    case plan::expect_condition::console_seen:
      if (!co_await is_seen_soon(run, what.pattern))
        co_return guest_error(fmt::format("no console line has matched '{}'", what.pattern));
      break;
    case plan::expect_condition::console_not_seen:
      if (run.console.seen(what.pattern))
        co_return guest_error(fmt::format("a console line has matched '{}'", what.pattern));
      break;
  }
  co_return result<void>();
}

loop::awaitable<result<void>> perform(run_context& run, plan::collect const& what,
                                      std::string const& path) {
  for (auto const& name : what.names) {
    agent::kept_output kept;
    wire::collect request;
    request.what = name;
    request.deadline_ms = 20'000;
    agent::output_sink const keep = [&kept](wire::output const& piece) { kept.take(piece); };
    auto const ended = co_await run.agent().collect(std::move(request), usual_limit, keep);
    if (ended) kept.finish(ended.value());
    auto const text = kept.text();
    std::filesystem::path const file =
        std::filesystem::path(run.folder) / "collected" / (path + "-" + name + ".txt");
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    std::ofstream(file, std::ios::binary) << text;
    if (!ended) co_return ended.error();
    run.record.record(timeline::mark(
        timeline::reached::collected,
        fmt::format("{}: {} bytes in {}", name, text.size(), file.filename().string())));
  }
  co_return result<void>();
}

}  // namespace wedgehog::conductor
