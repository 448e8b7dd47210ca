#include "conductor/campaign.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "loop/nursery.hpp"

namespace wedgehog::conductor {
namespace {

struct queue {
  environment& env;
  std::vector<job> jobs;
  std::size_t next = 0;
  progress_sink tell;
  std::function<void(run_report const&)> on_report;
  std::optional<error> failure{};
};

loop::awaitable<void> work_off(queue& from) {
  while (from.next < from.jobs.size() && !from.env.stop.requested() && !from.failure) {
    job mine = std::move(from.jobs[from.next++]);
    auto const report =
        co_await perform(from.env, std::move(mine.what), std::move(mine.recipe_text), from.tell);
    if (!report) {
      if (!from.failure) from.failure = report.error();
      co_return;
    }
    from.on_report(report.value());
  }
}

}  // namespace

loop::awaitable<result<void>> perform_all(environment& env, std::vector<job> jobs,
                                          std::size_t at_once, progress_sink tell,
                                          std::function<void(run_report const&)> on_report) {
  queue all{env, std::move(jobs), 0, std::move(tell), std::move(on_report)};
  loop::nursery workers(co_await loop::asio::this_coro::executor);
  std::size_t const count = std::min(at_once, all.jobs.size());
  for (std::size_t i = 0; i < count; ++i) workers.spawn(work_off(all));
  co_await workers.join();
  if (all.failure) co_return *all.failure;
  co_return result<void>();
}

}  // namespace wedgehog::conductor
