#include "conductor/campaign.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "loop/nursery.hpp"

namespace wedgehog::conductor {
namespace {

struct queue {
  perform_one perform;
  interruption const& stop;
  std::vector<job> jobs;
  std::function<void(run_report const&)> on_report;
  bool again_if_starved = false;
  std::size_t next = 0;
  std::vector<job> starved{};
  std::optional<error> failure{};
};

bool starved(run_report const& report) {
  return !report.met && !report.interrupted &&
         report.verdict.word == verdict::run_word::host_starved;
}

loop::awaitable<void> work_off(queue& from) {
  while (from.next < from.jobs.size() && !from.stop.requested() && !from.failure) {
    job& mine = from.jobs[from.next++];
    auto report = co_await from.perform(mine);
    if (!report) {
      if (!from.failure) from.failure = report.error();
      co_return;
    }
    if (from.again_if_starved && starved(report.value())) {
      report->again = true;
      from.starved.push_back(std::move(mine));
    }
    from.on_report(report.value());
  }
}

}  // namespace

loop::awaitable<result<void>> perform_all(perform_one perform, interruption const& stop,
                                          std::vector<job> jobs, campaign_terms terms,
                                          std::function<void(run_report const&)> on_report) {
  std::size_t const count = std::min(terms.at_once, jobs.size());
  queue all{.perform = std::move(perform),
            .stop = stop,
            .jobs = std::move(jobs),
            .on_report = std::move(on_report),
            .again_if_starved = terms.again_if_starved && count > 1};
  loop::nursery workers(co_await loop::asio::this_coro::executor);
  for (std::size_t i = 0; i < count; ++i) workers.spawn(work_off(all));
  co_await workers.join();
  if (!all.failure && !all.starved.empty()) {
    all.jobs = std::exchange(all.starved, {});
    all.next = 0;
    all.again_if_starved = false;
    co_await work_off(all);
  }
  if (all.failure) co_return *all.failure;
  co_return result<void>();
}

}  // namespace wedgehog::conductor
