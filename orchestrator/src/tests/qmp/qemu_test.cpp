// Against a real QEMU without a machine.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>

#include <boost/asio/local/stream_protocol.hpp>

#include "loop/nursery.hpp"
#include "loop/within.hpp"
#include "qmp/commands.hpp"
#include "tests/loop_runner.hpp"
#include "tests/qmp/real_qemu.hpp"

namespace wedgehog::qmp {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class real_qemu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::qemu_is_installed()) GTEST_SKIP() << "qemu-system-x86_64 is not installed";
    auto started = testing::start_bare_qemu(context.get_executor(), {first, second}, more());
    ASSERT_TRUE(started) << started.error().message();
    qemu.emplace(std::move(*started));
  }
  virtual std::vector<std::string> more() { return {}; }

  loop::awaitable<client> connect(std::string path) {
    auto made = co_await client::connect(context.get_executor(), time, std::move(path));
    if (!made) throw std::runtime_error(made.error().message());
    co_return std::move(*made);
  }
  void run(loop::awaitable<void> body) { testing::run_to_end(context, std::move(body)); }

  testing::directory_for_sockets sockets;
  std::string const first = sockets.file("first");
  std::string const second = sockets.file("second");
  asio::io_context context;
  loop::real_clock time;
  std::optional<loop::process> qemu;

  loop::awaitable<void> speaks();
  loop::awaitable<void> knows_our_commands();
  loop::awaitable<void> sends_events();
  loop::awaitable<void> takes_a_descriptor();
  loop::awaitable<void> out_of_band();
  loop::awaitable<void> is_killed();
  loop::awaitable<void> quits();
  loop::awaitable<void> many_at_once();
  loop::awaitable<void> a_second_client();
  loop::awaitable<void> stuck_main_loop();
};

loop::awaitable<void> count_answer(client& link, int& answered) {
  auto const answer = co_await link.execute("query-status");
  if (answer) ++answered;
}
loop::awaitable<void> execute_and_keep(client& link, std::string name, json::object arguments,
                                       std::string& text) {
  auto const answer = co_await link.execute(std::move(name), std::move(arguments));
  text = answer ? "an answer" : answer.error().message();
}
loop::awaitable<std::string> next_name(subscription& events) {
  auto const happened = co_await events.next();
  co_return happened ? happened->name : "(end)";
}

loop::awaitable<void> real_qemu::speaks() {
  auto link = co_await connect(first);
  EXPECT_TRUE(link.oob_enabled());
  EXPECT_THAT(link.hello().version, ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  auto const status = co_await link.execute("query-status");
  EXPECT_TRUE(status && status->at("status").is_string());
  auto const nonsense = co_await link.execute("no-such-command");
  EXPECT_EQ(nonsense ? "" : failure_class(nonsense.error()), "CommandNotFound");
  json::object const path{{"path", "/nowhere"}};
  auto const nowhere = co_await link.execute("qom-list", path);
  EXPECT_EQ(nowhere ? "" : failure_class(nowhere.error()), "DeviceNotFound");
  json::object const wrong{{"path", 7}};
  auto const mistyped = co_await link.execute("qom-list", wrong);
  EXPECT_EQ(mistyped ? "" : failure_class(mistyped.error()), "GenericError");
  EXPECT_FALSE(link.failure());
}
TEST_F(real_qemu, answers_and_refuses) {
  run(speaks());
}

loop::awaitable<void> real_qemu::knows_our_commands() {
  auto link = co_await connect(first);
  auto const schema = co_await link.execute("query-qmp-schema");
  if (!schema) throw unexpected_error(schema.error());
  for (auto const& complaint : lacking(*schema)) ADD_FAILURE() << complaint;
  EXPECT_GT(commands_in_use().size(), 40U);
  // The check sees what is missing: an empty schema has nothing.
  EXPECT_EQ(lacking(json::array()).size(), commands_in_use().size() + events_in_use().size());
}
TEST_F(real_qemu, knows_every_command_in_use) {
  run(knows_our_commands());
}

loop::awaitable<void> real_qemu::sends_events() {
  auto link = co_await connect(first);
  auto other = co_await connect(second);
  auto one = link.listen();
  auto two = link.listen();
  auto elsewhere = other.listen();
  for (std::string const command : {"cont", "stop", "cont"}) {
    auto const done = co_await link.execute(command);
    EXPECT_TRUE(done) << done.error().message();
    // QEMU sends the event before the return of what caused it.
    auto const seen = one.take();
    EXPECT_EQ(seen ? seen->name : "", command == "cont" ? "RESUME" : "STOP");
    EXPECT_GT(seen ? seen->qemu_time.count() : 0, 0);
  }
  for (auto* events : {&two, &elsewhere})
    for (std::string const expected : {"RESUME", "STOP", "RESUME"}) {
      auto const name = co_await next_name(*events);
      EXPECT_EQ(name, expected);
    }
}
TEST_F(real_qemu, events_reach_every_listener) {
  run(sends_events());
}

loop::awaitable<void> real_qemu::takes_a_descriptor() {
  auto link = co_await connect(first);
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  json::object const name{{"fdname", "pipe"}};
  auto const without = co_await link.execute("getfd", name);
  EXPECT_EQ(without ? "" : failure_class(without.error()), "GenericError");
  auto const with = co_await link.execute_with_descriptor("getfd", name, ends[1]);
  EXPECT_TRUE(with) << with.error().message();
  json::object const set{{"fdset-id", 3}, {"opaque", "ours"}};
  auto const added = co_await link.execute_with_descriptor("add-fd", set, ends[1]);
  EXPECT_TRUE(added && added->at("fdset-id") == 3);
  ::close(ends[1]);
  // QEMU holds the last write end until it closes it.
  auto const closed = co_await link.execute("closefd", name);
  EXPECT_TRUE(closed) << closed.error().message();
  EXPECT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), -1);
  // QEMU 7.2, seen 2026-11: a removed descriptor is closed only while the machine runs.
  auto const running = co_await link.execute("cont");
  EXPECT_TRUE(running) << running.error().message();
  json::object const gone{{"fdset-id", 3}};
  auto const removed = co_await link.execute("remove-fd", gone);
  EXPECT_TRUE(removed) << removed.error().message();
  auto const flushed = co_await link.execute("query-fdsets");
  EXPECT_TRUE(flushed && flushed->as_array().empty());
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
  ::close(ends[0]);
}
TEST_F(real_qemu, takes_a_descriptor_with_a_command) {
  run(takes_a_descriptor());
}

// migrate-pause may be sent out of band, and fails harmlessly when nothing migrates.
loop::awaitable<void> real_qemu::out_of_band() {
  auto link = co_await connect(first);
  auto rescue = co_await connect(second);
  auto const paused = co_await rescue.execute_oob("migrate-pause", {});
  EXPECT_EQ(paused ? "" : failure_class(paused.error()), "GenericError");
  EXPECT_THAT(paused ? "" : failure_description(paused.error()), HasSubstr("migrat"));
  auto const refused = co_await link.execute_oob("query-status", {});
  EXPECT_THAT(refused ? "" : failure_description(refused.error()), HasSubstr("OOB"));
}
TEST_F(real_qemu, takes_commands_out_of_band) {
  run(out_of_band());
}

// A disk server that accepts and then says nothing holds QEMU's main loop in blockdev-add. Seven
// commands wait on the second monitor, and still the out-of-band one is answered.
loop::awaitable<void> real_qemu::stuck_main_loop() {
  auto const path = sockets.file("nbd");
  asio::local::stream_protocol::acceptor silent(context, path);
  auto link = co_await connect(first);
  auto rescue = co_await connect(second);
  std::string held;
  int answered = 0;
  loop::nursery children(context.get_executor());
  json::object const server{{"type", "unix"}, {"path", path}};
  json::object const disk{{"driver", "nbd"}, {"node-name", "n"}, {"server", server}};
  children.spawn(execute_and_keep(link, "blockdev-add", disk, held));
  auto accepted = co_await silent.async_accept(asio::use_awaitable);
  for (int i = 0; i < 20; ++i) children.spawn(count_answer(rescue, answered));
  // Once the first of them has had every chance to be answered:
  auto const in_band = co_await rescue.execute("query-status", 200ms);
  EXPECT_THAT(in_band ? "" : in_band.error().message(), HasSubstr("could not be sent within"));
  auto const before = time.now();
  auto const rescued = co_await rescue.execute_oob("migrate-pause", {}, 5s);
  EXPECT_EQ(rescued ? "" : failure_class(rescued.error()), "GenericError");
  EXPECT_LT(time.now() - before, 4s);
  EXPECT_EQ(answered, 0);
  EXPECT_EQ(held, "");
  accepted.close();
  silent.close();
  co_await children.join();
  EXPECT_EQ(answered, 20);
  EXPECT_THAT(held, HasSubstr("QEMU refused blockdev-add: GenericError"));
}
TEST_F(real_qemu, is_reached_out_of_band_while_its_main_loop_is_stuck) {
  run(stuck_main_loop());
}

loop::awaitable<void> real_qemu::is_killed() {
  auto link = co_await connect(first);
  auto events = link.listen();
  qemu->signal(SIGSTOP);  // so that it cannot answer before it dies
  std::string pending;
  loop::nursery children(context.get_executor());
  children.spawn(execute_and_keep(link, "query-status", {}, pending));
  co_await asio::post(asio::use_awaitable);
  qemu->signal(SIGKILL);
  co_await children.join();
  EXPECT_EQ(pending, "QEMU closed the monitor (while waiting for the answer to query-status)");
  auto const later = co_await link.execute("stop");
  EXPECT_EQ(later ? "" : later.error().message(), "QEMU closed the monitor (while sending stop)");
  auto const end = co_await next_name(events);
  EXPECT_EQ(end, "(end)");
  auto const status = co_await qemu->wait();
  EXPECT_EQ(status.signal, SIGKILL);
}
TEST_F(real_qemu, killed_in_the_middle_of_a_command_gives_the_true_cause) {
  run(is_killed());
}

loop::awaitable<void> real_qemu::quits() {
  auto link = co_await connect(first);
  auto events = link.listen();
  auto const done = co_await link.execute("quit");
  EXPECT_TRUE(done) << done.error().message();
  auto const last = co_await next_name(events);
  EXPECT_EQ(last, "SHUTDOWN");
  auto const end = co_await next_name(events);
  EXPECT_EQ(end, "(end)");
  EXPECT_EQ(link.failure() ? link.failure()->what() : "", "QEMU closed the monitor");
}
TEST_F(real_qemu, quits_with_an_event_and_an_end) {
  run(quits());
}

loop::awaitable<void> real_qemu::many_at_once() {
  auto link = co_await connect(first);
  int answered = 0;
  loop::nursery children(context.get_executor());
  for (int i = 0; i < 100; ++i) children.spawn(count_answer(link, answered));
  co_await children.join();
  EXPECT_EQ(answered, 100);
}
TEST_F(real_qemu, a_hundred_commands_at_once_are_all_answered) {
  run(many_at_once());
}

loop::awaitable<void> real_qemu::a_second_client() {
  auto link = co_await connect(first);
  client_options options;
  options.deadline = 200ms;
  auto const refused = co_await client::connect(context.get_executor(), time, first, options);
  EXPECT_THAT(refused ? "" : refused.error().message(),
              HasSubstr("a monitor serves one client at a time"));
  link.close();
  auto again = co_await connect(first);
  EXPECT_FALSE(again.failure());
}
TEST_F(real_qemu, a_second_client_is_told_that_the_monitor_is_taken) {
  run(a_second_client());
}

}  // namespace
}  // namespace wedgehog::qmp
