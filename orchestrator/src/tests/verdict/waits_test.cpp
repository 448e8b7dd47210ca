#include "verdict/view/waits.hpp"

#include <gtest/gtest.h>

namespace wedgehog::verdict {
namespace {

using frames = std::vector<std::string>;
std::string const no_channel;

bool to_storage(frames const& one) {
  return on_road_to_storage({one, no_channel});
}
bool thaw(frames const& one) {
  return waits_for_thaw({one, no_channel});
}
bool something_else(frames const& one) {
  return waits_for_something_else({one, no_channel});
}

TEST(waits, a_road_to_storage_is_known_by_any_of_its_frames) {
  EXPECT_TRUE(to_storage({"io_schedule", "bit_wait_io"}));
  EXPECT_TRUE(to_storage({"schedule_timeout", "xfs_ail_push_all_sync", "vfs_write"}));
  EXPECT_TRUE(to_storage({"wait_for_completion", "submit_bio_wait", "blkdev_issue_flush"}));
  EXPECT_FALSE(
      to_storage({"wedgehog_log_flush_wait", "proc_reg_write", "vfs_write", "ksys_write"}));
  EXPECT_FALSE(to_storage({"pipe_read", "vfs_read"}));
}

// DragonFly 5.9: its tasks have no frames, but a word for what they wait for.
TEST(waits, a_road_to_storage_is_known_by_dragonflys_words) {
  frames const none;
  auto const storage = [&none](std::string const& word) {
    return on_road_to_storage({none, word}) && !waits_for_something_else({none, word});
  };
  for (auto const* word :
       {"biowr",  "biord",  "trwait",  "vbpage",  "getblk", "clurd",     "flstik",    "wdrn1",
        "newbuf", "h2coll", "h2trans", "h2chain", "h2dio",  "h2twait",   "h2syndel",  "hmrwex",
        "hmrufl", "hmdiow", "wswbuf0", "swread",  "swwrt",  "softflush", "softupdate"})
    EXPECT_TRUE(storage(word)) << word;
  for (auto const* word :
       {"wait", "nanslp", "piperd", "ttyin", "kqread", "umtxsl", "vmwait", "netio"})
    EXPECT_FALSE(storage(word)) << word;
  for (auto const* word : {"biowr", "trwait", "swread"})
    EXPECT_TRUE(waits_for_io({none, word})) << word;
  // A function of that name is another thing.
  std::string const no_word;
  EXPECT_FALSE(on_road_to_storage({{"inode_wait_frogs", "pipe_read"}, no_word}));
}

TEST(waits, who_waits_for_storage_or_a_lock_waits_for_nothing_else) {
  EXPECT_TRUE(something_else({"frog_wait_for_newt", "proc_reg_write", "vfs_write"}));
  EXPECT_FALSE(something_else({"mutex_lock", "proc_reg_write"}));
  EXPECT_FALSE(something_else({"folio_wait_bit_common", "ext4_sync_file"}));
  EXPECT_FALSE(something_else({"wait_for_vfork_done"}));
  EXPECT_FALSE(something_else({"mem_cgroup_handle_over_high", "exit_to_user_mode_prepare"}));
  EXPECT_FALSE(something_else({}));
}

// wait_for_vfork_done is inlined: its caller stands innermost, and below it whatever else forks.
TEST(waits, a_parent_waits_harmlessly_for_its_vfork) {
  std::string const none;
  std::vector<std::string> const parent = {"kernel_clone", "__do_sys_vfork", "do_syscall_64"};
  EXPECT_TRUE(waits_for_vfork({parent, none}));
  EXPECT_TRUE(waits_harmlessly({parent, none}));
  EXPECT_FALSE(something_else(parent));
  EXPECT_TRUE(waits_for_vfork({{}, "ppwait"}));
  std::vector<std::string> const behind_a_lock = {"rwsem_down_write_slowpath", "copy_process",
                                                  "kernel_clone", "__do_sys_clone3"};
  EXPECT_FALSE(waits_for_vfork({behind_a_lock, none}));
  EXPECT_FALSE(waits_harmlessly({behind_a_lock, none}));
}

TEST(waits, a_thaw_is_waited_for_by_whoever_writes_below_anything) {
  EXPECT_TRUE(thaw({"percpu_rwsem_wait", "__percpu_down_read", "mnt_want_write"}));
  EXPECT_TRUE(thaw({"percpu_rwsem_wait", "loop_process_work", "process_one_work"}));
  EXPECT_TRUE(thaw({"percpu_rwsem_wait", "frogfs_write", "vfs_write"}));
  EXPECT_FALSE(thaw({"percpu_rwsem_wait", "cgroup_attach_task_all", "kthread"}));
  EXPECT_FALSE(thaw({"percpu_rwsem_wait", "copy_process", "kernel_clone"}));
  EXPECT_FALSE(thaw({"percpu_down_write", "freeze_super"}));
}

}  // namespace
}  // namespace wedgehog::verdict
