#include "conductor/timeline_keeper.hpp"

#include "loop/offload.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_waiting = 4096;  // pieces of 64 KiB or a little more

}  // namespace

timeline_keeper::timeline_keeper(loop::asio::any_io_executor const& executor,
                                 loop::asio::any_io_executor pool, folder::run_writer& into,
                                 std::function<void(std::string)> trouble)
    : pool_(std::move(pool)),
      into_(into),
      trouble_(std::move(trouble)),
      pieces_(executor, most_waiting) {}

loop::awaitable<void> timeline_keeper::write() {
  while (auto piece = co_await pieces_.receive()) {
    if (into_.timeline_bytes() > most_timeline_bytes) {
      if (!complained_) trouble_("the timeline is full: what comes now is not kept");
      complained_ = true;
      continue;
    }
    writing_ = true;
    auto const keep = [this, text = std::move(*piece)] { return into_.keep_timeline(text); };
    auto const kept = co_await loop::offload(pool_, keep);
    writing_ = false;
    if (kept || complained_) continue;
    complained_ = true;
    trouble_("keeping the timeline: " + kept.error().message());
  }
}

loop::awaitable<void> timeline_keeper::settle(loop::clock& time, loop::duration limit) {
  auto const until = time.now() + limit;
  while ((writing_ || pieces_.size() > 0) && time.now() < until) co_await time.sleep_for(5ms);
}

}  // namespace wedgehog::conductor
