#include "loop/simulated_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <vector>

#include "loop/nursery.hpp"
#include "loop/offload.hpp"

namespace wedgehog::loop {
namespace {

using namespace std::chrono_literals;
using socket = asio::local::stream_protocol::socket;

struct course {
  std::vector<std::string> lines;
  std::uint64_t turns = 0;
};

awaitable<void> speak(manual_clock& time, socket& line) {
  for (int i = 0; i < 20; ++i) {
    co_await time.sleep_for(std::chrono::milliseconds(100 * (i % 4)));
    auto const byte = asio::buffer("x", 1);
    co_await asio::async_write(line, byte, asio::use_awaitable);
  }
}

awaitable<void> listen(simulated_loop& all, socket& line, std::vector<std::string>& heard) {
  std::array<char, 1> byte{};
  for (int i = 0; i < 20; ++i) {
    co_await line.async_read_some(asio::buffer(byte), asio::use_awaitable);
    auto const work = [i] { return 2 * i; };
    int const doubled = co_await offload(all.executor(), work);
    heard.push_back(std::to_string(doubled) + " at " +
                    std::to_string(all.time().now().time_since_epoch().count()));
  }
}

awaitable<void> end_when_empty(nursery& all, bool& done) {
  co_await all.join();
  done = true;
}

course play_two_who_talk() {
  simulated_loop all;
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  socket one(all.executor(), asio::local::stream_protocol(), ends[0]);
  socket other(all.executor(), asio::local::stream_protocol(), ends[1]);
  course seen;
  nursery children(all.executor());
  nursery parent(all.executor());
  bool done = false;
  children.spawn(speak(all.time(), one));
  children.spawn(listen(all, other, seen.lines));
  parent.spawn(end_when_empty(children, done));
  EXPECT_EQ(all.play(done, all.time().now() + 1h), simulated_loop::ending::done);
  seen.turns = all.turns();
  return seen;
}

TEST(simulated_loop, plays_the_same_course_every_time) {
  auto const first = play_two_who_talk();
  auto const again = play_two_who_talk();
  ASSERT_EQ(first.lines.size(), 20U);
  EXPECT_EQ(first.lines, again.lines);
  EXPECT_EQ(first.turns, again.turns);
}

awaitable<void> sleep(manual_clock& time, duration length, bool& done) {
  co_await time.sleep_for(length);
  done = true;
}

TEST(simulated_loop, jumps_to_the_next_sleeper_and_not_beyond) {
  simulated_loop all;
  nursery children(all.executor());
  auto const began = all.time().now();
  bool first = false;
  bool second = false;
  children.spawn(sleep(all.time(), 8h, second));
  children.spawn(sleep(all.time(), 3s, first));
  EXPECT_EQ(all.play(first, began + 24h), simulated_loop::ending::done);
  EXPECT_EQ(all.time().now() - began, 3s);
  EXPECT_EQ(all.play(second, began + 24h), simulated_loop::ending::done);
  EXPECT_EQ(all.time().now() - began, 8h);
}

TEST(simulated_loop, says_when_nothing_will_happen_any_more) {
  simulated_loop all;
  bool const never = false;
  EXPECT_EQ(all.play(never, all.time().now() + 1h), simulated_loop::ending::idle);
}

TEST(simulated_loop, says_when_the_limit_has_come) {
  simulated_loop all;
  nursery children(all.executor());
  bool done = false;
  children.spawn(sleep(all.time(), 2h, done));
  bool const never = false;
  EXPECT_EQ(all.play(never, all.time().now() + 1h), simulated_loop::ending::late);
  EXPECT_TRUE(done || all.time().sleepers() == 0);
  while (all.turn()) {
  }
}

void again_and_again(simulated_loop& all, bool const& enough) {
  if (!enough) asio::post(all.executor(), [&] { again_and_again(all, enough); });
}

TEST(simulated_loop, notices_work_that_never_lets_the_time_go_on) {
  simulated_loop all;
  bool enough = false;
  again_and_again(all, enough);
  bool const never = false;
  EXPECT_EQ(all.play(never, all.time().now() + 1h), simulated_loop::ending::spins);
  enough = true;
  while (all.turn()) {
  }
}

TEST(simulated_loop, can_be_late) {
  simulated_loop all;
  nursery children(all.executor());
  auto const began = all.time().now();
  bool done = false;
  children.spawn(sleep(all.time(), 1s, done));
  all.be_late_by(60s);
  EXPECT_EQ(all.play(done, began + 1h), simulated_loop::ending::done);
  EXPECT_EQ(all.time().now() - began, 61s);
}

}  // namespace
}  // namespace wedgehog::loop
