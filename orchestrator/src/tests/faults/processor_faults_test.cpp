// What takes processor time from the guest: turns by a clock of our own, and on a real process.
#include "tests/faults/fake_machine.hpp"

#include "faults/duty_cycle.hpp"
#include "faults/threads.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

struct turns : ::testing::Test {
  loop::awaitable<void> settle() {
    for (int i = 0; i < 10; ++i)
      co_await boost::asio::post(context.get_executor(), boost::asio::use_awaitable);
  }
  loop::awaitable<void> pass(loop::duration length) {
    time.advance(length);
    co_await settle();
  }
  duty_cycle::target target() {
    return {[this] { return busy; },
            [this] {
              story += alive ? 's' : 'x';
              return alive;
            },
            [this] {
              story += 'g';
              return alive;
            }};
  }

  boost::asio::io_context context{1};
  loop::manual_clock time{context.get_executor()};
  std::string story;  // s: stopped, g: goes
  bool busy = true;
  bool alive = true;
};

TEST_F(turns, are_a_share_of_the_period) {
  auto const each = duty_cycle::divide(100ms, 0.2);
  EXPECT_EQ(each.run, 20ms);
  EXPECT_EQ(each.rest, 80ms);
}

TEST_F(turns, stop_and_go_on_time_and_leave_it_running) {
  duty_cycle cycle(time, {20ms, 80ms}, target());
  testing::run_to_end(context, [&]() -> loop::awaitable<void> {
    loop::nursery work(context.get_executor());
    work.spawn(cycle.run());
    co_await settle();
    co_await pass(19ms);
    EXPECT_EQ(story, "");
    co_await pass(1ms);
    EXPECT_EQ(story, "s");
    co_await pass(79ms);
    EXPECT_EQ(story, "s");
    co_await pass(1ms);
    EXPECT_EQ(story, "sg");
    busy = false;
    co_await pass(20ms);
    EXPECT_EQ(story, "sgs");
    co_await pass(10ms);
    co_await work.stop();
  }());
  EXPECT_EQ(story, "sgsg") << "left in the middle of a rest, it must go on";
  EXPECT_EQ(cycle.stops(), 2U);
  EXPECT_EQ(cycle.felt(), 1U) << "a process that wanted nothing has lost nothing";
  EXPECT_DOUBLE_EQ(cycle.share(), 40.0 / 120.0);
}

TEST_F(turns, that_begin_late_keep_their_share) {
  duty_cycle cycle(time, {20ms, 80ms}, target());
  testing::run_to_end(context, [&]() -> loop::awaitable<void> {
    loop::nursery work(context.get_executor());
    work.spawn(cycle.run());
    co_await settle();
    co_await pass(300ms);  // the host was busy: the stop comes 280 ms late
    EXPECT_EQ(story, "s");
    co_await pass(79ms);
    EXPECT_EQ(story, "s");
    co_await pass(1ms);
    EXPECT_EQ(story, "sg");
    co_await pass(19ms);
    EXPECT_EQ(story, "sg");
    co_await pass(1ms);
    EXPECT_EQ(story, "sgs");
    co_await work.stop();
  }());
}

TEST_F(turns, end_with_the_process) {
  duty_cycle cycle(time, {20ms, 80ms}, target());
  testing::run_to_end(context, [&]() -> loop::awaitable<void> {
    loop::nursery work(context.get_executor());
    work.spawn(cycle.run());
    co_await settle();
    alive = false;
    co_await pass(20ms);
    co_await work.join();
  }());
  EXPECT_EQ(cycle.stops(), 0U);
  EXPECT_EQ(cycle.felt(), 0U);
}

TEST(threads, states_are_read_whatever_the_name) {
  EXPECT_EQ(state_in("12 (a) b) (R) T 1 2 3"), 'T');
  EXPECT_EQ(state_in("12 (CPU 0/TCG) R 1"), 'R');
  EXPECT_EQ(state_in("12 (x)"), '?');
  EXPECT_EQ(state_in(""), '?');
  EXPECT_FALSE(any_runs(::getpid(), {-1}));
  EXPECT_TRUE(any_runs(::getpid(), {::getpid()})) << "whoever asks runs";
}

std::vector<std::string> const idle{"sleep", "600"};
std::vector<std::string> const spinning{"sh", "-c", "while :; do :; done"};

plan::inject cpu_duty() {
  return {.fault = "cpu-duty", .as = "thief", .parameters = {{"share", "0.2"}, {"period", "10ms"}}};
}

using processor_faults = fake_machine;

TEST_F(processor_faults, a_duty_cycle_takes_time_from_a_busy_machine_and_tells_the_judge) {
  with_machine(spinning, [&]() -> loop::awaitable<void> {
    auto where = around();
    auto const what = cpu_duty();
    auto const duty = make_cpu_duty(what, where);
    auto const begun = co_await duty->begin();
    EXPECT_TRUE(begun);
    for (int i = 0; i < 200 && co_await duty->hits() < 3; ++i) co_await time.sleep_for(10ms);
    auto const felt = co_await duty->hits();
    EXPECT_GE(felt, 3U);
    auto const ended = co_await duty->end();
    EXPECT_TRUE(ended);
    int const pid = machine->qemu().pid();
    EXPECT_FALSE(all_in_state(pid, {pid}, 'T'));
    co_await duty->let_go();
  });
  ASSERT_EQ(holds().size(), 2U);
  EXPECT_EQ(holds()[0], (timeline::hold{true, "cpu-duty takes processor time", 0.8}));
  EXPECT_EQ(holds()[1], (timeline::hold{false, "cpu-duty takes processor time", 0.8}));
}

TEST_F(processor_faults, a_duty_cycle_that_is_let_go_leaves_the_machine_running) {
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = around();
    auto const what = cpu_duty();
    auto const duty = make_cpu_duty(what, where);
    auto const begun = co_await duty->begin();
    EXPECT_TRUE(begun);
    co_await time.sleep_for(50ms);
    co_await duty->let_go();
    int const pid = machine->qemu().pid();
    EXPECT_FALSE(all_in_state(pid, {pid}, 'T'));
    auto const ended = co_await duty->end();
    EXPECT_TRUE(ended);
  });
  EXPECT_EQ(holds().size(), 2U) << "once begun, once ended";
}

TEST_F(processor_faults, sigstop_stops_it_until_healed_and_keeps_silent) {
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto where = around();
    plan::inject const what{.fault = "sigstop", .as = "it"};
    auto const stop = make_sigstop(what, where);
    auto const before = co_await stop->hits();
    EXPECT_EQ(before, 0U);
    auto const begun = co_await stop->begin();
    EXPECT_TRUE(begun);
    int const pid = machine->qemu().pid();
    EXPECT_TRUE(all_in_state(pid, {pid}, 'T'));
    auto const hit = co_await stop->hits();
    EXPECT_EQ(hit, 1U);
    auto const ended = co_await stop->end();
    EXPECT_TRUE(ended);
    EXPECT_FALSE(all_in_state(pid, {pid}, 'T'));
    auto const again = co_await stop->end();
    EXPECT_TRUE(again);
  });
  EXPECT_TRUE(noted.empty()) << "the judge is to find out by itself";
}

TEST_F(processor_faults, what_is_gone_cannot_be_stopped) {
  with_machine({"true"}, [&]() -> loop::awaitable<void> {
    co_await machine->qemu().wait();
    auto where = around();
    plan::inject const what{.fault = "sigstop", .as = "it"};
    auto const stop = make_sigstop(what, where);
    auto const begun = co_await stop->begin();
    EXPECT_FALSE(begun);
    auto const hit = co_await stop->hits();
    EXPECT_EQ(hit, 0U);
  });
}

}  // namespace
}  // namespace wedgehog::faults
