#include "farm/slots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "farm/admission.hpp"
#include "loop/nursery.hpp"

namespace wedgehog::farm {
namespace {

struct queue {
  play_job play;
  loop::interruption const& stop;
  std::vector<job> jobs;
  std::function<void(run_report const&)> on_report;
  bool again_if_starved = false;
  std::size_t at_once = 1;
  std::function<void(std::string)> backs_off{};
  std::size_t next = 0;
  std::vector<job> starved{};
  std::optional<error> failure{};
};

bool starved(run_report const& report) {
  return !report.said.met && !report.interrupted && report.said.verdict == "host-starved";
}

void back_off(queue& from, std::string const& name) {
  auto const fewer = after_starving(from.at_once);
  if (fewer == from.at_once) return;
  from.backs_off(fmt::format("{} was starved by the host: {} at once instead of {} from now on",
                             name, fewer, from.at_once));
  from.at_once = fewer;
}

// `number`: of those that work; they go when there are more than are wanted.
loop::awaitable<void> work_off(queue& from, std::size_t number) {
  while (number < from.at_once && from.next < from.jobs.size() && !from.stop.requested() &&
         !from.failure) {
    job& mine = from.jobs[from.next++];
    auto report = co_await from.play(mine);
    if (!report) {
      if (!from.failure) from.failure = report.error();
      co_return;
    }
    if (from.again_if_starved && starved(report.value())) {
      report->again = true;
      from.starved.push_back(std::move(mine));
    }
    if (from.backs_off && starved(report.value())) back_off(from, report->run.facts.name);
    from.on_report(report.value());
  }
}

}  // namespace

loop::awaitable<result<void>> play_all(play_job play, loop::interruption const& stop,
                                       std::vector<job> jobs, slot_terms terms,
                                       std::function<void(run_report const&)> on_report) {
  std::size_t const count = std::min(terms.at_once, jobs.size());
  queue all{.play = std::move(play),
            .stop = stop,
            .jobs = std::move(jobs),
            .on_report = std::move(on_report),
            .again_if_starved = terms.again_if_starved && count > 1,
            .at_once = count,
            .backs_off = std::move(terms.backs_off)};
  loop::nursery workers(co_await loop::asio::this_coro::executor);
  for (std::size_t i = 0; i < count; ++i) workers.spawn(work_off(all, i));
  co_await workers.join();
  if (!all.failure && !all.starved.empty()) {
    all.jobs = std::exchange(all.starved, {});
    all.next = 0;
    all.again_if_starved = false;
    co_await work_off(all, 0);
  }
  if (all.failure) co_return *all.failure;
  co_return result<void>();
}

}  // namespace wedgehog::farm
