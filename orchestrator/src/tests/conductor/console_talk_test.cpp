// The talk with a console that the test plays, on a manual clock.
#include "conductor/console_talk.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "loop/nursery.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

class played_console final : public vm::serial_console, private vm::keyboard {
 public:
  loop::awaitable<void> follow(vm::line_cutter::sink) override { co_return; }
  void finish(vm::line_cutter::sink const&) override {}
  void close() override {}
  loop::awaitable<result<void>> type(typing const& work) override {
    if (broken) co_return host_error("no socket");
    co_return co_await work(*this);
  }
  [[nodiscard]] std::uint64_t bytes() const override { return 0; }
  [[nodiscard]] std::uint64_t forgotten() const override { return 0; }

  std::string typed;
  bool broken = false;

 private:
  loop::awaitable<result<void>> write(std::string bytes) override {
    typed += bytes;
    co_return result<void>();
  }
  void listen(std::function<void(std::string_view)>) override {}
  loop::awaitable<result<void>> send_break() override { co_return result<void>(); }
};

struct console_talks : ::testing::Test {
  loop::asio::io_context context{1};
  loop::manual_clock time{context.get_executor()};
  played_console console;
  console_talk talk{context.get_executor(),
                    time,
                    console,
                    {{"login: ", "root\n", 60s}, {"# ", "agent &\n", 10s}}};
  loop::nursery work{context.get_executor()};
  std::optional<result<void>> outcome;

  void TearDown() override {
    loop::asio::co_spawn(context, work.stop(), [](std::exception_ptr) {});
    turn();
  }
  void begin(loop::duration limit = 300s) {
    outcome.reset();
    work.spawn(hold(limit));
    turn();
  }
  loop::awaitable<void> hold(loop::duration limit) { outcome = co_await talk.hold(limit); }
  void turn() {
    context.restart();
    context.poll();
  }
  void hear(std::string_view line, bool partial) {
    talk.hear(line, partial);
    turn();
  }
  void pass(loop::duration span) {
    time.advance(span);
    turn();
  }
};

TEST_F(console_talks, types_when_asked_and_ends_when_all_is_said) {
  begin();
  hear("booting", false);
  EXPECT_EQ(console.typed, "");
  hear("host login: ", true);
  EXPECT_EQ(console.typed, "root\n");
  EXPECT_FALSE(outcome);
  hear("# ", true);
  EXPECT_EQ(console.typed, "root\nagent &\n");
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(*outcome);
}

TEST_F(console_talks, what_came_before_anybody_held_it_counts) {
  hear("login: ", true);
  begin();
  EXPECT_EQ(console.typed, "root\n");
}

TEST_F(console_talks, silence_is_the_guests_fault_and_names_what_was_missing) {
  begin();
  hear("login: ", true);
  pass(9s);
  EXPECT_FALSE(outcome);
  pass(2s);
  ASSERT_TRUE(outcome);
  ASSERT_FALSE(*outcome);
  EXPECT_EQ(outcome->error().whose(), blame::guest);
  EXPECT_NE(outcome->error().message().find("did not show '# '"), std::string::npos);
}

TEST_F(console_talks, all_of_it_has_a_limit_too) {
  begin(5s);
  pass(6s);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(*outcome);
}

TEST_F(console_talks, a_console_that_cannot_be_typed_at_is_the_hosts_fault) {
  console.broken = true;
  begin();
  hear("login: ", true);
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_EQ(outcome->error().whose(), blame::host);
}

TEST_F(console_talks, a_guest_that_was_reset_is_talked_to_again) {
  begin();
  hear("login: ", true);
  hear("# ", true);
  ASSERT_TRUE(outcome && *outcome);
  hear("login: ", true);
  EXPECT_EQ(console.typed, "root\nagent &\n") << "nobody holds a talk now";
  begin();
  EXPECT_FALSE(outcome);
  hear("login: ", true);
  hear("# ", true);
  EXPECT_TRUE(outcome && *outcome);
  EXPECT_EQ(console.typed, "root\nagent &\nroot\nagent &\n");
}

}  // namespace
}  // namespace wedgehog::conductor
