// What the plan itself ended is judged from there on with the whole budget.
#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"

namespace wedgehog::verdict {
namespace {

timeline::fault fault(std::string action) {
  return {.name = "stuck", .kind = "hold", .action = std::move(action)};
}

void hold(scene& guest) {
  guest.play(15);
  guest.add(fault("injected"));
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.disks[0].in_flight = 1;
  guest.now.disks[0].ages = true;
  guest.now.disks[0].held = 1;
  guest.now.disks[0].held_by = "stuck";
  guest.now.blocked = {{98, "writer", {"folio_wait_bit_common", "ext4_sync_file"}, 3, 0}};
}

void let_go(scene& guest) {
  guest.now.disks[0].in_flight = guest.now.disks[0].held = 0;
  guest.now.disks[0].ages = false;
  guest.now.disks[0].oldest_s = 0;
}

TEST(healed, a_held_request_has_its_budget_again) {
  for (bool const by_itself : {false, true}) {  // hold … for: lets go without being healed
    scene guest;
    hold(guest);
    guest.play(50);
    EXPECT_EQ(guest.said.kind, kind_word::held_io);
    EXPECT_FALSE(guest.said.confirmed);
    if (!by_itself) guest.add(fault("healed"));
    let_go(guest);
    for (int second = 0; second < 15; ++second) {
      guest.play(1);
      EXPECT_FALSE(guest.said.confirmed) << second << " s: " << guest.reasons();
    }
    guest.now = {};
    guest.play(12);
    EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  }
}

TEST(healed, who_does_not_move_then_is_wedged_a_budget_later) {
  scene guest;
  hold(guest);
  guest.play(50);
  guest.add(fault("healed"));
  let_go(guest);
  guest.now.blocked = {waiter()};
  int confirmed = 0;
  while (!guest.said.confirmed && confirmed < 60) {
    guest.play(1);
    ++confirmed;
  }
  EXPECT_GE(confirmed, 18);
  EXPECT_LE(confirmed, 24);
}

TEST(healed, a_fault_that_comes_and_goes_gives_a_deadlock_nothing_back) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {waiter()};
  int until = 0;
  guest.play(7);
  for (; !guest.said.confirmed && until < 40; ++until) {
    if (until % 4 == 0) guest.add(fault("injected"));
    if (until % 4 == 2) guest.add(fault("healed"));
    guest.play(1);
  }
  EXPECT_LE(until, 20) << guest.reasons();
}

}  // namespace
}  // namespace wedgehog::verdict
