// What the judge owes a timeline that is late, doubled, out of order, cut, or whose clock jumps.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/chance.hpp"
#include "tests/verdict/scene.hpp"
#include "tests/verdict/spoil.hpp"

namespace wedgehog::verdict {
namespace {

// A healthy guest that was slow for a while, and rested within its budget.
timeline::timeline healthy_run() {
  scene guest(60);
  guest.play(40);
  auto const before = guest.now;
  guest.now.operations = 0;
  guest.now.canaries = 0;
  guest.now.disks[0] = {.completes = 10, .in_flight = 17, .oldest_s = 4};
  guest.play(150);
  guest.now = before;
  guest.play(30);
  guest.now.operations = 0;
  guest.play(40);
  guest.now = before;
  guest.play(30);
  return guest.signals;
}

TEST(robustness, a_spoiled_timeline_of_a_healthy_guest_makes_no_wedge) {
  auto const whole = healthy_run();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    budgets granted;
    granted.no_progress = std::chrono::seconds(60);
    judge sitting(granted);
    microseconds latest{};
    for (auto const& one : spoil(whole.signals(), chance(seed))) {
      sitting.observe(one);
      if (one.at - latest < std::chrono::milliseconds(500)) continue;
      latest = one.at;
      auto const said = sitting.at(latest);
      ASSERT_FALSE(said.state == state_word::wedged || said.state == state_word::locked_up ||
                   said.state == state_word::panicked || said.state == state_word::rebooted)
          << "seed " << seed << " at " << in_seconds(latest) << ": " << name_of(said.state);
    }
  }
}

TEST(robustness, a_recorder_that_slept_proves_nothing) {
  scene guest;
  guest.play(30);
  guest.jump(std::chrono::hours(3));
  guest.now.operations = 0;
  guest.play(5);
  EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::suspect)) << guest.reasons();
}

TEST(robustness, a_clock_that_jumps_back_is_followed) {
  scene guest;
  guest.play(100);
  guest.jump(-std::chrono::seconds(80));
  guest.play(30);
  EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
  guest.now.operations = 0;
  for (auto& disk : guest.now.disks) disk = {.completes = 0, .busy_every = 0};
  guest.now.blocked = {{1, "writer", {"mutex_lock"}, 5, 0}};
  guest.play(40);
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
}

TEST(robustness, one_signal_from_the_far_future_does_no_harm) {
  scene guest;
  guest.play(30);
  auto const now = guest.time();
  guest.jump(std::chrono::hours(100'000));
  guest.add(timeline::milestone{"from the future", ""});
  guest.jump(now - guest.time());
  guest.play(30);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

TEST(robustness, a_gap_in_the_agents_line_is_not_silence_of_the_guest) {
  scene guest;
  guest.now.kernel_beats_known = false;
  guest.play(15);
  guest.now.fifo_beats = guest.now.ordinary_beats = false;
  guest.now.observed = false;
  guest.add(timeline::console_class{"oom", 1});
  guest.now.reports = guest.now.operations = 0;
  for (int i = 0; i < 60; ++i) {
    guest.play(1);
    guest.add(timeline::gap{"agent", 3});
  }
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
}

TEST(robustness, hours_of_signals_are_held_in_bounded_memory) {
  scene guest;
  for (int i = 0; i < 2000; ++i) {
    guest.now.blocked = {{i, "task" + std::to_string(i), {"io_schedule"}, 1, 0}};
    guest.play(1);
  }
  budgets granted;
  judge sitting(granted);
  for (auto const& one : guest.signals.signals()) sitting.observe(one);
  auto const& seen = sitting.seen();
  EXPECT_LE(seen.kernel.blocked.size(), 16U);
  EXPECT_LE(seen.kernel.rates.size(), 64U);
  EXPECT_LE(seen.storage.rounds.size(), 64U);
  for (auto const& [name, disk] : seen.storage.disks) EXPECT_LE(disk.samples.size(), 64U);
}

TEST(robustness, names_without_end_are_cut) {
  judge sitting;
  for (int i = 0; i < 5000; ++i) {
    microseconds const at = std::chrono::milliseconds(i);
    timeline::workload work;
    work.name = std::to_string(i);
    sitting.observe({at, work});
    timeline::disk disk;
    disk.name = std::to_string(i);
    sitting.observe({at, disk});
    timeline::beat beat;
    beat.source = std::to_string(i);
    beat.count = 1;
    sitting.observe({at, beat});
  }
  EXPECT_LE(sitting.seen().workloads.all.size(), 64U);
  EXPECT_LE(sitting.seen().storage.disks.size(), 64U);
  EXPECT_LE(sitting.seen().life.sources.size(), 64U);
}

}  // namespace
}  // namespace wedgehog::verdict
