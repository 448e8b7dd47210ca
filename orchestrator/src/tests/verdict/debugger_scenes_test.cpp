// A kernel that stands in its debugger: by whom it was told, and what that explains.
#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"

namespace wedgehog::verdict {
namespace {

// DragonFly 5.9, seen 2026-11: one vCPU polls the UART for the debugger, the others are parked.
void enter_debugger(scene& guest) {
  guest.add(
      timeline::console_line{"Stopped at      siointr1+0x120:       call    com_lock", false});
  guest.add(timeline::console_line{"db> ", true});
  silence(guest.now);
  for (auto& cpu : guest.now.cpus) cpu = {.share = 0.9, .halted = false, .interrupts_on = false};
}

TEST(debugger_scenes, a_kernel_in_its_debugger_is_frozen_and_not_locked_up) {
  scene guest;
  guest.add(timeline::milestone{"guest-os", "dragonfly"});
  guest.play(15);
  enter_debugger(guest);
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::frozen) << guest.reasons();
  EXPECT_TRUE(guest.said.confirmed);
  EXPECT_FALSE(guest.ever(state_word::locked_up));
  EXPECT_FALSE(guest.ever(state_word::wedged));
  EXPECT_NE(guest.reasons().find("Stopped at"), std::string::npos) << guest.reasons();
}

TEST(debugger_scenes, a_debugger_that_was_left_explains_nothing_later) {
  scene guest;
  guest.add(timeline::milestone{"guest-os", "dragonfly"});
  guest.play(15);
  auto const well = guest.now;
  enter_debugger(guest);
  guest.play(8);
  guest.now = well;
  guest.play(30);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  for (auto& cpu : guest.now.cpus) cpu = {.share = 0.9, .halted = false, .interrupts_on = false};
  silence(guest.now);
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::locked_up) << guest.reasons();
}

TEST(debugger_scenes, a_panic_that_ends_in_the_debugger_is_a_panic) {
  scene guest;
  guest.add(timeline::milestone{"guest-os", "dragonfly"});
  guest.play(15);
  guest.add(timeline::console_line{"debug.panic: 0panic: frogs", false});
  enter_debugger(guest);
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::panicked) << guest.reasons();
}

}  // namespace
}  // namespace wedgehog::verdict
