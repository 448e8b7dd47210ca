#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <stdexcept>
#include <thread>

#include "loop/mailbox.hpp"
#include "loop/nursery.hpp"
#include "loop/offload.hpp"
#include "loop/patience.hpp"
#include "loop/race.hpp"
#include "loop/within.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::loop {
namespace {

using namespace std::chrono_literals;
using wedgehog::testing::run_to_end;

awaitable<int> receive_or(mailbox<int>& box, int otherwise) {
  auto item = co_await box.receive();
  co_return item.value_or(otherwise);
}

awaitable<int> fail_at_once() {
  co_await asio::post(asio::use_awaitable);
  throw std::runtime_error("boom");
}

awaitable<void> a_timeout_loses_nothing(asio::io_context& context) {
  real_clock time;
  mailbox<int> box(context.get_executor());
  auto const early = co_await within<int>(time, 5ms, receive_or(box, -1));
  EXPECT_FALSE(early);
  box.push(7);
  box.push(8);
  box.close();
  EXPECT_EQ(co_await receive_or(box, -1), 7);
  EXPECT_EQ(co_await receive_or(box, -1), 8);
  EXPECT_EQ(co_await receive_or(box, -1), -1);
}
TEST(mailbox, a_cancelled_receive_loses_nothing) {
  asio::io_context context;
  run_to_end(context, a_timeout_loses_nothing(context));
}

TEST(mailbox, overflow_drops_the_oldest_and_counts) {
  asio::io_context context;
  mailbox<int> box(context.get_executor(), 2);
  for (int i = 0; i < 5; ++i) box.push(i);
  EXPECT_EQ(box.take_dropped(), 3U);
  EXPECT_EQ(box.take(), 3);
  EXPECT_EQ(box.take(), 4);
  EXPECT_FALSE(box.take());
}

awaitable<void> failure_surfaces() {
  real_clock time;
  auto const begin = time.now();
  bool thrown = false;
  try {
    co_await within<int>(time, 60s, fail_at_once());
  } catch (std::runtime_error const&) {
    thrown = true;
  }
  EXPECT_TRUE(thrown);
  EXPECT_LT(time.now() - begin, 30s);
}
TEST(within, a_failure_surfaces_at_once) {
  asio::io_context context;
  run_to_end(context, failure_surfaces());
}

awaitable<void> count_beats(manual_clock& time, mailbox<int>& box, int& beats, bool& hung) {
  for (;;) {
    auto const got = co_await within<int>(time, 30s, receive_or(box, -1));
    if (!got) {
      hung = true;
      co_return;
    }
    ++beats;
  }
}
TEST(manual_clock, hours_pass_in_milliseconds) {
  asio::io_context context;
  manual_clock time(context.get_executor());
  mailbox<int> box(context.get_executor());
  int beats = 0;
  bool hung = false;
  asio::co_spawn(context, count_beats(time, box, beats, hung), [](std::exception_ptr) {});
  context.poll();
  for (int i = 0; i < 500; ++i) {
    time.advance(29s);
    context.poll();
    box.push(i);
    context.poll();
  }
  EXPECT_EQ(beats, 500);
  EXPECT_FALSE(hung);
  time.advance(31s);
  context.poll();
  EXPECT_TRUE(hung);
  EXPECT_EQ(time.sleepers(), 0U);
}

struct on_unwind {
  int& count;
  ~on_unwind() { ++count; }
};
awaitable<void> sleep_long(clock& time, int& unwound) {
  on_unwind mark{unwound};
  co_await time.sleep_for(1h);
}
awaitable<void> throw_boom() {
  co_await asio::post(asio::use_awaitable);
  throw std::runtime_error("boom");
}
awaitable<void> nursery_with_a_failing_child(asio::io_context& context, int& unwound) {
  real_clock time;
  nursery children(context.get_executor());
  children.spawn(sleep_long(time, unwound));
  children.spawn(sleep_long(time, unwound));
  children.spawn(throw_boom());
  co_await children.join();
}
TEST(nursery, the_first_failure_ends_all_and_is_thrown) {
  asio::io_context context;
  int unwound = 0;
  EXPECT_THROW(run_to_end(context, nursery_with_a_failing_child(context, unwound)),
               std::runtime_error);
  EXPECT_EQ(unwound, 2);
}

awaitable<void> nursery_that_is_stopped(asio::io_context& context, int& unwound) {
  real_clock time;
  nursery children(context.get_executor());
  children.spawn(sleep_long(time, unwound));
  co_await asio::post(asio::use_awaitable);
  co_await children.stop();
  EXPECT_EQ(children.size(), 0U);
}
TEST(nursery, stop_ends_children_without_throwing) {
  asio::io_context context;
  int unwound = 0;
  run_to_end(context, nursery_that_is_stopped(context, unwound));
  EXPECT_EQ(unwound, 1);
}

awaitable<void> nursery_of_a_cancelled_owner(asio::io_context& context, int& unwound) {
  real_clock time;
  nursery children(context.get_executor());
  children.spawn(sleep_long(time, unwound));
  co_await children.join();
}
TEST(nursery, cancelling_the_owner_ends_the_children_first) {
  asio::io_context context;
  int unwound = 0;
  asio::cancellation_signal signal;
  bool aborted = false;
  asio::co_spawn(context, nursery_of_a_cancelled_owner(context, unwound),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                   aborted = is_cancellation(thrown);
                 }));
  context.poll();
  signal.emit(asio::cancellation_type::terminal);
  context.run_for(10s);
  EXPECT_TRUE(aborted);
  EXPECT_EQ(unwound, 1);
}

awaitable<void> offload_elsewhere(asio::thread_pool& pool) {
  auto const here = std::this_thread::get_id();
  auto const there = co_await offload(pool, [] { return std::this_thread::get_id(); });
  EXPECT_NE(here, there);
  EXPECT_EQ(here, std::this_thread::get_id());
}
TEST(offload, works_elsewhere_and_returns_here) {
  asio::io_context context;
  asio::thread_pool pool(1);  // goes first: its thread may still be about to let go of the loop
  run_to_end(context, offload_elsewhere(pool));
}

struct held_work {
  std::promise<void> begun, let_go;
  std::atomic<bool> ended = false;
};
awaitable<void> waits_for(asio::thread_pool& pool, held_work& what, bool& heard) {
  auto const hold = [&what] {
    what.begun.set_value();
    what.let_go.get_future().wait();
    what.ended = true;
    return 7;
  };
  heard = co_await offload(pool, hold) == 7;
  co_await asio::post(asio::use_awaitable);
  ADD_FAILURE() << "it was cancelled meanwhile";
}
// Once it ended the whole program, from the pool's thread.
TEST(offload, what_is_cancelled_while_it_works_tells_and_ends_at_the_next_wait) {
  for (bool const has_begun : {true, false}) {
    asio::io_context context;
    asio::thread_pool pool(has_begun ? 2 : 1);  // the second thread would be told of it
    held_work before, what;
    bool heard_before = false;
    bool heard = false;
    nursery all(context.get_executor());
    if (!has_begun) all.spawn(waits_for(pool, before, heard_before));
    all.spawn(waits_for(pool, what, heard));
    context.poll();
    (has_begun ? what : before).begun.get_future().wait();
    all.cancel();
    context.restart();
    context.poll();
    before.let_go.set_value();
    what.let_go.set_value();
    context.restart();
    context.run_for(10s);
    EXPECT_EQ(all.size(), 0U);
    EXPECT_TRUE(what.ended);
    EXPECT_TRUE(heard);
  }
}

awaitable<void> sleep_for_ever(manual_clock& time) {
  for (;;) co_await time.sleep_for(1s);
}
awaitable<void> stop_one_after_the_other(manual_clock& time, int& rounds) {
  for (;;) {
    nursery inner(co_await asio::this_coro::executor);
    inner.spawn(sleep_for_ever(time));
    co_await inner.stop();
    ++rounds;
    co_await time.sleep_for(10s);
  }
}
// Second by second, until it is done or the minute is over.
void play_a_minute(asio::io_context& context, manual_clock& time,
                   std::function<bool()> const& done) {
  for (int second = 0; second < 60 && !done(); ++second) {
    context.restart();
    context.poll();
    time.advance(1s);
  }
  context.restart();
  context.poll();
}
awaitable<void> end_the_loop(manual_clock& time, int& rounds, bool& ended) {
  nursery outer(co_await asio::this_coro::executor);
  outer.spawn(stop_one_after_the_other(time, rounds));
  co_await time.sleep_for(35s);
  co_await outer.stop();
  ended = true;
}
TEST(nursery, who_stops_one_can_still_be_cancelled_himself) {
  asio::io_context context;
  manual_clock time(context.get_executor());
  int rounds = 0;
  bool ended = false;
  nursery all(context.get_executor());
  all.spawn(end_the_loop(time, rounds, ended));
  play_a_minute(context, time, [&] { return ended; });
  EXPECT_TRUE(ended);
  EXPECT_EQ(rounds, 4);
  ASSERT_EQ(all.size(), 0U);
}

awaitable<void> join_one_and_go_on(manual_clock& time, int& rounds) {
  nursery inner(co_await asio::this_coro::executor);
  inner.spawn(time.sleep_for(1s));
  co_await inner.join();
  co_await time.sleep_for(9s);
  for (;; ++rounds) co_await time.sleep_for(10s);
}
awaitable<void> race_against(manual_clock& time, duration limit, int& rounds, bool& ended) {
  std::vector<awaitable<void>> racers;
  racers.push_back(join_one_and_go_on(time, rounds));
  racers.push_back(time.sleep_for(limit));
  EXPECT_EQ(co_await race(std::move(racers)), 1U);
  ended = true;
}
// The limit passes at the very moment at which what it ends has slept: no wait is left that could
// be broken off, and the next one has to.
TEST(nursery, who_joined_one_can_still_be_cancelled_himself) {
  asio::io_context context;
  manual_clock time(context.get_executor());
  int rounds = 0;
  bool ended = false;
  nursery all(context.get_executor());
  all.spawn(race_against(time, 30s, rounds, ended));
  play_a_minute(context, time, [&] { return ended; });
  EXPECT_TRUE(ended);
  EXPECT_EQ(rounds, 2);
  all.cancel();
  play_a_minute(context, time, [&] { return all.size() == 0; });
  ASSERT_EQ(all.size(), 0U);
}

TEST(patience, grows_with_the_waiting_and_has_bounds) {
  using namespace std::chrono_literals;
  EXPECT_EQ(pause_after(0s), 50ms);
  EXPECT_EQ(pause_after(4s), 500ms);
  EXPECT_EQ(pause_after(10min), 2s);
}

}  // namespace
}  // namespace wedgehog::loop
