// How a workload ended, as the judge reads it.
#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"

namespace wedgehog::verdict {
namespace {

// Of 129 to 255 most are what a program chose itself (fsx: 205); only the agent knows.
TEST(workload_end, an_exit_code_over_128_is_no_signal_where_the_agent_tells) {
  scene guest;
  guest.play(15);
  guest.now.works = false;
  auto const end = [&](int code, int killed_by) {
    timeline::workload one;
    one.name = "writer";
    one.done = 7500;
    one.state = "ended";
    one.exit_code = code;
    one.killed_by = killed_by;
    guest.add(one);
    guest.play(40);
  };
  end(205, 0);
  EXPECT_EQ(guest.said.state, state_word::workload_failed) << guest.reasons();
  EXPECT_NE(guest.reasons().find("exit code 205"), std::string::npos) << guest.reasons();
  end(137, 9);
  EXPECT_EQ(guest.said.state, state_word::workload_died) << guest.reasons();
  EXPECT_NE(guest.reasons().find("signal 9"), std::string::npos) << guest.reasons();
}

timeline::workload ended(std::string name, int code) {
  timeline::workload one;
  one.name = std::move(name);
  one.done = 3;
  one.state = "ended";
  one.exit_code = code;
  one.killed_by = 0;
  return one;
}

void begin(scene& guest, std::string detail) {
  guest.add(timeline::milestone{"workload-began", std::move(detail)});
}

// The documents' own idiom, `while dd …; do tick; done`, ends with 0 when dd fails.
TEST(workload_end, of_one_that_runs_forever_is_a_death_whatever_its_exit_code) {
  scene guest;
  begin(guest, "verifier (forever)");
  guest.play(5);
  guest.add(ended("verifier", 0));
  guest.add(timeline::output{"workload", "verifier", "stderr", "block 7 differs", false, 0});
  guest.play(2);
  EXPECT_EQ(guest.said.state, state_word::workload_died) << guest.reasons();
  EXPECT_FALSE(guest.said.confirmed) << "a panic may explain it yet";
  guest.play(6);
  EXPECT_TRUE(guest.said.confirmed);
  EXPECT_NE(guest.reasons().find("'verifier'"), std::string::npos) << guest.reasons();
  EXPECT_NE(guest.reasons().find("block 7 differs"), std::string::npos) << guest.reasons();
}

TEST(workload_end, counts_beside_others_that_go_on_unless_it_may_end) {
  for (auto const& [detail, code, state] :
       {std::tuple{"verifier (forever)", 1, state_word::workload_failed},
        std::tuple{"verifier (until it ends)", 1, state_word::workload_failed},
        std::tuple{"verifier (until it ends)", 0, state_word::ok},
        std::tuple{"verifier (may end)", 1, state_word::ok}}) {
    scene guest;
    begin(guest, detail);
    guest.play(5);
    guest.add(ended("verifier", code));
    guest.play(10);
    EXPECT_EQ(guest.said.state, state) << detail << ": " << guest.reasons();
  }
}

TEST(workload_end, is_what_a_pressed_power_button_asks_for) {
  scene guest;
  begin(guest, "verifier (forever)");
  guest.play(5);
  guest.add(timeline::fault{.name = "pressed", .kind = "power-button", .action = "injected"});
  guest.add(ended("verifier", 143));
  guest.play(10);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
}

TEST(workload_end, with_all_user_space_is_not_the_workloads) {
  scene guest;
  begin(guest, "writer (forever)");
  guest.play(15);
  guest.now.works = false;
  guest.add(ended("writer", 137));
  guest.add(timeline::console_class{"oom", 1});
  guest.play(1);
  guest.now.fifo_beats = guest.now.ordinary_beats = guest.now.observed = false;
  guest.now.canaries = 0;
  guest.now.kernel_beats = guest.now.workqueue_beats = false;
  rest(guest.now);
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::userland_dead) << guest.reasons();
}

}  // namespace
}  // namespace wedgehog::verdict
