// What changes when an observer tells of the workload's own tasks: nobody is accused against what
// they do, and a stuck bystander is none of them.
#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"

namespace wedgehog::verdict {
namespace {

timeline::workload_tasks own_tasks(std::vector<timeline::waiting_task> waiting) {
  timeline::workload_tasks own;
  own.name = "writer";
  own.group = "/";
  for (auto const& each : waiting) own.pids.push_back(each.pid);
  own.waiting = std::move(waiting);
  return own;
}

// A guest at rest whose counter stands still.
void stand_still(scene& guest, timeline::workload_tasks own) {
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.idle = 0.95;
  guest.now.canary_known = false;
  guest.now.own = std::move(own);
}

timeline::waiting_task asleep(std::vector<std::string> frames) {
  return {151, "writer", "S", 20, "", std::move(frames)};
}

TEST(own_tasks, that_sleep_in_user_space_are_a_user_wait) {
  scene guest;
  stand_still(guest, own_tasks({asleep({"futex_wait_queue", "futex_wait", "do_futex"})}));
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::user_wait) << guest.reasons();
}

TEST(own_tasks, of_a_frozen_group_are_stopped) {
  scene guest;
  auto own = own_tasks({asleep({"do_freezer_trap", "get_signal"})});
  own.group = "/box";
  own.frozen = true;
  stand_still(guest, own);
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::workload_stopped) << guest.reasons();
  EXPECT_NE(guest.reasons().find("/box"), std::string::npos) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

TEST(own_tasks, that_their_group_throttles_are_slow) {
  scene guest;
  auto own = own_tasks({});
  own.group = "/small";
  own.cpu_limit = 0.01;
  stand_still(guest, own);
  guest.now.own_runs = 0.01;
  guest.now.own_throttled = 0.98;
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// A reader that verifies for minutes without a word; once a quarter of a CPU in the kernel and no
// word made it a livelock.
TEST(own_tasks, that_read_two_thousand_blocks_a_second_are_no_livelock) {
  for (bool const told : {true, false}) {
    scene guest;
    stand_still(guest, own_tasks({}));
    if (!told) guest.now.own.reset();
    guest.now.own_runs = 0.6;
    guest.now.system = 0.5;
    guest.now.user = 0.2;
    guest.now.idle = 0.1;
    guest.now.disks[0].completes = 2000;
    guest.now.disks[0].busy_every = 3;
    guest.play(120);
    EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
    EXPECT_FALSE(guest.ever(state_word::wedged));
  }
}

TEST(own_tasks, that_asked_for_io_wait_for_the_kernel) {
  scene guest;
  stand_still(guest, own_tasks({asleep({"read_events", "do_io_getevents"})}));
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::software_wait) << guest.reasons();
}

TEST(own_tasks, that_asked_for_io_lead_to_the_request_that_is_held) {
  scene guest;
  stand_still(guest, own_tasks({asleep({"io_cqring_wait", "__x64_sys_io_uring_enter"})}));
  guest.now.disks[0].in_flight = 1;
  guest.now.disks[0].ages = true;
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::held_io) << guest.reasons();
  EXPECT_NE(guest.reasons().find("io_cqring_wait"), std::string::npos) << guest.reasons();
}

// Its own disk lives; somebody else hangs on another, since the same moment.
TEST(own_tasks, that_move_are_slow_whatever_a_bystander_waits_for) {
  for (bool const told : {true, false}) {
    scene guest;
    guest.now.disks = {{.name = "a"}, {.name = "b"}};
    stand_still(guest, own_tasks({{160, "writer", "D", 40, "", {"rq_qos_wait", "wbt_wait"}}}));
    if (!told) guest.now.own.reset();
    guest.now.disks[0].in_flight = 1;
    guest.now.disks[0].ages = true;
    guest.now.disks[1].completes = 30;
    guest.now.disks[1].in_flight = 4;
    guest.now.io_some = 0.95;
    guest.now.blocked = {{98, "by", {"folio_wait_bit_common", "ext4_sync_file"}, 3, 0},
                         {160, "writer", {"rq_qos_wait", "wbt_wait", "ext4_writepages"}, 40, 1}};
    for (int second = 0; second < 60; ++second) {
      ++guest.now.blocked[1].switches;
      guest.play(1);
    }
    EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
    EXPECT_FALSE(guest.ever(state_word::wedged));
  }
}

TEST(own_tasks, that_wait_for_something_else_are_not_hidden_behind_a_held_request) {
  scene guest;
  stand_still(guest, own_tasks({{113, "writer", "D", 2635, "", {}}}));
  guest.now.disks[0].in_flight = 1;
  guest.now.disks[0].ages = true;
  guest.now.disks[0].held = 1;
  guest.now.disks[0].held_by = "stuck";
  guest.now.blocked = {waiter(), {98, "by", {"folio_wait_bit_common", "ext4_sync_file"}, 3, 0}};
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::software_wait) << guest.reasons();
  EXPECT_TRUE(guest.said.confirmed);
  EXPECT_NE(guest.reasons().find("fakelog_force_wait"), std::string::npos) << guest.reasons();
  EXPECT_NE(guest.reasons().find("stuck"), std::string::npos) << "the request is a remark";
}

TEST(own_tasks, that_are_in_nobodys_way_do_not_wait_for_a_request_of_others) {
  scene guest;
  stand_still(guest, own_tasks({asleep({"futex_wait_queue", "futex_wait"})}));
  guest.now.disks[0].in_flight = 1;
  guest.now.disks[0].ages = true;
  guest.now.blocked = {{98, "by", {"folio_wait_bit_common", "ext4_sync_file"}, 3, 0}};
  guest.play(60);
  EXPECT_NE(guest.said.kind, kind_word::held_io) << guest.reasons();
}

// Behind a lock: whoever holds it leads to the request.
TEST(own_tasks, behind_a_lock_wait_for_what_its_owner_waits_for) {
  scene guest;
  stand_still(guest, own_tasks({{151, "writer", "D", 20, "", {"rwsem_down_write_slowpath"}}}));
  guest.now.disks[0].in_flight = 1;
  guest.now.disks[0].ages = true;
  guest.now.blocked = {
      {151, "writer", {"rwsem_down_write_slowpath", "ext4_file_write_iter"}, 20, 0},
      {98, "by", {"folio_wait_bit_common", "ext4_sync_file"}, 3, 0}};
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::held_io) << guest.reasons();
}

// Without an observer of its tasks: processors that rest while somebody waits for one.
TEST(own_tasks, are_not_needed_to_see_that_a_limit_holds_somebody_back) {
  scene guest;
  stand_still(guest, {});
  guest.now.own.reset();
  guest.now.cpu_some = 0.95;
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

TEST(own_tasks, of_a_loop_that_tries_again_are_no_livelock) {
  scene guest;
  stand_still(guest, {});
  guest.now.own.reset();
  guest.now.system = 0.3;
  guest.now.forks = 9;
  guest.play(40);
  EXPECT_NE(guest.said.kind, kind_word::livelock) << guest.reasons();
}

// A bystander hangs on a disk of ours that the workload never touches.
void let_a_bystander_hang(guest_model& guest) {
  guest.disks[0].in_flight = 1;
  guest.disks[0].ages = true;
  guest.disks[0].held = 1;
  guest.disks[0].held_by = "stuck";
  guest.io_some = 1;
  guest.blocked = {{98, "by", {"folio_wait_bit_common", "ext4_sync_file"}, 3, 0}};
}

TEST(own_tasks, that_sleep_beside_a_held_bystander_are_a_user_wait_and_not_its_victims) {
  scene guest;
  auto own = own_tasks({asleep({"locks_lock_inode_wait", "__do_sys_flock"})});
  own.states = {{"S", 2}};
  stand_still(guest, own);
  let_a_bystander_hang(guest.now);
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::user_wait) << guest.reasons();
  EXPECT_NE(guest.reasons().find("'by'"), std::string::npos) << "the bystander is a remark";
}

TEST(own_tasks, that_sleep_beside_one_who_waits_for_a_thaw_are_a_user_wait) {
  scene guest;
  auto own = own_tasks({asleep({"pipe_read", "vfs_read"})});
  own.states = {{"S", 1}};
  stand_still(guest, own);
  guest.now.blocked = {
      {98,
       "by",
       {"percpu_rwsem_wait", "__percpu_down_read", "mnt_want_write", "path_openat"},
       3,
       0}};
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::user_wait) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::frozen));
}

TEST(own_tasks, that_are_throttled_beside_a_held_bystander_are_slow) {
  scene guest;
  auto own = own_tasks({});
  own.states = {{"R", 1}};
  own.group = "/small";
  own.cpu_limit = 0.01;
  stand_still(guest, own);
  guest.now.own_throttled = 0.98;
  let_a_bystander_hang(guest.now);
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// Blocked, but by its own group's limit.
TEST(own_tasks, that_wait_for_memory_beside_a_held_bystander_are_slow) {
  scene guest;
  auto own = own_tasks({{208, "dd", "D", 40, "", {"mem_cgroup_handle_over_high"}}});
  own.states = {{"S", 1}, {"D", 1}};
  own.group = "/small";
  stand_still(guest, own);
  let_a_bystander_hang(guest.now);
  guest.now.memory_some = 1;
  guest.now.blocked.push_back({208, "dd", {"mem_cgroup_handle_over_high"}, 40, 1});
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// Others keep a slow disk busy, on which nothing of the workload waits.
TEST(own_tasks, that_wait_for_nothing_there_are_not_slow_because_others_keep_a_disk_busy) {
  for (bool const in_kernel : {true, false}) {
    scene guest;
    auto own = own_tasks({in_kernel ? timeline::waiting_task{113, "writer", "D", 2635, "", {}}
                                    : asleep({"pipe_read", "vfs_read"})});
    own.states = {{in_kernel ? "D" : "S", 1}};
    stand_still(guest, own);
    guest.now.disks[0].completes = 30;
    guest.now.disks[0].in_flight = 4;
    guest.now.io_some = guest.now.io_full = 0.95;
    guest.now.blocked = {{98, "by", {"folio_wait_bit_common", "ext4_sync_file"}, 3, 1}};
    if (in_kernel) guest.now.blocked.push_back(waiter());
    guest.play(60);
    EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
    EXPECT_EQ(guest.said.kind, in_kernel ? kind_word::software_wait : kind_word::user_wait)
        << guest.reasons();
  }
}

// A request of its own every four seconds, by a limit of its group.
TEST(own_tasks, that_move_now_and_then_are_slow_beside_a_held_bystander) {
  scene guest;
  auto own = own_tasks({{160, "dd", "D", 40, "", {"__blkdev_direct_IO_simple"}}});
  own.states = {{"S", 1}, {"D", 1}};
  own.group = "/small";
  guest.now.disks = {{.name = "a"}, {.name = "b"}};
  stand_still(guest, own);
  let_a_bystander_hang(guest.now);
  guest.now.blocked.push_back(
      {160, "dd", {"__blkdev_direct_IO_simple", "blkdev_write_iter"}, 40, 0});
  for (int second = 0; second < 60; ++second) {
    guest.now.disks[1].completes = second % 4 == 0 ? 1 : 0;
    if (second % 4 == 0) ++guest.now.blocked[1].switches;
    guest.play(1);
  }
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// Only what asks for the disk is stopped; its shell waits for it.
TEST(own_tasks, of_which_one_is_stopped_and_the_others_wait_are_stopped) {
  scene guest;
  auto own = own_tasks({asleep({"do_wait", "kernel_wait4"}),
                        {152, "dd", "T", 4, "", {"do_signal_stop", "get_signal"}}});
  own.states = {{"S", 1}, {"T", 1}};
  stand_still(guest, own);
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::workload_stopped) << guest.reasons();
  EXPECT_NE(guest.reasons().find("'dd'"), std::string::npos) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

timeline::waiting_task parent_of_a_vfork() {
  return {151, "sh", "D", 20, "kernel_clone", {"kernel_clone", "__do_sys_vfork"}};
}

// A signal for its whole group arrived between the vfork of its shell and the exec of the child.
TEST(own_tasks, of_which_one_is_stopped_and_its_parent_waits_for_the_exec_are_stopped) {
  scene guest;
  auto own = own_tasks({parent_of_a_vfork(), {152, "sh", "T", 4, "", {"do_signal_stop"}}});
  own.states = {{"D", 1}, {"T", 1}};
  stand_still(guest, own);
  guest.now.blocked = {{151, "sh", {"kernel_clone", "__do_sys_vfork"}, 20, 0}};
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::workload_stopped) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
}

// The child opens a FIFO before it calls exec, as a shell does for "dd < fifo".
TEST(own_tasks, of_which_a_parent_waits_for_a_child_that_sleeps_are_a_user_wait) {
  scene guest;
  auto own =
      own_tasks({parent_of_a_vfork(), {152, "sh", "S", 4, "", {"wait_for_partner", "fifo_open"}}});
  own.states = {{"D", 1}, {"S", 1}};
  stand_still(guest, own);
  guest.now.blocked = {{151, "sh", {"kernel_clone", "__do_sys_vfork"}, 20, 0}};
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::user_wait) << guest.reasons();
}

// What holds the child holds them both.
TEST(own_tasks, of_which_a_parent_waits_for_a_child_that_is_blocked_are_wedged_where_the_child_is) {
  scene guest;
  auto own = own_tasks({parent_of_a_vfork(), {113, "sh", "D", 2635, "", {}}});
  own.states = {{"D", 2}};
  stand_still(guest, own);
  guest.now.blocked = {{151, "sh", {"kernel_clone", "__do_sys_vfork"}, 20, 0}, waiter("sh")};
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::software_wait) << guest.reasons();
  EXPECT_NE(guest.reasons().find("fakelog_force_wait"), std::string::npos) << guest.reasons();
}

// A job of its own that somebody stopped long ago does not stop the rest.
TEST(own_tasks, of_which_one_is_stopped_and_another_runs_are_not_stopped) {
  scene guest;
  auto own = own_tasks({{152, "dd", "T", 4, "", {"do_signal_stop"}}});
  own.states = {{"R", 1}, {"T", 1}};
  stand_still(guest, own);
  guest.now.own_runs = guest.now.user = 0.9;
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::user_spin) << guest.reasons();
}

// Others burn the processors: no limit, and nobody rests.
TEST(own_tasks, that_want_to_run_and_are_not_let_are_slow) {
  scene guest;
  auto own = own_tasks({});
  own.states = {{"R", 1}, {"S", 1}};
  stand_still(guest, own);
  guest.now.own_runs = 0.02;
  guest.now.cpu_some = 1;
  guest.now.user = 0.9;
  guest.now.idle = 0;
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// It spins, and others want its processor: it gets what it wants.
TEST(own_tasks, that_spin_among_others_still_spin) {
  scene guest;
  auto own = own_tasks({});
  own.states = {{"R", 1}};
  stand_still(guest, own);
  guest.now.own_runs = 0.5;
  guest.now.cpu_some = 1;
  guest.now.user = 0.9;
  guest.now.idle = 0;
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::user_spin) << guest.reasons();
}

TEST(own_tasks, that_wait_for_something_else_are_not_frozen_beside_one_who_waits_for_a_thaw) {
  scene guest;
  auto own = own_tasks({{113, "writer", "D", 2635, "", {}}});
  own.states = {{"D", 1}};
  guest.play(10);
  guest.now.blocked = {
      {98, "by", {"percpu_rwsem_wait", "__percpu_down_read", "ext4_buffered_write_iter"}, 3, 0}};
  guest.play(5);
  stand_still(guest, own);
  guest.now.blocked.push_back(waiter());
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::software_wait) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::frozen));
}

// The workload's own tasks wait for a thaw below a loop device.
TEST(own_tasks, that_wait_for_io_above_a_frozen_file_system_are_frozen) {
  scene guest;
  auto own = own_tasks({{160, "dd", "D", 40, "", {"folio_wait_bit_common"}}});
  own.states = {{"S", 1}, {"D", 1}};
  stand_still(guest, own);
  guest.now.blocked = {
      {160, "dd", {"folio_wait_bit_common", "ext4_sync_file"}, 40, 0},
      {31, "kworker", {"percpu_rwsem_wait", "__percpu_down_read", "loop_process_work"}, 3, 0}};
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::frozen) << guest.reasons();
  EXPECT_NE(guest.reasons().find("'writer'"), std::string::npos) << guest.reasons();
}

// Frozen for longer than the budget, then thawed: one look at a guest in which nobody is blocked
// any more proves nothing.
TEST(own_tasks, that_were_let_go_have_time_to_move) {
  for (bool const told : {true, false}) {
    scene guest;
    auto own = own_tasks({{160, "dd", "D", 40, "", {"percpu_rwsem_wait"}}});
    own.states = {{"S", 1}, {"D", 1}};
    stand_still(guest, own);
    if (!told) guest.now.own.reset();
    guest.now.blocked = {
        {160, "dd", {"percpu_rwsem_wait", "__percpu_down_read", "ext4_buffered_write_iter"}, 3, 0}};
    guest.play(50);
    EXPECT_EQ(guest.said.state, state_word::frozen) << guest.reasons();
    guest.now.blocked.clear();
    if (told) guest.now.own->states = {{"S", 2}};
    guest.play(10);
    EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
    guest.play(40);  // it does not move: now that is its own doing
    EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
    EXPECT_EQ(guest.said.kind, kind_word::user_wait) << guest.reasons();
  }
}

TEST(own_tasks, that_were_stopped_and_continued_have_time_to_move) {
  scene guest;
  auto own = own_tasks({asleep({"do_wait"})});
  own.states = {{"S", 2}};
  stand_still(guest, own);
  guest.now.work_state = "stopped";
  guest.play(50);
  EXPECT_EQ(guest.said.state, state_word::workload_stopped) << guest.reasons();
  guest.now.work_state = "running";
  guest.play(10);
  EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
}

}  // namespace
}  // namespace wedgehog::verdict
