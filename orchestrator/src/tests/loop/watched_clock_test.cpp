// A process that was stopped did not watch: waits get that time back.
#include "loop/watched_clock.hpp"

#include <gtest/gtest.h>

#include "loop/nursery.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::loop {
namespace {

using namespace std::chrono_literals;

struct stopped_process : ::testing::Test {
  asio::io_context context{1};
  manual_clock time{context.get_executor()};

  void step(duration length) {
    time.advance(length);
    context.restart();
    context.poll();
  }
  // Watched time: in steps that no timer is late for.
  void live(duration length) {
    for (auto left = length; left > 0s; left -= watched_clock::beat) step(watched_clock::beat);
  }
};

TEST_F(stopped_process, a_wait_is_made_of_watched_time) {
  watched_clock watched(time);
  bool waited = false;
  nursery both(context.get_executor());
  both.spawn(watched.keep());
  auto const wait = [&]() -> awaitable<void> {
    co_await watched.sleep_for(10s);
    waited = true;
  };
  both.spawn(wait());
  context.poll();
  live(4s);
  step(60s);  // SIGSTOP
  EXPECT_FALSE(waited) << "a minute passed, but nobody looked";
  live(5s);
  EXPECT_FALSE(waited);
  live(1500ms);
  EXPECT_TRUE(waited);
  EXPECT_NEAR(std::chrono::duration<double>(watched.missed()).count(), 59.75, 0.3);
  both.cancel();
  context.restart();
  context.poll();
}

TEST_F(stopped_process, a_busy_loop_is_no_stopped_one) {
  watched_clock watched(time);
  nursery both(context.get_executor());
  both.spawn(watched.keep());
  context.poll();
  auto const began = watched.now();
  for (int i = 0; i < 20; ++i) step(1500ms);
  EXPECT_EQ(watched.missed(), 0s);
  EXPECT_EQ(watched.now() - began, 30s);
  both.cancel();
  context.restart();
  context.poll();
}

TEST_F(stopped_process, without_a_keeper_nothing_is_missed) {
  watched_clock watched(time);
  step(60s);
  EXPECT_EQ(watched.missed(), 0s);
}

}  // namespace
}  // namespace wedgehog::loop
