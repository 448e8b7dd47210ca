#include "farm/supervise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "farm/slot_governor.hpp"
#include "loop/bell.hpp"
#include "loop/nursery.hpp"

namespace wedgehog::farm {
namespace {

namespace asio = loop::asio;

class night {
 public:
  night(loop::clock& time, loop::interruption& stop, executor& where, campaign_book& book,
        campaign_ports const& ports, supervisor_terms const& terms, asio::any_io_executor const& on)
      : time_(time),
        stop_(stop),
        where_(where),
        book_(book),
        ports_(ports),
        terms_(terms),
        bell_(on),
        began_(time.now()),
        slots_(std::min(terms.slots, std::max<std::size_t>(1, where.slots()))) {}

  loop::awaitable<supervised> play() {
    loop::nursery beside(co_await asio::this_coro::executor);
    loop::nursery workers(co_await asio::this_coro::executor);
    beside.spawn(look_now_and_then());
    beside.spawn(keep_house_now_and_then());
    beside.spawn(ring_at(stop_));
    if (ports_.no_more != nullptr) beside.spawn(ring_at(*ports_.no_more));
    beside.spawn(ring_when_time_is_over());
    for (std::size_t slot = 0; slot < slots_.most(); ++slot) workers.spawn(work(slot));
    co_await workers.join();
    co_await beside.stop();
    if (ports_.look) ports_.look();
    auto const& cells = book_.cells();
    auto const lost = std::count_if(cells.begin(), cells.end(),
                                    [](cell_view const& one) { return !one.given_up.empty(); });
    co_return supervised{how(), trouble_, cells.size(), static_cast<std::size_t>(lost)};
  }

 private:
  [[nodiscard]] bool closing() const {
    return wants_end() || ended_by_ || is_time_over() || book_.done();
  }
  [[nodiscard]] bool wants_end() const {
    return stop_.requested() || (ports_.no_more != nullptr && ports_.no_more->requested());
  }
  [[nodiscard]] bool is_time_over() const {
    return terms_.time && time_.now() - began_ >= *terms_.time;
  }
  [[nodiscard]] campaign_ending how() const {
    if (ended_by_) return *ended_by_;
    if (book_.done()) return campaign_ending::all_done;
    return wants_end() ? campaign_ending::stopped : campaign_ending::time_over;
  }

  loop::awaitable<void> work(std::size_t slot) {
    while (!closing()) {
      if (slot >= slots_.allowed()) {
        co_await bell_.wait();
        continue;
      }
      if (time_.now() < not_before_) {
        co_await rest_until(not_before_);
        continue;
      }
      auto const mine = book_.next();
      if (!mine) {
        co_await bell_.wait();
        continue;
      }
      co_await one_run(*mine);
      ring();
    }
    ring();  // those that wait see that it is over
  }

  loop::awaitable<void> one_run(assignment const& mine) {
    if (ports_.admits)
      if (auto const room = ports_.admits(mine); !room) co_return no_room(mine, room.error());
    auto prepared = co_await ports_.prepare(mine);
    // What the campaign's rules let go makes room now rather than later.
    if (!prepared && co_await kept_house()) prepared = co_await ports_.prepare(mine);
    if (!prepared) co_return failed(mine, prepared.error());
    // What single runs say of their steps is no news of a night.
    line_sink const told = [](std::string_view) {};
    auto const report = co_await where_.play(prepared.value(), told);
    if (!report) co_return failed(mine, report.error());
    auto const taken = co_await ports_.take_in(mine, report.value());
    failures_ = 0;
    trouble_.clear();
    if (taken.starved)
      slow_down();
    else
      slots_.went_well();
    book_.ended(mine, taken.how);
    if (!taken.new_signature.empty() && terms_.stop_at_new_signature)
      end_by(campaign_ending::new_signature);
    if (ports_.look) ports_.look();
  }

  void slow_down() {
    auto const before = slots_.allowed();
    slots_.starved(book_.under_way());
    if (slots_.allowed() < before)
      say(fmt::format("the host starved a run: from {} runs at once to {}", before,
                      slots_.allowed()));
  }

  void no_room(assignment const& mine, error const& why) {
    book_.returned(mine);
    auto const others = book_.under_way();
    if (others == 0) return wait_out(why);
    auto const before = slots_.allowed();
    slots_.limit_to(others);
    not_before_ = std::max(not_before_, time_.now() + terms_.first_wait);
    if (slots_.allowed() < before)
      say(fmt::format("{}: from {} runs at once to {}", why.message(), before, slots_.allowed()));
  }

  void failed(assignment const& mine, error const& why) {
    book_.returned(mine);
    wait_out(why);
  }

  void wait_out(error const& why) {
    // Those that failed at the same moment are one failure.
    if (time_.now() < not_before_) return;
    trouble_ = why.message();
    if (++failures_ >= terms_.most_failures) return end_by(campaign_ending::trouble);
    auto wait = terms_.first_wait;
    for (std::size_t i = 1; i < failures_ && wait < terms_.longest_wait; ++i) wait *= 2;
    wait = std::min(wait, terms_.longest_wait);
    not_before_ = time_.now() + wait;
    say(fmt::format("{}; the next attempt in {}", trouble_,
                    describe_duration(std::chrono::duration_cast<microseconds>(wait))));
  }

  void say(std::string const& what) const {
    if (ports_.say) ports_.say(what);
  }

  void end_by(campaign_ending how) {
    if (!ended_by_) ended_by_ = how;
    ring();
  }

  void ring() { bell_.ring(); }

  loop::awaitable<bool> sleep(loop::time_point until) {
    co_await time_.sleep_until(until);
    co_return true;
  }

  loop::awaitable<void> rest_until(loop::time_point until) {
    auto resting = sleep(until);
    if (ports_.no_more == nullptr) {
      co_await stop_.unless_requested(std::move(resting));
      co_return;
    }
    auto until_either = stop_.unless_requested(std::move(resting));
    co_await ports_.no_more->unless_requested(std::move(until_either));
  }

  loop::awaitable<void> look_now_and_then() {
    for (;;) {
      co_await time_.sleep_for(terms_.look_every);
      if (ports_.look) ports_.look();
    }
  }

  loop::awaitable<void> keep_house_now_and_then() {
    for (;;) {
      co_await time_.sleep_for(terms_.house_every);
      co_await kept_house();
    }
  }

  // False when there is none, or it is being kept by another.
  loop::awaitable<bool> kept_house() {
    if (!ports_.keep_house || keeping_house_) co_return false;
    keeping_house_ = true;
    co_await ports_.keep_house();
    keeping_house_ = false;
    co_return true;
  }

  loop::awaitable<void> ring_at(loop::interruption& wish) {
    co_await wish.wait();
    ring();
  }

  loop::awaitable<void> ring_when_time_is_over() {
    if (!terms_.time) co_return;
    co_await time_.sleep_until(began_ + *terms_.time);
    ring();
  }

  loop::clock& time_;
  loop::interruption& stop_;
  executor& where_;
  campaign_book& book_;
  campaign_ports const& ports_;
  supervisor_terms const& terms_;
  loop::bell bell_;
  loop::time_point began_;
  slot_governor slots_;
  loop::time_point not_before_{};
  std::size_t failures_ = 0;  // in a row
  bool keeping_house_ = false;
  std::string trouble_;
  std::optional<campaign_ending> ended_by_{};
};

}  // namespace

loop::awaitable<supervised> supervise(loop::clock& time, loop::interruption& stop, executor& where,
                                      campaign_book& book, campaign_ports const& ports,
                                      supervisor_terms const& terms) {
  night one(time, stop, where, book, ports, terms, co_await asio::this_coro::executor);
  co_return co_await one.play();
}

std::string describe(supervised const& end) {
  switch (end.how) {
    case campaign_ending::all_done:
      if (end.given_up == 0) return "all cells have had enough";
      if (end.given_up == end.cells) return "every cell was given up: its runs came to nothing";
      return fmt::format("all cells have had enough, but for {} that {} given up", end.given_up,
                         end.given_up == 1 ? "was" : "were");
    case campaign_ending::time_over:
      return "its time is over";
    case campaign_ending::stopped:
      return "stopped by user";
    case campaign_ending::new_signature:
      return "a failure was seen that nobody knew";
    case campaign_ending::trouble:
      return "the host is in trouble: " + end.trouble;
  }
  return {};
}

}  // namespace wedgehog::farm
