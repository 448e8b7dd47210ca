// What the judge makes of console lines of every system.
#include "verdict/view/console_view.hpp"

#include <gtest/gtest.h>

#include "tests/verdict/scene.hpp"

namespace wedgehog::verdict {
namespace {

struct line_case {
  char const* os;
  char const* text;
  char const* word;
};

std::string word_for(std::string_view os, std::string_view text) {
  auto const hit = console::classifier(console::system_of(os)).match_line(text);
  return hit ? std::string(word_of(*hit->row)) : std::string();
}

class line_words : public ::testing::TestWithParam<line_case> {};

TEST_P(line_words, are_found_in_the_table_of_the_system_and_in_all_together) {
  auto const& one = GetParam();
  EXPECT_EQ(word_for(one.os, one.text), one.word) << one.text;
  EXPECT_EQ(word_for("", one.text), one.word) << one.text;
}

INSTANTIATE_TEST_SUITE_P(
    all, line_words,
    ::testing::Values(
        line_case{"linux", "[    9.1] Kernel panic - not syncing: frogs", "panic"},
        line_case{"linux", "INFO: task cp:71 blocked for more than 10 seconds.", "hung-task"},
        line_case{"linux", "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [frogd:88]",
                  "soft-lockup"},
        line_case{"linux", "watchdog: Watchdog detected hard LOCKUP on cpu 0", "hard-lockup"},
        line_case{"linux", "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:", "rcu-stall"},
        line_case{"linux", "rcu: INFO: rcu_sched self-detected stall on CPU", "rcu-stall"},
        line_case{"linux", "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: {",
                  "rcu-stall"},
        line_case{"linux", "BUG: kernel NULL pointer dereference, address: 0000000000000010",
                  "oops"},
        line_case{"linux", "kernel BUG at fs/frogfs/log.c:12!", "oops"},
        line_case{"linux", "general protection fault, probably for non-canonical address 0xdead",
                  "oops"},
        line_case{"linux", "BUG: KASAN: use-after-free in frog_read+0x1/0x2", "oops"},
        line_case{"linux", "WARNING: possible circular locking dependency detected", ""},
        line_case{"linux", "WARNING: CPU: 0 PID: 7 at fs/frogfs/log.c:9 frog_log+0x1/0x2", ""},
        line_case{"linux", "frogd invoked oom-killer: gfp_mask=0x140cca", "oom"},
        line_case{"linux", "Out of memory: Killed process 90 (frogd)", "oom"},
        line_case{"linux", "I/O error, dev vda, sector 8 op 0x1:(WRITE)", "io-error"},
        line_case{"linux", "Buffer I/O error on dev vda, logical block 1, lost async page write",
                  "io-error"},
        line_case{"linux", "frogd[90]: segfault at 10 ip 0000000000401136 sp 00007ffe error 4",
                  "segfault"},
        line_case{"dragonfly", "Stopped at      Debugger+0x74:  movb    $0,0xb99092(%rip)",
                  "debugger"},
        line_case{"dragonfly", "pid 96 (agent), uid 0, was killed: out of swap space", "oom"},
        line_case{"dragonfly", "Warning: system low on memory+swap shortage 5486 for 2264 ticks!",
                  ""},
        line_case{"dragonfly", "NMI ... going to debugger", "debugger"},
        line_case{"dragonfly", "panic: assertion \"x == 0\" failed in frog_put at frog.c:1",
                  "panic"},
        line_case{"dragonfly", "Fatal trap 12: page fault while in kernel mode", "panic"},
        line_case{"dragonfly", "indefinite wait buffer: bufobj: 0, blkno: 7, size: 4096",
                  "hung-task"},
        line_case{"illumos", "panic[cpu0]/thread=ffffff0003c05c40: frogs everywhere", "panic"},
        line_case{"illumos", "BAD TRAP: type=e (#pf Page fault) rp=ffffff00 addr=0", "panic"},
        line_case{"netbsd", "panic: kernel diagnostic assertion \"x\" failed: file \"f.c\", line 1",
                  "panic"},
        line_case{"freebsd", "all is well", ""}));

// Seed 001: the message means that the reserve works; its longer twin that the reserve is empty.
TEST(console_view, twin_messages_of_the_page_daemon_are_told_apart) {
  for (auto const* os : {"dragonfly", ""}) {
    EXPECT_EQ(word_for(os, "bio_page_alloc: WARNING emergency page allocation"), "");
    EXPECT_EQ(word_for(os, "bio_page_alloc: WARNING emergency page allocation failed"),
              "memory-deadlock");
  }
  scene guest;
  guest.play(5);
  guest.add(timeline::console_line{"bio_page_alloc: WARNING emergency page allocation", false});
  guest.play(1);
  EXPECT_EQ(guest.reasons().find("memory"), std::string::npos) << guest.reasons();
  guest.add(
      timeline::console_line{"bio_page_alloc: WARNING emergency page allocation failed", false});
  guest.play(1);
  EXPECT_NE(guest.said.state, state_word::panicked);
  EXPECT_NE(guest.reasons().find("used up"), std::string::npos) << guest.reasons();
}

void hear(console_view& into, std::string text, double at_s = 1) {
  into.observe({at_s, at_s}, timeline::console_line{std::move(text), false}, {});
}

TEST(console_view, asks_only_the_tables_of_a_known_system) {
  console_view seen;
  seen.ask_tables_of("linux");
  hear(seen, "panic: a program says so");
  EXPECT_EQ(seen.panic.count, 0U);
  seen.ask_tables_of("dragonfly");
  hear(seen, "panic: the kernel says so");
  EXPECT_EQ(seen.panic.count, 1U);
}

TEST(console_view, keeps_its_tables_over_a_restart_and_nothing_else) {
  console_view seen;
  seen.ask_tables_of("linux");
  hear(seen, "Kernel panic - not syncing: frogs");
  EXPECT_EQ(seen.panic.count, 1U);
  seen.restart();
  EXPECT_EQ(seen.panic.count, 0U);
  EXPECT_EQ(seen.panic_line, "");
  hear(seen, "panic: a program says so");
  EXPECT_EQ(seen.panic.count, 0U);
}

TEST(console_view, reads_through_colours_and_carriage_returns) {
  console_view seen;
  hear(seen, "\x1b[1;31mKernel panic - not\x1b[0m syncing: frogs");
  EXPECT_EQ(seen.panic.count, 1U);
  hear(seen, "half a line\rWatchdog detected hard LOCKUP on cpu 0");
  EXPECT_EQ(seen.hard_lockup.count, 1U);
}

TEST(console_view, a_vague_panic_is_explained_by_the_line_that_says_why) {
  console_view seen;
  seen.ask_tables_of("illumos");
  hear(seen, "panic[cpu0]/thread=ffffff0003c05c40:");
  hear(seen, "BAD TRAP: type=e (#pf Page fault) rp=ffffff0003c05a10 addr=0");
  hear(seen, "panic[cpu1]/thread=ffffff0003c05c41: another");
  EXPECT_TRUE(seen.panic_line.starts_with("BAD TRAP")) << seen.panic_line;
}

TEST(console_view, a_second_banner_of_any_system_is_a_second_boot) {
  for (auto const* banner :
       {"[    0.000000] Linux version 6.1.0 (frog@pond)", "SunOS Release 5.11 Version frog 64-bit",
        "Copyright (c) 2003-2021 The DragonFly Project."}) {
    console_view seen;
    hear(seen, banner, 1);
    EXPECT_FALSE(seen.booted_again) << banner;
    hear(seen, banner, 30);
    EXPECT_TRUE(seen.booted_again) << banner;
  }
}

}  // namespace
}  // namespace wedgehog::verdict
