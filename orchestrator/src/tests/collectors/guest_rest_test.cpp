// When a guest counts as resting, from what its agent tells.
#include "collectors/guest_rest.hpp"

#include <gtest/gtest.h>

namespace wedgehog::collectors {
namespace {

using namespace std::chrono_literals;

wire::beat beat_from(wire::beat_source source = wire::beat_source::fifo) {
  wire::beat one;
  one.source = source;
  return one;
}

class guest_rest_test : public ::testing::Test {
 protected:
  void take(agent::event const& one) { rest.take(one, now); }
  bool rests() const { return rest.rests(now); }

  guest_rest rest;
  loop::time_point now{1h};
};

TEST_F(guest_rest_test, rests_once_it_beats_with_nothing_to_do) {
  EXPECT_FALSE(rests());
  take(beat_from());
  EXPECT_TRUE(rests());
}

TEST_F(guest_rest_test, does_not_when_one_of_its_beats_is_late) {
  take(beat_from());
  take(beat_from(wire::beat_source::ordinary));
  now += 2s;
  take(beat_from());
  EXPECT_TRUE(rests());
  now += 1s;
  EXPECT_FALSE(rests());
  take(beat_from(wire::beat_source::ordinary));
  EXPECT_TRUE(rests());
}

TEST_F(guest_rest_test, works_while_a_workload_is_not_gone) {
  using wire::workload_state;
  for (auto const state : {workload_state::none, workload_state::running, workload_state::stopped,
                           workload_state::gone}) {
    auto beat = beat_from();
    wire::workload_report writer;
    writer.state = state;
    beat.workloads.push_back(writer);
    take(beat);
    EXPECT_EQ(rests(), state == workload_state::none || state == workload_state::gone)
        << static_cast<int>(state);
  }
}

TEST_F(guest_rest_test, works_while_a_canary_is_there) {
  using wire::canary_phase;
  for (auto const phase : {canary_phase::idle, canary_phase::fsync, canary_phase::gone}) {
    auto beat = beat_from();
    wire::canary_report canary;
    canary.phase = phase;
    beat.canaries.push_back(canary);
    take(beat);
    EXPECT_EQ(rests(), phase == canary_phase::gone) << name_of(phase);
  }
}

TEST_F(guest_rest_test, does_not_while_a_task_is_blocked_in_it) {
  take(beat_from());
  wire::observation seen;
  seen.blocked_tasks.emplace_back();
  take(seen);
  EXPECT_FALSE(rests());
  seen.blocked_tasks.clear();
  seen.blocked = 1;  // a system that only counts them
  take(seen);
  EXPECT_FALSE(rests());
  seen.blocked = 0;
  take(seen);
  EXPECT_TRUE(rests());
}

TEST_F(guest_rest_test, begins_anew_with_another_agent) {
  take(beat_from());
  take(agent::restarted{});
  EXPECT_FALSE(rests());
}

}  // namespace
}  // namespace wedgehog::collectors
