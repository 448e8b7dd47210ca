#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/redirect_error.hpp>

#include "loop/nursery.hpp"
#include "loop/within.hpp"
#include "tests/loop_runner.hpp"
#include "tests/qmp/fake_qemu.hpp"

namespace wedgehog::qmp {
namespace {

using namespace std::chrono_literals;
using testing::fake_qemu;
using ::testing::HasSubstr;
using testing::run_to_end;

// A client that has talked to a fake QEMU, both on one loop with a clock that the test moves.
struct stage {
  asio::io_context context;
  loop::manual_clock time{context.get_executor()};
  fake_qemu qemu{context.get_executor()};
  client link;
  client_options options;

  loop::awaitable<void> connect(std::string greeting = testing::greeting_with_oob) {
    loop::nursery other(context.get_executor());
    other.spawn(qemu.greet(std::move(greeting)));
    auto made =
        co_await client::adopt(context.get_executor(), time, qemu.take_other_end(), options);
    co_await other.join();
    if (!made) {
      ADD_FAILURE() << made.error().message();
      co_return;
    }
    link = std::move(*made);
  }
  // Lets everything that can happen happen.
  void settle() {
    context.restart();
    while (context.poll() != 0) {
    }
  }
};

struct heard {
  std::optional<result<json::value>> outcome;
  std::exception_ptr thrown;
  asio::cancellation_signal off;
  bool ended = false;
};
loop::awaitable<void> keep(loop::awaitable<result<json::value>> work, heard& place) {
  place.outcome = co_await std::move(work);
}
void begin(stage& set, loop::awaitable<result<json::value>> work, heard& place) {
  auto done = [&place](std::exception_ptr thrown) {
    place.thrown = thrown;
    place.ended = true;
  };
  asio::co_spawn(set.context, keep(std::move(work), place),
                 asio::bind_cancellation_slot(place.off.slot(), done));
  set.settle();
}
void say(stage& set, std::string text) {
  asio::co_spawn(set.context, set.qemu.say(std::move(text)),
                 [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
  set.settle();
}
std::unique_ptr<stage> connected(std::string greeting = testing::greeting_with_oob,
                                 client_options options = {}) {
  auto set = std::make_unique<stage>();
  set->options = options;
  run_to_end(set->context, set->connect(std::move(greeting)));
  return set;
}
std::string text_of(heard const& one) {
  if (!one.outcome) return "no outcome";
  return *one.outcome ? json::serialize(**one.outcome) : one.outcome->error().message();
}

TEST(client, executes) {
  auto set = connected();
  EXPECT_EQ(set->link.hello().version, "7.2.22");
  EXPECT_TRUE(set->link.oob_enabled());
  heard one;
  begin(*set, set->link.execute("query-status"), one);
  EXPECT_EQ(set->link.unanswered(), 1U);
  say(*set, "{\"return\": {\"running\": true}, \"id\": 1}\r\n");
  EXPECT_EQ(text_of(one), R"({"running":true})");
  EXPECT_EQ(set->link.unanswered(), 0U);
}

TEST(client, a_refusal_keeps_its_class) {
  auto set = connected();
  heard one;
  begin(*set, set->link.execute("device_del"), one);
  say(*set, R"({"id": 1, "error": {"class": "DeviceNotFound", "desc": "Device 'x: y' not found"}})"
            "\r\n");
  ASSERT_TRUE(one.outcome && !*one.outcome);
  auto const& failure = one.outcome->error();
  EXPECT_EQ(failure.message(), "QEMU refused device_del: DeviceNotFound: Device 'x: y' not found");
  EXPECT_EQ(failure_class(failure), "DeviceNotFound");
  EXPECT_EQ(failure_description(failure), "Device 'x: y' not found");
  EXPECT_EQ(failure.whose(), blame::host);
  EXPECT_FALSE(set->link.failure());
}

TEST(client, a_deadline_names_the_command_and_the_time) {
  auto set = connected();
  heard slow, next;
  begin(*set, set->link.execute("stop", 5s), slow);
  set->time.advance(4999ms);
  set->settle();
  EXPECT_FALSE(slow.ended);
  set->time.advance(1ms);
  set->settle();
  EXPECT_THAT(text_of(slow), HasSubstr("QEMU did not answer stop within 5"));
  EXPECT_EQ(failure_class(slow.outcome->error()), "");
  // Its late answer disturbs nobody.
  begin(*set, set->link.execute("cont", 5s), next);
  say(*set, "{\"return\": {}, \"id\": 1}\r\n{\"return\": 2, \"id\": 2}\r\n");
  EXPECT_EQ(text_of(next), "2");
  EXPECT_FALSE(set->link.failure());
}

TEST(client, a_shorter_deadline_is_not_held_up_by_a_longer_one) {
  auto set = connected();
  heard patient, hasty, last;
  begin(*set, set->link.execute("dump-guest-memory", 60s), patient);
  begin(*set, set->link.execute("query-status", 1s), hasty);
  begin(*set, set->link.execute("query-block", loop::duration::max()), last);
  set->time.advance(1s);
  set->settle();
  EXPECT_TRUE(hasty.ended);
  EXPECT_FALSE(patient.ended);
  set->time.advance(59s);
  set->settle();
  EXPECT_THAT(text_of(patient), HasSubstr("dump-guest-memory within 1 m"));
  set->time.advance(24h);
  set->settle();
  EXPECT_FALSE(last.ended);
}

TEST(client, without_oob_a_late_command_says_what_holds_it_up) {
  auto set = connected(testing::greeting_without_oob);
  heard first, second, oob;
  begin(*set, set->link.execute("stop", 60s), first);
  begin(*set, set->link.execute("query-status", 2s), second);
  begin(*set, set->link.execute_oob("yank", {}, 2s), oob);
  EXPECT_THAT(text_of(oob), HasSubstr("does not offer out-of-band commands"));
  set->time.advance(2s);
  set->settle();
  EXPECT_THAT(text_of(second), HasSubstr("query-status could not be sent within 2"));
  EXPECT_THAT(text_of(second), HasSubstr("QEMU still owes the answer to stop"));
}

TEST(client, a_cancelled_command_ends_at_once_and_its_late_answer_is_dropped) {
  auto set = connected();
  heard one, two;
  begin(*set, set->link.execute("stop"), one);
  one.off.emit(asio::cancellation_type::terminal);
  set->settle();
  EXPECT_TRUE(one.ended);
  EXPECT_TRUE(loop::is_cancellation(one.thrown));
  begin(*set, set->link.execute("cont"), two);
  say(*set, "{\"return\": 1, \"id\": 1}\r\n{\"return\": 2, \"id\": 2}\r\n");
  EXPECT_EQ(text_of(two), "2");
}

TEST(client, a_command_cancelled_in_the_queue_is_never_sent) {
  auto set = connected(testing::greeting_without_oob);
  heard first, second, third;
  begin(*set, set->link.execute("stop"), first);
  begin(*set, set->link.execute("quit"), second);
  begin(*set, set->link.execute("cont"), third);
  second.off.emit(asio::cancellation_type::terminal);
  set->settle();
  std::vector<std::string> seen;
  for (int i = 0; i < 2; ++i) {
    auto one = [](stage& s, std::vector<std::string>& names) -> loop::awaitable<void> {
      names.push_back(co_await s.qemu.answer_one());
    };
    auto work = one(*set, seen);
    run_to_end(set->context, std::move(work));
    set->settle();
  }
  EXPECT_THAT(seen, ::testing::ElementsAre("stop", "cont"));
  EXPECT_TRUE(first.ended && third.ended);
}

TEST(client, every_pending_and_later_command_tells_the_true_cause) {
  auto set = connected();
  heard one, two, later;
  begin(*set, set->link.execute("stop"), one);
  begin(*set, set->link.execute_oob("yank", {}), two);
  set->qemu.hang_up();
  set->settle();
  begin(*set, set->link.execute("cont"), later);
  EXPECT_EQ(text_of(one), "QEMU closed the monitor (while waiting for the answer to stop)");
  EXPECT_EQ(text_of(two), "QEMU closed the monitor (while waiting for the answer to yank)");
  EXPECT_EQ(text_of(later), "QEMU closed the monitor (while sending cont)");
  EXPECT_EQ(set->link.failure()->what(), "QEMU closed the monitor");
  EXPECT_EQ(set->time.sleepers(), 0U);
}

TEST(client, what_qemu_said_before_it_died_is_heard) {
  auto set = connected();
  auto events = set->link.listen();
  // The peer is gone before the command is written: EPIPE must not hide the event.
  auto work = set->qemu.say("{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true}}\r\n");
  auto speak_and_die = [](stage& s, loop::awaitable<void> last_words) -> loop::awaitable<void> {
    co_await std::move(last_words);
    s.qemu.hang_up();
  };
  auto both = speak_and_die(*set, std::move(work));
  run_to_end(set->context, std::move(both));
  heard one;
  begin(*set, set->link.execute("query-status"), one);
  EXPECT_EQ(text_of(one), "QEMU closed the monitor (while waiting for the answer to query-status)");
  auto const last = events.take();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->name, "SHUTDOWN");
}

TEST(client, every_listener_gets_every_event_and_a_slow_one_sees_its_gap) {
  client_options options;
  options.events_kept = 4;
  auto set = connected(testing::greeting_with_oob, options);
  say(*set, "{\"event\": \"EARLY\"}\r\n");
  auto first = set->link.listen();
  auto second = set->link.listen();
  for (int i = 0; i < 3; ++i) say(*set, fmt::format("{{\"event\": \"E{}\"}}\r\n", i));
  EXPECT_EQ(first.take()->name, "EARLY");
  for (auto* one : {&first, &second})
    for (int i = 0; i < 3; ++i) EXPECT_EQ(one->take()->name, fmt::format("E{}", i));
  EXPECT_FALSE(first.take());

  for (int i = 0; i < 10; ++i) say(*set, fmt::format("{{\"event\": \"F{}\"}}\r\n", i));
  auto const gap = first.take();
  ASSERT_TRUE(gap);
  EXPECT_TRUE(gap->is_gap());
  EXPECT_EQ(gap->missed, 6U);
  EXPECT_EQ(first.take()->name, "F6");
  EXPECT_EQ(first.take()->name, "F7");
}

loop::awaitable<void> listen_to_the_end(subscription& events, std::vector<std::string>& names) {
  for (;;) {
    auto const happened = co_await events.next();
    if (!happened) break;
    names.push_back(happened->name);
  }
}
TEST(client, a_subscription_ends_with_the_session_and_outlives_the_client) {
  auto set = connected();
  auto events = set->link.listen();
  std::vector<std::string> names;
  bool ended = false;
  asio::co_spawn(set->context, listen_to_the_end(events, names),
                 [&](std::exception_ptr thrown) { ended = !thrown; });
  say(*set, "{\"event\": \"STOP\"}\r\n{\"event\": \"RESUME\"}\r\n");
  set->link = client();
  set->settle();
  EXPECT_TRUE(ended);
  EXPECT_THAT(names, ::testing::ElementsAre("STOP", "RESUME"));
}

TEST(client, destroying_it_ends_what_waits) {
  auto set = connected();
  heard one;
  begin(*set, set->link.execute("stop"), one);
  { client const gone = std::move(set->link); }
  set->settle();
  EXPECT_THAT(text_of(one), HasSubstr("the monitor was closed on our side"));
}

TEST(client, a_loop_that_is_torn_down_with_commands_in_flight_leaves_nothing_behind) {
  auto set = connected();
  auto one = std::make_unique<heard>();
  begin(*set, set->link.execute("stop"), *one);
  EXPECT_FALSE(one->ended);
  set.reset();  // the sanitizers judge
}

loop::awaitable<void> use_briefly(asio::io_context& context, fake_qemu& qemu,
                                  std::unique_ptr<loop::real_clock> time) {
  loop::nursery other(context.get_executor());
  other.spawn(qemu.greet());
  auto made = co_await client::adopt(context.get_executor(), *time, qemu.take_other_end());
  co_await other.join();
  EXPECT_TRUE(made);
}
TEST(client, its_clock_may_go_right_after_it) {
  asio::io_context context;
  fake_qemu qemu(context.get_executor());
  auto work = use_briefly(context, qemu, std::make_unique<loop::real_clock>());
  run_to_end(context, std::move(work));
  context.restart();
  EXPECT_GE(context.poll(), 1U);  // the sleep that was called off
}

loop::awaitable<void> adopt_and_keep(stage& set, std::optional<error>& failure) {
  auto made = co_await client::adopt(set.context.get_executor(), set.time,
                                     set.qemu.take_other_end(), set.options);
  if (!made) failure = made.error();
}
std::optional<error> failed_greeting(stage& set, std::string words, bool hang_up) {
  std::optional<error> failure;
  asio::co_spawn(set.context, adopt_and_keep(set, failure), [](std::exception_ptr) {});
  set.settle();
  if (!words.empty()) say(set, std::move(words));
  if (hang_up) set.qemu.hang_up();
  set.settle();
  set.time.advance(11s);
  set.settle();
  return failure;
}
TEST(client, a_greeting_that_fails_says_why) {
  std::string const hello = testing::greeting_with_oob;
  struct {
    std::string words;
    bool hang_up;
    char const* expected;
  } const cases[] = {
      {"", false, "QEMU sent no greeting within 10"},
      {"", true, "QEMU closed the monitor (while waiting for QEMU's greeting)"},
      {hello.substr(0, 20), true, "QEMU closed the monitor in the middle of a line"},
      {hello, false, "QEMU did not answer qmp_capabilities within 10"},
      {hello, true, "QEMU closed the monitor (while negotiating capabilities)"},
      {"SSH-2.0-OpenSSH\r\n", false, "what is not JSON"},
      {"{\"return\": {}}\r\n", false, "spoke before its greeting"},
  };
  for (auto const& one : cases) {
    stage set;
    auto const failure = failed_greeting(set, one.words, one.hang_up);
    ASSERT_TRUE(failure) << one.expected;
    EXPECT_THAT(failure->message(), HasSubstr(one.expected));
  }
}

TEST(client, a_descriptor_goes_with_its_own_command) {
  auto set = connected();
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe2(pipe_ends.data(), O_CLOEXEC), 0);
  heard before, with;
  begin(*set, set->link.execute("query-status"), before);
  json::object const arguments{{"fdname", "x"}};
  begin(*set, set->link.execute_with_descriptor("getfd", arguments, pipe_ends[1]), with);
  ::close(pipe_ends[1]);

  std::array<char, 4096> bytes{};
  alignas(cmsghdr) std::array<char, 256> control{};
  iovec part{bytes.data(), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  std::string all;
  int passed = -1;
  while (std::count(all.begin(), all.end(), '\n') < 2) {
    auto const size = ::recvmsg(set->qemu.socket().native_handle(), &header, MSG_DONTWAIT);
    ASSERT_GT(size, 0);
    all.append(bytes.data(), static_cast<std::size_t>(size));
    if (auto* rights = CMSG_FIRSTHDR(&header); rights != nullptr) {
      EXPECT_THAT(all, HasSubstr("getfd"));
      std::memcpy(&passed, CMSG_DATA(rights), sizeof passed);
    }
    header.msg_controllen = control.size();
  }
  ASSERT_GE(passed, 0);
  EXPECT_EQ(::write(passed, "!", 1), 1);
  char got = 0;
  EXPECT_EQ(::read(pipe_ends[0], &got, 1), 1);
  EXPECT_EQ(got, '!');
  ::close(passed);
  EXPECT_EQ(::read(pipe_ends[0], &got, 1), 0) << "a copy of the descriptor stayed open";
  ::close(pipe_ends[0]);

  heard closed;
  begin(*set, set->link.execute_with_descriptor("getfd", arguments, -1), closed);
  EXPECT_THAT(text_of(closed), HasSubstr("not open"));
}

TEST(client, a_command_larger_than_the_socket_buffer_arrives_whole) {
  auto set = connected();
  std::string const large(2'000'000, 'x');
  json::object const arguments{{"uri", large}};
  heard one;
  begin(*set, set->link.execute("migrate", arguments), one);
  std::optional<json::value> seen;
  auto hear = [](stage& s, std::optional<json::value>& place) -> loop::awaitable<void> {
    place = co_await s.qemu.hear();
  };
  auto work = hear(*set, seen);
  run_to_end(set->context, std::move(work));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->at("arguments").at("uri").as_string(), large);
  EXPECT_FALSE(one.ended);
}

TEST(client, no_socket_within_the_deadline) {
  asio::io_context context;
  loop::manual_clock time(context.get_executor());
  std::optional<result<client>> made;
  auto work = client::connect(context.get_executor(), time, "/nowhere/to/be/found", {});
  auto keep_it = [](loop::awaitable<result<client>> w,
                    std::optional<result<client>>& place) -> loop::awaitable<void> {
    place = co_await std::move(w);
  };
  auto kept = keep_it(std::move(work), made);
  asio::co_spawn(context, std::move(kept), [](std::exception_ptr) {});
  for (int i = 0; i < 400 && !made; ++i) {
    context.restart();
    context.poll();
    time.advance(50ms);
  }
  ASSERT_TRUE(made && !*made);
  EXPECT_EQ(made->error().message(),
            "No such file or directory (tried for 10.0 s) (while connecting to the monitor "
            "/nowhere/to/be/found)");
}

}  // namespace
}  // namespace wedgehog::qmp
