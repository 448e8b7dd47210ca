// A guest that ends as planned and begins anew in the same run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/verdict/scene.hpp"

namespace wedgehog::verdict {
namespace {

void hush(guest_model& guest) {
  guest.kernel_beats = guest.workqueue_beats = guest.fifo_beats = guest.ordinary_beats = false;
  guest.canaries = guest.reports = guest.operations = 0;
  guest.observed = false;
}

// The power goes in the middle of everything, and the same machine boots again and works.
TEST(lives, a_planned_power_cut_begins_another_life) {
  scene guest;
  guest.play(30);
  guest.add(timeline::milestone{"reset-expected", "the plan cuts the machine's power"});
  timeline::machine_state gone;
  gone.alive = false;
  gone.exit_code = -9;
  guest.add(gone);
  timeline::workload last;
  last.name = "writer";
  last.done = 1;
  last.state = "ended";
  last.exit_code = 137;
  guest.add(last);
  hush(guest.now);
  guest.now.alive = false;
  guest.now.works = false;
  guest.play(2);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();

  guest.add(timeline::milestone{"machine-started", "tcg"});
  guest.add(timeline::console_line{"Linux version 6.1.0", false});
  timeline::machine_state back;
  back.alive = true;
  back.run_state = "running";
  guest.add(back);
  guest.now.alive = true;
  guest.play(20);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  guest.add(timeline::milestone{"guest-ready", ""});
  timeline::guest young;
  young.uptime_s = 1;
  for (int i = 0; i < 30; ++i) {
    timeline::workload anew;
    anew.name = "writer";
    anew.done = static_cast<std::uint64_t>(i);
    guest.add(anew);
    young.uptime_s += 1;
    guest.add(young);
    guest.play(1);
  }
  for (auto const& each : guest.all)
    EXPECT_TRUE(each.state == state_word::ok || each.state == state_word::slow)
        << name_of(each.state) << ": " << guest.reasons();
}

// What is planned is one end, not every one that follows.
TEST(lives, the_life_after_a_power_cut_can_end_badly) {
  for (bool const panics : {false, true}) {
    scene guest;
    guest.play(15);
    guest.add(timeline::milestone{"reset-expected", ""});
    guest.add(timeline::milestone{"machine-started", "tcg"});
    if (panics) guest.add(timeline::console_line{"Kernel panic - not syncing: VFS", false});
    timeline::machine_state gone;
    gone.alive = false;
    gone.exit_code = -11;
    hush(guest.now);
    guest.now.alive = false;
    guest.now.works = false;
    guest.add(gone);
    guest.play(3);
    EXPECT_EQ(guest.said.state, panics ? state_word::panicked : state_word::exited)
        << guest.reasons();
    EXPECT_TRUE(guest.said.confirmed);
  }
}

TEST(lives, requests_of_the_life_before_are_nobodys) {
  scene guest;
  guest.play(15);
  for (auto& disk : guest.now.disks) disk = {.completes = 0, .in_flight = 3, .oldest_s = 25};
  guest.play(10);
  guest.add(timeline::milestone{"reset-expected", ""});
  guest.add(timeline::milestone{"machine-started", "tcg"});
  guest.now = {};
  guest.now.works = false;
  guest.play(30);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
}

// QEMU stops at a reset (-action reboot=shutdown): its SHUTDOWN event tells who pressed the button.
TEST(lives, the_reset_button_is_a_reboot_and_a_power_off_is_not) {
  for (auto const& [data, word] :
       {std::pair(R"({"guest":false,"reason":"host-qmp-system-reset"})", state_word::rebooted),
        std::pair(R"({"guest":true,"reason":"guest-reset"})", state_word::rebooted),
        std::pair(R"({"guest":true,"reason":"guest-shutdown"})", state_word::exited)}) {
    scene guest;
    guest.play(15);
    guest.add(timeline::qmp_event{"SHUTDOWN", data});
    hush(guest.now);
    guest.now.works = false;
    guest.play(2);
    EXPECT_EQ(guest.said.state, word) << data << guest.reasons();
    EXPECT_TRUE(guest.said.confirmed);
  }
}

// libvirt takes a QEMU away whose guest has ended: what it is told last is not what ended it.
TEST(lives, who_is_told_to_quit_after_its_end_ended_before) {
  for (auto const& [data, word] :
       {std::pair(R"({"guest":false,"reason":"host-qmp-system-reset"})", state_word::rebooted),
        std::pair(R"({"guest":true,"reason":"guest-reset"})", state_word::rebooted),
        std::pair(R"({"guest":true,"reason":"guest-panic"})", state_word::panicked)})
    for (auto const* last : {"host-signal", "host-qmp-quit"}) {
      scene guest;
      guest.play(15);
      guest.add(timeline::qmp_event{"SHUTDOWN", data});
      guest.add(timeline::qmp_event{"SHUTDOWN",
                                    fmt::format(R"({{"guest":false,"reason":"{}"}})", last)});
      hush(guest.now);
      guest.now.works = false;
      guest.now.alive = false;
      guest.play(2);
      EXPECT_EQ(guest.said.state, word) << data << guest.reasons();
    }
}

}  // namespace
}  // namespace wedgehog::verdict
