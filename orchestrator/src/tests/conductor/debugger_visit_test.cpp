// A visit to a kernel's debugger that the test plays, on a manual clock: by each way in, and by
// none.
#include "conductor/debugger_visit.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "loop/nursery.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

// A console with a kernel behind it that answers each command with its name in capitals.
class played_kernel final : public vm::serial_console, private vm::keyboard {
 public:
  loop::awaitable<void> follow(vm::line_cutter::sink) override { co_return; }
  void finish(vm::line_cutter::sink const&) override {}
  void close() override {}
  loop::awaitable<result<void>> type(typing const& work) override {
    co_return co_await work(*this);
  }
  [[nodiscard]] std::uint64_t bytes() const override { return 0; }
  [[nodiscard]] std::uint64_t forgotten() const override { return 0; }

  void stop(std::string const& why) {
    if (!stopped) say(why + "\nStopped at      frogs+0x1:\nnop\ndb> ");
    stopped = true;
  }
  void say(std::string const& text) {
    if (hear_) hear_(text);
  }

  bool hears_breaks = false, stopped = false, answers = true;
  std::string typed;

 private:
  loop::awaitable<result<void>> write(std::string bytes) override {
    typed += bytes;
    if (!stopped || !answers) co_return result<void>();
    if (bytes == "\n") say("\ndb> ");
    if (bytes == "continue\n") stopped = false;
    if (bytes == "ps\n") say("ps\nFROGS\ndb> ");
    co_return result<void>();
  }
  void listen(std::function<void(std::string_view)> hear) override { hear_ = std::move(hear); }
  loop::awaitable<result<void>> send_break() override {
    if (hears_breaks) stop("break");
    co_return result<void>();
  }

  std::function<void(std::string_view)> hear_;
};

struct debugger_visits : ::testing::Test {
  loop::asio::io_context context{1};
  loop::manual_clock time{context.get_executor()};
  played_kernel kernel;
  guest::debugger_profile ddb{
      .prompt = "db> ", .pager = "--More--", .commands = {"ps"}, .go_on = "continue"};
  plan::debugger_questions questions;
  bool hears_interrupts = false, interrupted = false;
  std::optional<debugger_visit> visit;
  loop::nursery work{context.get_executor()};
  std::optional<result<void>> outcome;

  loop::awaitable<void> interrupt() {
    interrupted = true;
    if (hears_interrupts) kernel.stop("NMI ... going to debugger");
    co_return;
  }
  loop::awaitable<void> hold() { outcome = co_await visit->hold(); }
  void turn() {
    context.restart();
    context.poll();
  }
  void play(loop::duration span) {
    visit.emplace(
        context.get_executor(), time, kernel, [this] { return interrupt(); }, ddb, questions);
    work.spawn(hold());
    turn();
    for (loop::duration gone{}; gone < span && !outcome; gone += 500ms) {
      time.advance(500ms);
      turn();
    }
  }
  void TearDown() override {
    loop::asio::co_spawn(context, work.stop(), [](std::exception_ptr) {});
    turn();
  }
};

TEST_F(debugger_visits, come_in_by_a_break_and_let_the_system_go_where_that_is_wanted) {
  kernel.hears_breaks = true;
  questions.go_on = true;
  play(8s);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->has_value()) << outcome->error().message();
  EXPECT_EQ(visit->way_in(), "by a break");
  EXPECT_EQ(kernel.typed, "\nps\ncontinue\n");
  EXPECT_FALSE(kernel.stopped);
  ASSERT_EQ(visit->answers().size(), 1U);
  EXPECT_EQ(visit->answers()[0].text, "FROGS\n");
}

TEST_F(debugger_visits, come_in_by_an_interrupt_where_a_break_is_not_heard_and_stay) {
  hears_interrupts = true;
  play(10s);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->has_value()) << outcome->error().message();
  EXPECT_EQ(visit->way_in(), "by an NMI");
  EXPECT_EQ(kernel.typed, "\nps\n");
  EXPECT_TRUE(kernel.stopped);
}

TEST_F(debugger_visits, find_a_kernel_that_stands_there_already) {
  kernel.stopped = true;
  play(12s);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->has_value()) << outcome->error().message();
  EXPECT_EQ(visit->way_in(), "by a line end");
  EXPECT_EQ(visit->answers().size(), 1U);
  EXPECT_FALSE(interrupted);
}

TEST_F(debugger_visits, ask_what_the_recipe_says) {
  kernel.hears_breaks = true;
  questions.ask = {"ps", "ps", "ps"};
  play(8s);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(kernel.typed, "\nps\nps\nps\n");
  EXPECT_EQ(visit->answers().size(), 3U);
}

TEST_F(debugger_visits, end_where_nobody_listens_and_where_nobody_answers) {
  play(20s);
  ASSERT_TRUE(outcome);
  ASSERT_FALSE(outcome->has_value());
  EXPECT_EQ(outcome->error().whose(), blame::guest);
  EXPECT_NE(outcome->error().message().find("neither by a break nor by an NMI"), std::string::npos);

  outcome.reset();
  kernel.hears_breaks = true;
  kernel.answers = false;
  play(debugger_visit::limit + 2s);
  ASSERT_TRUE(outcome);
  ASSERT_FALSE(outcome->has_value());
  EXPECT_EQ(visit->answers().size(), 1U);
}

}  // namespace
}  // namespace wedgehog::conductor
