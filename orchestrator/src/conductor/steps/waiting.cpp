// wait, loop, parallel: time and order.
#include <fmt/format.h>

#include "conductor/steps/steps.hpp"
#include "loop/mailbox.hpp"
#include "loop/nursery.hpp"
#include "loop/within.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

// Waits until `done` says so about some signal; `done` is asked for each signal that comes.
loop::awaitable<bool> until(run_context& run, loop::duration limit, recorder::watcher const& look,
                            bool const& done) {
  loop::mailbox<bool> bell(co_await loop::asio::this_coro::executor, 1);
  recorder::watch const watching(run.record, [&](timeline::signal const& one) {
    look(one);
    if (done) bell.push(true);
  });
  if (done) co_return true;
  auto const rang = co_await loop::within<std::optional<bool>>(run.watched, limit, bell.receive());
  co_return rang.has_value();
}

loop::duration run_limit_of(run_context const& run, std::optional<microseconds> const& deadline) {
  return deadline.value_or(run.plan.limits.run);
}

loop::awaitable<result<void>> wait_for_end(run_context& run, plan::wait const& what) {
  auto const* found = run.workloads.find(what.workload);
  if (found == nullptr) co_return recipe_error("workload " + what.workload + " was never started");
  if (!found->gone_with.empty())
    co_return recipe_error(fmt::format("workload {} is gone with {}: its end never comes",
                                       what.workload, found->gone_with));
  auto const ended =
      co_await run.agent().wait_for_end(found->request, run_limit_of(run, what.deadline));
  if (!ended) co_return ended.error();
  run.workloads.ended(what.workload);
  if (ended->timed_out)
    co_return guest_error(
        fmt::format("workload {} did not end within its deadline", what.workload));
  if (ended->signal != 0)
    co_return guest_error(
        fmt::format("workload {} was killed by signal {}", what.workload, ended->signal));
  if (ended->exit_status != 0)
    co_return guest_error(
        fmt::format("workload {} ended with exit code {}", what.workload, ended->exit_status));
  co_return result<void>();
}

loop::awaitable<result<void>> wait_for_console(run_context& run, plan::wait const& what) {
  auto compiled = pattern::compile(what.pattern);
  if (!compiled) co_return compiled.error();
  bool seen = false;
  recorder::watcher const look = [&](timeline::signal const& one) {
    if (auto const* line = std::get_if<timeline::console_line>(&one.what))
      seen = seen || compiled->occurs_in(line->text);
  };
  if (co_await until(run, run_limit_of(run, what.deadline), look, seen)) co_return result<void>();
  co_return guest_error(
      fmt::format("no console line matched '{}' within {}", what.pattern,
                  describe_duration(what.deadline.value_or(run.plan.limits.run))));
}

loop::awaitable<result<void>> wait_for_progress(run_context& run, plan::wait const& what) {
  auto const* found = run.workloads.find(what.workload);
  if (found == nullptr) co_return recipe_error("workload " + what.workload + " was never started");
  std::uint64_t last = found->done;
  std::uint64_t const goal = last + what.count;
  bool reached = false;
  recorder::watcher const look = [&](timeline::signal const& one) {
    if (auto const* seen = std::get_if<timeline::workload>(&one.what);
        seen != nullptr && seen->name == what.workload) {
      last = seen->done;
      reached = last >= goal;
    }
  };
  if (co_await until(run, run_limit_of(run, what.deadline), look, reached))
    co_return result<void>();
  co_return guest_error(fmt::format("workload {} stands at {} of {}", what.workload, last, goal));
}

struct group_outcome {
  step_outcome outcome;
};

loop::awaitable<void> perform_group(run_context& run, std::vector<plan::step> const& steps,
                                    std::string path, group_outcome& out) {
  out.outcome = co_await perform_steps(run, steps, std::move(path));
}

}  // namespace

loop::awaitable<result<void>> perform(run_context& run, plan::wait const& what,
                                      std::string const&) {
  switch (what.until) {
    case plan::wait_condition::time:
      co_await run.watched.sleep_for(what.duration);
      break;
    case plan::wait_condition::workload_ends:
      co_return co_await wait_for_end(run, what);
    case plan::wait_condition::console:
      co_return co_await wait_for_console(run, what);
    case plan::wait_condition::progress:
      co_return co_await wait_for_progress(run, what);
  }
  co_return result<void>();
}

loop::awaitable<result<void>> perform(run_context& run, plan::loop const& what,
                                      std::string const& path) {
  auto const began = run.watched.now();
  for (std::uint64_t round = 1;; ++round) {
    if (what.times && round > *what.times) break;
    if (what.duration && run.watched.now() - began >= *what.duration) break;
    if (auto const* until = run.workloads.find(what.until); until != nullptr && until->ended) break;
    auto const outcome =
        co_await perform_steps(run, what.steps, fmt::format("{}.r{}.", path, round));
    if (outcome.failed)
      co_return error(outcome.whose, fmt::format("in round {}: {}", round, outcome.why));
    run.record.record(
        timeline::mark(timeline::reached::progress, fmt::format("{}: round {} done", path, round)));
  }
  co_return result<void>();
}

loop::awaitable<result<void>> perform(run_context& run, plan::parallel const& what,
                                      std::string const& path) {
  std::vector<group_outcome> outcomes(what.groups.size());
  loop::nursery groups(co_await loop::asio::this_coro::executor);
  for (std::size_t i = 0; i < what.groups.size(); ++i)
    groups.spawn(perform_group(run, what.groups[i],
                               fmt::format("{}.{}.", path, static_cast<char>('a' + i % 26)),
                               outcomes[i]));
  co_await groups.join();
  for (auto const& one : outcomes)
    if (one.outcome.failed) co_return error(one.outcome.whose, one.outcome.why);
  co_return result<void>();
}

}  // namespace wedgehog::conductor
