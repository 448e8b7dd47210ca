#include "verdict/failure_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wedgehog::verdict {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

timeline::signal at(microseconds when, timeline::payload what) {
  return {when, std::move(what)};
}

std::string name_after(std::vector<timeline::payload> const& seen, run_word word,
                       std::vector<flag_word> flags = {}) {
  failure_names names;
  view around({});
  microseconds now{};
  for (auto const& one : seen) {
    now += 1s;
    names.observe(at(now, one));
    around.observe(at(now, one));
  }
  around.look(now);
  final_verdict said;
  said.word = word;
  said.flags = std::move(flags);
  return names.name_for(said, around);
}

timeline::guest with_blocked(std::vector<std::int64_t> const& pids) {
  timeline::guest seen;
  for (auto const pid : pids)
    seen.blocked.push_back(
        {pid, "sh", 12, "D", "log_flush_wait", {"log_flush_wait", "log_write"}, false});
  return seen;
}

TEST(failure_names, a_wedge_is_named_after_where_tasks_wait_whatever_their_pids) {
  auto const name = name_after({with_blocked({100})}, run_word::wedged);
  EXPECT_THAT(name, HasSubstr("log_flush_wait"));
  EXPECT_EQ(name, name_after({with_blocked({4711, 12})}, run_word::wedged));
  EXPECT_EQ(name_after({with_blocked({100})}, run_word::passed), "");
  EXPECT_EQ(name_after({with_blocked({100}), with_blocked({})}, run_word::wedged), "")
      << "the last look counts";
}

TEST(failure_names, whoever_waits_for_a_busy_disk_is_no_part_of_the_wedge) {
  auto const name_of = [](bool bystander_stands, std::vector<std::string> const& late_frames) {
    failure_names names;
    view around({});
    for (int second = 0; second <= 12; ++second) {
      auto seen = with_blocked({100});
      if (second > 6) seen.blocked.front().frames = late_frames;
      auto const switches = bystander_stands ? 40 : 40 + static_cast<std::uint64_t>(second);
      seen.blocked.push_back({7, "dd", switches, "D", "__iomap_dio_rw", {"__iomap_dio_rw"}, false});
      around.observe(at(std::chrono::seconds(second), seen));
    }
    final_verdict said;
    said.word = run_word::wedged;
    around.look(12s);
    return names.name_for(said, around);
  };
  EXPECT_EQ(name_of(false, {"log_flush_wait", "log_write"}), "wedge/log_flush_wait");
  EXPECT_EQ(name_of(true, {"log_flush_wait", "log_write"}), "wedge/log_flush_wait")
      << "what waits for storage is a bystander beside what no request explains";
  EXPECT_EQ(name_of(false, {}), "wedge/log_flush_wait")
      << "a stack that could not be read again is the one that was read";
}

timeline::console_line said(std::string text) {
  return {std::move(text), false};
}

TEST(failure_names, a_panic_is_named_after_the_console) {
  EXPECT_THAT(name_after({said("[    9.1] Kernel panic - not syncing: wedgehog_lab: asked for")},
                         run_word::panicked),
              HasSubstr("panic"));
}

TEST(failure_names, a_panic_is_not_named_after_a_warning_long_before) {
  std::vector<timeline::payload> seen{
      said("[    1.000000] WARNING: CPU: 0 PID: 7 at fs/frogfs/log.c:9 frog_log+0x1/0x2")};
  for (int i = 0; i < 700; ++i) seen.push_back(said("[    2.000000] frogfs: all is well"));
  auto const warned = name_after(seen, run_word::passed, {flag_word::oops});
  EXPECT_EQ(warned, "warning/frog_log");
  seen.push_back(said("[   90.000000] BUG: kernel NULL pointer dereference, address: 0000000010"));
  seen.push_back(said("[   90.000000] RIP: 0010:newt_read+0x1/0x2"));
  seen.push_back(said("[   90.000000] Kernel panic - not syncing: Fatal exception"));
  EXPECT_EQ(name_after(seen, run_word::panicked), "bad-access/newt_read");
}

// Seed 003: the second occurrence of the same assertion has other addresses, threads and CPUs.
TEST(failure_names, an_assertion_that_fires_again_has_the_same_name) {
  auto const panic = [](std::string const& cpu, std::string const& thread,
                        std::string const& base) {
    return name_after(
        {timeline::milestone{"guest-os", "illumos"},
         said("panic[cpu" + cpu + "]/thread=" + thread + ": "),
         said("assertion failed: ht->ht_lock_cnt == 0, file: ../../i86pc/vm/htable.c, line: 1204"),
         said(""), said(base + "a40 fffffffffba0a2b8 ()"),
         said(base + "a90 unix:htable_release+1b3 ()"),
         said(base + "ac0 unix:hat_unload_callback+1ff ()")},
        run_word::panicked);
  };
  auto const once = panic("0", "ffffff0003c05c40", "ffffff0003c05");
  EXPECT_FALSE(once.empty());
  EXPECT_THAT(once, HasSubstr("assert/"));
  EXPECT_EQ(once, panic("3", "fffffe01dd31a7c0", "fffffe01dd31a"));
}

}  // namespace
}  // namespace wedgehog::verdict
