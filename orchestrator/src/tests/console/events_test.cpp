// The events of a night: each with its line, time and name, in bounded memory.
#include "console/events.hpp"

#include <gtest/gtest.h>

#include "samples.hpp"

namespace wedgehog::console {
namespace {

event_list read_night(std::string_view text) {
  event_list found{classifier()};
  found.feed(text);
  found.finish();
  return found;
}

std::string hung(char const* time, char const* function) {
  std::string const stamp = std::string("Jun 05 ") + time + " pond7 kernel: ";
  return stamp + "INFO: task frogd:90 blocked for more than 122 seconds.\n" + stamp +
         "Call Trace:\n" + stamp + " __schedule+0x4ab/0x1610\n" + stamp + " " + function +
         "+0x40/0x90\n" + stamp + " frog_sync+0x11/0x60\n";
}

TEST(events, of_a_night_are_listed_with_line_time_and_name) {
  std::string night = hung("01:00:00", "frog_commit");
  for (int i = 0; i < 800; ++i) night += "Jun 05 02:00:00 pond7 frogd[9]: all is well\n";
  night += "Jun 05 03:00:00 pond7 frogd[9]: panic: no more flies\n";
  night += "Jun 05 03:00:01 pond7 kernel: Out of memory: Killed process 12 (toad)\n";
  night += "Jun 05 03:00:02 pond7 kernel: Out of memory: Killed process 13 (toad)\n";
  night += hung("04:00:00", "frog_flush");
  auto const found = read_night(night);
  ASSERT_EQ(found.events().size(), 3u);
  auto const& [first, note, second] =
      std::tie(found.events()[0], found.events()[1], found.events()[2]);
  EXPECT_EQ(first.name.signature, "hung-task/frog_commit");
  EXPECT_EQ(first.what.line_number, 1u);
  EXPECT_EQ(first.what.time, "Jun 05 01:00:00");
  EXPECT_EQ(first.name.alternatives, std::vector<std::string>{"hung-task/frog_sync"});
  EXPECT_FALSE(first.name.corrupted);
  EXPECT_TRUE(note.is_note());
  EXPECT_EQ(note.count, 2u);
  EXPECT_EQ(note.what.time, "Jun 05 03:00:01");
  EXPECT_EQ(note.last_line, note.what.line_number + 1);
  EXPECT_EQ(second.name.signature, "hung-task/frog_flush");
  EXPECT_EQ(second.what.line_number, 809u);
  EXPECT_EQ(found.naming(), &found.events()[0]);
}

TEST(events, that_are_long_past_do_not_swallow_what_follows) {
  auto const found = read_night(
      "[  100.000001] BUG: unable to handle page fault for address: ffff888000000000\n"
      "[  100.000002] RIP: 0010:frog_jump+0x1/0x2\n"
      "[  100.000003] Call Trace:\n"
      "[  100.000004]  frog_jump+0x1/0x2\n"
      "[ 9000.000001] Kernel panic - not syncing: no more flies\n");
  ASSERT_EQ(found.events().size(), 2u);
  EXPECT_EQ(found.events()[0].name.signature, "bad-access/frog_jump");
  EXPECT_EQ(found.events()[1].name.signature, "panic/kernel-panic-no-more-flies");
}

// A request that the kernel says was lost names a text only where nothing else went wrong.
TEST(events, of_a_disk_name_a_text_when_nothing_else_does) {
  std::string const lost = "[  60.000001] nvme nvme3: I/O 77 QID 2 timeout, completion polled\n";
  auto const alone = read_night(lost);
  ASSERT_NE(alone.naming(), nullptr);
  EXPECT_EQ(alone.naming()->name.signature, "io-timeout/nvme-completion-polled");
  auto const both = read_night(lost + "[  61.000001] Kernel panic - not syncing: no more flies\n");
  ASSERT_NE(both.naming(), nullptr);
  EXPECT_EQ(both.naming()->what.class_word, "panic");
  EXPECT_EQ(read_night("[  60.000001] Out of memory: Killed process 12 (toad)\n").naming(),
            nullptr);
}

TEST(events, stay_bounded) {
  std::string flood;
  for (int i = 0; i < 30'000; ++i)
    flood += "BUG: unable to handle kernel paging request at " + std::to_string(i) + "\n";
  auto const found = read_night(flood);
  EXPECT_EQ(found.events().size(), event_list::most_events);
  EXPECT_EQ(found.omitted(), 20'000u);
}

TEST(names, of_cut_and_mixed_text_say_so) {
  std::string const head = "[  10.000001] INFO: task frogd:90 blocked for more than 122 seconds.\n";
  EXPECT_TRUE(read_night(head).naming()->name.corrupted);
  std::string const stack = head + "[  10.000002] Call Trace:\n[  10.000003]  schedule+0x1/0x2\n";
  std::string const frame = "[  10.000004]  frog_commit+0x1/0x2\n";
  EXPECT_FALSE(read_night(stack + frame).naming()->name.corrupted);
  EXPECT_TRUE(read_night(stack + "[  10.000004]  frog_com[  10.000005] toads\n" + frame)
                  .naming()
                  ->name.corrupted);
}

}  // namespace
}  // namespace wedgehog::console
