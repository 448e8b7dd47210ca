// Lines of file systems: what they say, and what they make of a run.
#include "verdict/view/file_system_view.hpp"

#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::verdict {
namespace {

using enum file_system_trouble;

struct spoken {
  char const* line;
  file_system_trouble means;
};

TEST(file_system_lines, are_known_by_their_own_words) {
  for (auto const& [line, means] : {
           spoken{"XFS (vda): Filesystem has been shut down due to log error (0x2).", ended},
           spoken{"XFS (dm-3): Metadata corruption detected at xfs_agf_read_verify", damaged},
           spoken{"XFS (vda): Mounting V5 Filesystem", none},
           spoken{"XFS (vda): Please unmount the filesystem and rectify the problem(s).", none},
           spoken{"EXT4-fs (vda): Remounting filesystem read-only", ended},
           spoken{"EXT4-fs error (device vda): ext4_lookup:1785: inode #2: comm ls: bad", damaged},
           spoken{"EXT4-fs (vda): mounted filesystem with ordered data mode. Quota mode: none.",
                  none},
           spoken{"Aborting journal on device vda-8.", ended},
           spoken{"BTRFS error (device vda: state A): Transaction aborted (error -5)", ended},
           spoken{"BTRFS warning (device vda): csum failed root 5 ino 257 off 0", damaged},
           spoken{"BTRFS info (device vda): using crc32c (crc32c-generic) checksum algorithm",
                  none},
           spoken{"device-mapper: thin: 253:2: switching pool to out-of-data-space (queue IO) mode",
                  full},
           spoken{"device-mapper: uevent: version 1.0.3", none},
           spoken{"Buffer I/O error on dev vda, logical block 275, lost async page write",
                  lost_data},
           spoken{"my program says: EXT4-fs error (device", none},
       })
    EXPECT_EQ(trouble_in(line), means) << line;
}

// A run that finished, with such a line in it.
final_verdict after(std::vector<timeline::payload> const& what) {
  scene guest;
  guest.play(15);
  for (auto const& each : what) guest.add(each);
  guest.play(15);
  return verdict_of_run(guest.signals, {.no_progress = std::chrono::seconds(20)},
                        {.steps_finished = true});
}

timeline::console_line const read_only{
    "[   14.732254] EXT4-fs (vda): Remounting filesystem read-only", false};

TEST(file_system_failures, do_not_pass_in_silence) {
  auto const said = after({read_only});
  EXPECT_EQ(said.word, run_word::file_system_failed);
  EXPECT_TRUE(said.has(flag_word::file_system));
  ASSERT_FALSE(said.because.empty());
  EXPECT_NE(said.because.front().find("Remounting filesystem read-only"), std::string::npos);
}

TEST(file_system_failures, of_an_earlier_life_are_not_forgotten) {
  auto const said = after({read_only, timeline::milestone{"reset-expected", ""},
                           timeline::milestone{"machine-started", "tcg"}});
  EXPECT_EQ(said.word, run_word::file_system_failed);
}

TEST(file_system_failures, that_a_fault_explains_are_a_flag) {
  auto const said = after(
      {timeline::fault{.name = "bad", .kind = "error", .action = "hit", .hits = 1}, read_only});
  EXPECT_EQ(said.word, run_word::passed);
  EXPECT_TRUE(said.has(flag_word::file_system));
}

TEST(file_system_failures, are_not_explained_by_a_fault_that_loses_nothing) {
  auto const said = after(
      {timeline::fault{.name = "late", .kind = "latency", .action = "hit", .hits = 9}, read_only});
  EXPECT_EQ(said.word, run_word::file_system_failed);
}

TEST(file_system_failures, make_a_workload_that_tries_again_a_failed_one) {
  scene guest;
  guest.play(15);
  guest.add(read_only);
  stop_working(guest.now);
  stop_storage(guest.now);
  guest.now.system = 0.4;
  guest.now.forks = 9;
  guest.play(40);
  EXPECT_EQ(guest.said.state, state_word::workload_failed) << guest.reasons();
  EXPECT_TRUE(guest.said.confirmed);
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

TEST(file_system_failures, do_not_hide_a_wedge_behind_them) {
  scene guest;
  guest.play(15);
  guest.add(read_only);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {waiter()};
  guest.play(40);
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
}

}  // namespace
}  // namespace wedgehog::verdict
