// Scheduled faults on a fault disk: what each kind of schedule injects and heals, and when.
#include "faults/schedule.hpp"

#include "tests/faults/disk_bench.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

struct schedule_test : disk_bench {
  // Performs `body` while the schedule of `what` follows the clock.
  template <class Body>
  void follow(plan::scheduled_fault const& one, Body body) {
    what.faults = {one};
    run([&]() -> loop::awaitable<void> {
      schedule following(context.get_executor(), time, what, faults, [](timeline::payload) {});
      now = &following;
      following.begin();
      co_await settle();
      co_await body();
      co_await following.stop();
      co_await faults.heal_all();
    });
  }
  loop::awaitable<void> pass(loop::duration span) {
    time.advance(span);
    co_await settle();
  }
  void tell(timeline::payload payload) { now->take({microseconds(0), std::move(payload)}); }

  plan::plan what;
  schedule* now = nullptr;
};

TEST_F(schedule_test, the_clock_injects_and_heals) {
  follow({.after = 2s, .lasts = 3s, .what = broken}, [&]() -> loop::awaitable<void> {
    co_await pass(1999ms);
    EXPECT_TRUE(noted.empty());
    co_await pass(1ms);
    EXPECT_EQ(story(), story_lines{"injected bad 0"});
    co_await pass(2999ms);
    EXPECT_EQ(noted.size(), 1U);
    co_await pass(1ms);
    EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 0"}));
  });
}

TEST_F(schedule_test, repeats_and_counts_hits_over_all) {
  follow({.every = 10s, .times = 2, .lasts = 1s, .what = broken}, [&]() -> loop::awaitable<void> {
    read_once();
    co_await pass(1s);
    EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 1"}));
    co_await pass(9s);
    read_once();
    co_await pass(1s);
    co_await pass(20s);
  });
  EXPECT_EQ(story(),
            (story_lines{"injected bad 0", "healed bad 1", "injected bad 1", "healed bad 2"}));
}

TEST_F(schedule_test, counts_from_the_end_of_a_step_in_any_round) {
  plan::step const inner{plan::run{.script = "a"}, 0, "made"};
  what.steps = {{plan::loop{.times = 3, .duration = {}, .until = {}, .steps = {inner}}}};
  follow({.begins = plan::fault_begin::step, .step = "made", .after = 1s, .what = broken},
         [&]() -> loop::awaitable<void> {
           tell(timeline::step{"1.r1.1", "made", "began", ""});
           co_await settle();
           co_await pass(5s);
           EXPECT_TRUE(noted.empty());
           tell(timeline::step{"1.r1.1", "made", "ended", ""});
           co_await settle();
           EXPECT_TRUE(noted.empty());
           co_await pass(1s);
           EXPECT_EQ(story(), story_lines{"injected bad 0"});
           tell(timeline::step{"1.r2.1", "made", "ended", ""});
           co_await settle();
           co_await pass(9s);
         });
  EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 0"}));
}

TEST_F(schedule_test, counts_from_progress) {
  plan::scheduled_fault const later{
      .begins = plan::fault_begin::progress, .workload = "churn", .count = 50, .what = broken};
  follow(later, [&]() -> loop::awaitable<void> {
    tell(timeline::workload{"churn", 49});
    co_await settle();
    tell(timeline::workload{"other", 50});
    co_await settle();
    EXPECT_TRUE(noted.empty());
    tell(timeline::workload{"churn", 57});
    co_await settle();
    EXPECT_EQ(story(), story_lines{"injected bad 0"});
  });
}

TEST_F(schedule_test, counts_from_a_console_line) {
  plan::scheduled_fault const lines{
      .begins = plan::fault_begin::console, .pattern = "sd[a-z]: ready", .what = broken};
  follow(lines, [&]() -> loop::awaitable<void> {
    tell(timeline::console_line{"sd1: ready"});
    co_await settle();
    EXPECT_TRUE(noted.empty());
    tell(timeline::console_line{"[  1.0] sdb: ready"});
    co_await settle();
    EXPECT_EQ(story(), story_lines{"injected bad 0"});
  });
}

TEST_F(schedule_test, is_healed_before_the_step_it_lasts_until) {
  what.steps = {{plan::run{.script = "a"}}, {plan::run{.script = "b"}, 0, "check"}};
  follow({.until = "check", .what = broken}, [&]() -> loop::awaitable<void> {
    std::string const first = "1", second = "2";
    co_await now->before_step(first);
    EXPECT_EQ(story(), story_lines{"injected bad 0"});
    co_await now->before_step(second);
    EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 0"}));
    co_await settle();
    co_await now->before_step(second);
  });
  EXPECT_EQ(noted.size(), 2U);
}

TEST_F(schedule_test, does_not_begin_after_the_step_it_would_last_until) {
  what.steps = {{plan::run{.script = "a"}}, {plan::run{.script = "b"}, 0, "check"}};
  follow({.after = 5s, .until = "check", .what = broken}, [&]() -> loop::awaitable<void> {
    std::string const second = "2";
    co_await now->before_step(second);
    co_await pass(10s);
  });
  EXPECT_TRUE(noted.empty());
}

TEST_F(schedule_test, a_group_is_one_whole) {
  auto other = broken;
  other.as = "other";
  follow({.lasts = 1s, .what = broken, .with = {other}},
         [&]() -> loop::awaitable<void> { co_await pass(1s); });
  EXPECT_EQ(story(),
            (story_lines{"injected bad 0", "injected other 0", "healed other 0", "healed bad 0"}));
}

TEST_F(schedule_test, half_a_group_is_taken_back) {
  auto other = broken;
  other.as = "other";
  other.disk = "floppy";
  follow({.lasts = 1s, .what = broken, .with = {other}},
         [&]() -> loop::awaitable<void> { co_await pass(1s); });
  EXPECT_EQ(story(),
            (story_lines{"injected bad 0", "failed other 0", "healed other 0", "healed bad 0"}));
}

}  // namespace
}  // namespace wedgehog::faults
