// The cases of real guests, each as the signals it makes, and what must and must not be said of it.
#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"

namespace wedgehog::verdict {
namespace {

TEST(scenes, a_healthy_guest_is_ok) {
  scene guest;
  guest.play(300);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  for (auto const& each : guest.all) EXPECT_EQ(each.state, state_word::ok);
  EXPECT_FALSE(guest.said.confirmed);
}

TEST(scenes, computing_without_io_is_ok) {
  scene guest;
  stop_storage(guest.now);
  guest.now.cpus = {{.share = 0.4, .halted = false, .ring = 3}, {.share = 0.03, .awake_every = 20}};
  guest.play(120);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
}

TEST(scenes, a_missed_wakeup_is_a_software_wait_within_budget_and_two_seconds) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {waiter()};
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::software_wait);
  EXPECT_TRUE(guest.said.confirmed);
  EXPECT_NE(guest.reasons().find("kind is unproved"), std::string::npos);
  EXPECT_NE(guest.reasons().find("fakelog_force_wait"), std::string::npos);
}

TEST(scenes, before_the_budget_is_used_up_it_is_only_suspect) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {waiter()};
  guest.play(18);
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

TEST(scenes, a_sleep_within_its_budget_is_no_wedge) {
  scene guest(60);
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.play(30);
  EXPECT_EQ(guest.said.state, state_word::suspect);
  guest.now = {};
  guest.play(5);
  EXPECT_EQ(guest.said.state, state_word::ok);
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// 02c: no operation for minutes, hung tasks on the console, the canary stuck, and still only slow.
TEST(scenes, storage_at_ten_requests_a_second_is_slow_however_long_the_watchdog_barks) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  rest(guest.now);
  guest.now.canaries = 0;
  guest.now.disks[0] = {.completes = 10, .in_flight = 17, .oldest_s = 6.3};
  guest.now.io_full = 0.9;
  guest.now.blocked = {
      {38, "xfsaild/md0", {"xlog_wait_on_iclog", "xlog_cil_push_work"}, 900, 0},
      {230, "writer", {"balance_dirty_pages", "iomap_file_buffered_write"}, 100, 0}};
  for (int i = 0; i < 15; ++i) {
    guest.play(10);
    guest.add(timeline::console_class{"hung-task", 1});
  }
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
  // Beyond fifteen budgets it needs a person, but is still no wedge.
  guest.play(200);
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// 24: one request a second.
TEST(scenes, storage_at_one_request_a_second_is_slow) {
  scene guest;
  guest.play(15);
  rest(guest.now);
  guest.now.canaries = 0;
  guest.now.disks[0] = {.completes = 1, .in_flight = 5, .oldest_s = 4.9};
  for (int i = 0; i < 20; ++i) {
    guest.now.operations = 0;
    guest.play(6);
    guest.now.operations = 1;
    guest.play(1);
  }
  EXPECT_FALSE(guest.ever(state_word::wedged));
  EXPECT_FALSE(guest.ever(state_word::suspect));
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
}

// 03c: the disk is saturated by others, the canary on the same file system shows that it works.
TEST(scenes, a_wedge_beside_a_saturated_disk_is_told_by_the_canary) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  guest.now.disks[0] = {.completes = 39, .in_flight = 3, .oldest_s = 0.1};
  guest.now.blocked = {waiter()};
  guest.now.system = 0.05;
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::software_wait);
  EXPECT_NE(guest.reasons().find("canaries"), std::string::npos);
}

TEST(scenes, without_a_canary_a_saturated_disk_is_believed_to_be_slow) {
  scene guest;
  guest.now.canary_known = false;
  guest.play(15);
  stop_working(guest.now);
  guest.now.disks[0] = {.completes = 39, .in_flight = 3, .oldest_s = 0.1};
  guest.now.blocked = {waiter()};
  guest.play(40);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
}

TEST(scenes, waiters_for_storage_that_half_works_are_undecided) {
  scene guest;
  guest.now.canary_known = false;
  guest.play(15);
  stop_working(guest.now);
  guest.now.disks[0] = {.completes = 10, .busy_every = 3, .oldest_s = 1};
  guest.now.blocked = {{230, "writer", {"folio_wait_bit_common", "folio_wait_writeback"}, 9, 0}};
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

TEST(scenes, where_nobody_looks_at_storage_its_waiters_and_a_counter_prove_nothing) {
  for (bool const observed : {true, false}) {
    scene guest;
    guest.now.canary_known = false;
    guest.now.disks.clear();
    guest.now.observed = observed;
    guest.play(15);
    stop_working(guest.now);
    rest(guest.now);
    guest.now.blocked = {{230, "writer", {"balance_dirty_pages"}, 100, 0}};
    guest.play(100);
    EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
    EXPECT_FALSE(guest.ever(state_word::wedged));
  }
}

TEST(scenes, hand_over_and_burning_are_livelocks) {
  for (bool const burning : {false, true}) {
    scene guest;
    guest.play(15);
    stop_working(guest.now);
    stop_storage(guest.now);
    rest(guest.now);
    guest.now.blocked = {waiter(), {61, "ll", {"ll", "kthread"}, 0, 2000}};
    if (burning) {
      guest.now.cpus = {{.share = 0.3, .halted = false}, {.share = 0.3, .halted = false}};
      guest.now.system = 1.16;
    } else {
      guest.now.switches = 4279;
    }
    EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
    EXPECT_EQ(guest.said.kind, kind_word::livelock) << guest.reasons();
  }
}

TEST(scenes, a_wedge_after_an_oops_is_named_so) {
  scene guest;
  guest.play(15);
  guest.add(timeline::console_class{"oops", 1});
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {waiter()};
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::after_oops);
  EXPECT_TRUE(has(guest.said, flag_word::oops));
}

TEST(scenes, an_oops_beside_progress_is_a_flag) {
  scene guest;
  guest.play(15);
  guest.add(timeline::console_line{"BUG: kernel NULL pointer dereference, address: 0", false});
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::ok);
  EXPECT_TRUE(has(guest.said, flag_word::oops));
}

// 05b, 05c, 25: one request is not answered, with and without others flowing beside it.
TEST(scenes, a_request_that_the_host_does_not_answer_is_held_io) {
  for (bool const others_flow : {false, true}) {
    scene guest;
    guest.now.disks = {{.name = "a"}, {.name = "b"}};
    guest.play(15);
    stop_working(guest.now);
    stop_storage(guest.now);
    rest(guest.now);
    guest.now.disks[0].in_flight = 1;
    guest.now.disks[0].ages = true;
    if (others_flow) guest.now.disks[1].completes = 13;
    guest.now.blocked = {{98, "jbd2/vda-8", {"folio_wait_bit_common"}, 2190, 0}};
    EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
    EXPECT_EQ(guest.said.kind, kind_word::held_io);
    EXPECT_NE(guest.reasons().find("oldest request on disk a is 2"), std::string::npos)
        << guest.reasons();
    EXPECT_TRUE(guest.said.confirmed);
  }
}

TEST(scenes, a_request_held_by_our_own_fault_is_named_and_not_confirmed) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.disks[0].in_flight = 1;
  guest.now.disks[0].ages = true;
  guest.now.disks[0].held = 1;
  guest.now.disks[0].held_by = "hold-1";
  guest.play(60);
  EXPECT_EQ(guest.said.kind, kind_word::held_io) << guest.reasons();
  EXPECT_EQ(guest.said.explained_by, "hold-1");
  EXPECT_FALSE(guest.said.confirmed);
}

TEST(scenes, without_exact_ages_a_disk_that_holds_and_completes_nothing_is_held_io) {
  scene guest;
  guest.now.disks[0].ages_known = false;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.disks[0].in_flight = 2;
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::held_io);
}

TEST(scenes, an_answer_that_the_guest_did_not_notice_is_a_lost_completion) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.guest_in_flight = 4;
  guest.now.guest_completes = false;
  guest.now.io_full = 0.9;
  guest.now.blocked = {{98, "jbd2/vda-8", {"folio_wait_bit_common"}, 2190, 0}};
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::lost_completion) << guest.reasons();
}

TEST(scenes, user_space_waits_or_spins) {
  for (bool const spinning : {false, true}) {
    scene guest;
    guest.play(15);
    stop_working(guest.now);
    stop_storage(guest.now);
    rest(guest.now);
    if (spinning) {
      guest.now.cpus[1] = {.share = 0.6, .halted = false, .ring = 3};
      guest.now.user = 0.9;
    }
    EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
    EXPECT_EQ(guest.said.kind, spinning ? kind_word::user_spin : kind_word::user_wait)
        << guest.reasons();
  }
}

// 27: everybody who writes waits for the thaw.
TEST(scenes, an_administrators_freeze_is_never_a_wedge) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.canaries = 0;
  guest.now.blocked = {
      {113, "writer", {"percpu_rwsem_wait", "__percpu_down_read", "mnt_want_write"}, 700, 0},
      {140, "canary", {"percpu_rwsem_wait", "__percpu_down_read", "vfs_write"}, 10, 0},
      {141, "rm", {"rwsem_down_write_slowpath", "do_unlinkat"}, 10, 0}};
  guest.play(120);
  EXPECT_EQ(guest.said.state, state_word::frozen) << guest.reasons();
  // The stack could not be read for a while: nothing ran since, so it still holds.
  for (auto& each : guest.now.blocked) each.frames.clear();
  guest.play(30);
  EXPECT_EQ(guest.said.state, state_word::frozen) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
  guest.now = {};
  guest.play(15);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
}

TEST(scenes, a_freeze_that_is_itself_stuck_is_a_wedge) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {
      {113, "writer", {"percpu_rwsem_wait", "__percpu_down_read", "mnt_want_write"}, 700, 0},
      {150, "fsfreeze", {"percpu_down_write", "freeze_super"}, 5, 0}};
  guest.play(40);
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
}

// 28: no report is not a report of no progress.
TEST(scenes, a_stopped_workload_is_stopped_where_known_and_suspect_where_not) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.reports = 0;
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
  guest.now.reports = 1;
  guest.now.work_state = "stopped";
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::workload_stopped) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

TEST(scenes, a_workload_whose_tasks_vanished_died) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.reports = 0;
  guest.now.tasks = 61;
  guest.play(28);
  EXPECT_EQ(guest.said.state, state_word::workload_died) << guest.reasons();
}

TEST(scenes, the_end_of_a_workload_is_read_from_its_exit_code) {
  scene guest;
  guest.play(15);
  guest.now.works = false;
  auto const end = [&](int code) {
    timeline::workload one;
    one.name = "writer";
    one.done = 7500;
    one.state = "ended";
    one.exit_code = code;
    guest.add(one);
    guest.play(40);
  };
  end(139);
  EXPECT_EQ(guest.said.state, state_word::workload_died) << guest.reasons();
  end(1);
  EXPECT_EQ(guest.said.state, state_word::workload_failed) << guest.reasons();
  end(0);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
}

// 17b: no space left. The counter may crawl between the errors.
TEST(scenes, a_workload_that_reports_errors_fails) {
  for (std::uint64_t const crawl : {0, 1}) {
    scene guest;
    guest.play(15);
    guest.now.errors = 20;
    guest.now.operations = crawl;
    guest.play(40);
    EXPECT_EQ(guest.said.state, state_word::workload_failed) << guest.reasons();
    EXPECT_FALSE(guest.ever(state_word::wedged));
  }
}

TEST(scenes, an_error_now_and_then_is_no_failure) {
  scene guest;
  for (int i = 0; i < 10; ++i) {
    guest.now.errors = 1;
    guest.play(1);
    guest.now.errors = 0;
    guest.play(5);
  }
  for (auto const& each : guest.all) EXPECT_EQ(each.state, state_word::ok);
}

// 07, 26.
TEST(scenes, interrupts_off_on_all_cpus_is_a_hard_lock) {
  for (std::size_t const cpus : {1U, 2U}) {
    scene guest;
    guest.now.cpus.resize(cpus);
    guest.play(15);
    silence(guest.now);
    for (auto& cpu : guest.now.cpus) cpu = {.share = 0.35, .halted = false, .interrupts_on = false};
    EXPECT_LE(guest.seconds_until(state_word::locked_up, 28), 15) << guest.reasons();
    EXPECT_EQ(guest.said.kind, kind_word::hard);
    EXPECT_FALSE(guest.said.confirmed);
    guest.play(12);
    EXPECT_TRUE(guest.said.confirmed) << guest.reasons();
  }
}

// 07c: K, Q and F lived on the dead CPU; the workload did not.
TEST(scenes, one_dead_cpu_beside_progress_is_a_flag_and_without_progress_a_lock) {
  scene guest;
  guest.play(15);
  guest.now.kernel_beats = guest.now.workqueue_beats = guest.now.fifo_beats = false;
  guest.now.cpus[1] = {.share = 0.37, .halted = false, .interrupts_on = false};
  guest.play(28);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  EXPECT_TRUE(has(guest.said, flag_word::cpu_stuck));
  stop_working(guest.now);
  guest.play(15);
  EXPECT_EQ(guest.said.state, state_word::locked_up) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::hard_one_cpu);
}

TEST(scenes, firmware_with_interrupts_off_is_no_lock) {
  scene guest;
  silence(guest.now);
  guest.now.works = guest.now.canary_known = false;
  for (auto& cpu : guest.now.cpus) cpu = {.share = 0.9, .halted = false, .interrupts_on = false};
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
}

// Only the reporter and the FIFO beat lived on that CPU.
void hog_a_processor(scene& guest) {
  guest.now.fifo_beats = false;
  guest.now.reports = guest.now.operations = 0;
  guest.now.observed = false;
  guest.now.cpus[1] = {.share = 0.49, .halted = false};
}

// 18
TEST(scenes, an_rcu_hog_is_a_stuck_cpu_and_no_wedge) {
  scene guest;
  guest.play(15);
  hog_a_processor(guest);
  guest.play(21);
  EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
  guest.add(timeline::console_class{"rcu-stall", 1});
  for (int i = 0; i < 60; ++i) {
    guest.play(1);
    EXPECT_TRUE(has(guest.said, flag_word::cpu_stuck)) << i;
  }
  EXPECT_EQ(guest.said.state, state_word::locked_up) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::soft);
}

// It is called locked up when three quarters of the budget are gone; those count.
TEST(scenes, a_processor_that_never_rests_is_confirmed_within_budget_and_two_seconds) {
  scene guest;
  guest.play(15);
  hog_a_processor(guest);
  guest.play(12);
  guest.add(timeline::console_class{"soft-lockup", 1});
  int seconds = 12;
  for (; seconds < 60 && !guest.said.confirmed; ++seconds) guest.play(1);
  EXPECT_EQ(guest.said.state, state_word::locked_up) << guest.reasons();
  EXPECT_GE(seconds, 20);
  EXPECT_LE(seconds, 22);
}

TEST(scenes, a_soft_lockup_beside_progress_is_a_flag) {
  scene guest;
  guest.play(15);
  guest.now.cpus[1] = {.share = 0.49, .halted = false};
  guest.play(21);
  guest.add(timeline::console_class{"soft-lockup", 1});
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  EXPECT_TRUE(has(guest.said, flag_word::cpu_stuck));
}

TEST(scenes, real_time_hogs_starve_userland) {
  scene guest;
  guest.play(15);
  silence(guest.now);
  guest.now.kernel_beats = true;
  for (auto& cpu : guest.now.cpus) cpu = {.share = 0.28, .halted = false, .ring = 3};
  guest.play(28);
  EXPECT_EQ(guest.said.state, state_word::userland_starved) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// 06a, 06c: the OOM killer took all of it.
TEST(scenes, a_guest_without_processes_is_dead_userland) {
  for (bool const kernel_module : {true, false}) {
    scene guest;
    guest.now.kernel_beats_known = kernel_module;
    guest.play(15);
    silence(guest.now);
    guest.now.kernel_beats = guest.now.workqueue_beats = true;
    rest(guest.now);
    guest.add(timeline::console_class{"oom", 8});
    guest.play(28);
    EXPECT_EQ(guest.said.state, state_word::userland_dead) << guest.reasons();
  }
}

TEST(scenes, a_dead_agent_line_alone_proves_nothing) {
  scene guest;
  guest.now.kernel_beats_known = false;
  guest.play(15);
  silence(guest.now);
  rest(guest.now);
  guest.play(120);
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
  EXPECT_FALSE(guest.said.confirmed);
}

// 06b, 06d, 15b: thrashing and fork bombs leave some progress.
TEST(scenes, little_progress_under_pressure_is_slow) {
  scene guest;
  guest.play(30);
  guest.now.cpus = {{.share = 0.31, .halted = false, .ring = 3},
                    {.share = 0.31, .halted = false, .ring = 3}};
  guest.now.canaries = 0;
  guest.now.user = 1.8;
  for (int i = 0; i < 10; ++i) {
    guest.now.operations = 0;
    guest.play(7);
    guest.now.operations = 20;
    guest.play(1);
  }
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
  EXPECT_FALSE(guest.ever(state_word::suspect));
}

// 12c and 12b: no budget runs while the host holds the guest.
TEST(scenes, a_paused_or_stopped_guest_uses_up_no_budget) {
  for (bool const stopped : {false, true}) {
    scene guest;
    guest.play(15);
    auto const before = guest.now;
    silence(guest.now);
    guest.now.run_state = stopped ? "" : "paused";
    guest.now.process_state = stopped ? "T" : "S";
    guest.now.answer_ms = stopped ? 500 : 0.5;
    guest.play(300);
    EXPECT_EQ(guest.said.state, stopped ? state_word::host_stopped : state_word::paused)
        << guest.reasons();
    EXPECT_FALSE(guest.said.confirmed);
    guest.now = before;
    stop_working(guest.now);
    guest.play(10);
    EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
    guest.now.operations = 500;
    guest.play(2);
    EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  }
}

TEST(scenes, a_hold_of_our_own_uses_up_no_budget) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  guest.add(timeline::hold{true, "memory dump"});
  guest.play(100);
  EXPECT_EQ(guest.said.state, state_word::paused);
  EXPECT_NE(guest.reasons().find("memory dump"), std::string::npos);
  guest.add(timeline::hold{false, ""});
  guest.play(5);
  EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
}

// A fault leaves the guest a fifth of its processors: a budget of 20 s lasts for 100.
TEST(scenes, a_share_of_the_time_uses_up_a_share_of_the_budget) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {waiter()};
  guest.add(timeline::hold{true, "cpu-duty", 0.8});
  guest.play(90);
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
  guest.add(timeline::hold{false, "cpu-duty", 0.8});
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 6) << guest.reasons();
}

// 13b: QEMU runs 5 % of the time; samples meet it stopped, yet it progresses.
TEST(scenes, a_host_that_gives_a_twentieth_is_slow_and_no_stop) {
  scene guest;
  guest.play(30);
  for (int i = 0; i < 40; ++i) {
    guest.now.process_state = "T";
    guest.now.run_state = "";
    guest.now.operations = 0;
    guest.now.kernel_beats = guest.now.fifo_beats = guest.now.ordinary_beats = false;
    guest.now.canaries = guest.now.reports = 0;
    guest.now.observed = false;
    guest.play(2);
    guest.now = {};
    guest.now.operations = 46;
    guest.now.answer_ms = 49;
    for (auto& cpu : guest.now.cpus) cpu = {.share = 0.03, .halted = false};
    guest.play(1);
  }
  for (auto const& each : guest.all)
    EXPECT_TRUE(each.state == state_word::ok || each.state == state_word::slow)
        << name_of(each.state);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
}

TEST(scenes, vcpus_that_are_awake_and_unserved_are_a_starved_host) {
  scene guest;
  guest.play(15);
  silence(guest.now);
  for (auto& cpu : guest.now.cpus) cpu = {.share = 0.01, .halted = false};
  guest.play(120);
  EXPECT_EQ(guest.said.state, state_word::host_starved) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

TEST(scenes, a_panic_is_final) {
  scene guest;
  guest.play(15);
  guest.add(timeline::console_line{"Kernel panic - not syncing: Fatal exception", false});
  guest.play(1);
  EXPECT_EQ(guest.said.state, state_word::panicked);
  EXPECT_TRUE(guest.said.confirmed);
  EXPECT_NE(guest.reasons().find("Fatal exception"), std::string::npos);
}

TEST(scenes, halted_with_interrupts_off_and_silent_is_a_panic_without_words) {
  scene guest;
  guest.play(15);
  silence(guest.now);
  guest.now.cpus = {{.share = 0, .halted = true, .interrupts_on = false, .awake_every = 0},
                    {.share = 0.6, .halted = false}};
  guest.play(20);
  EXPECT_EQ(guest.said.state, state_word::panicked) << guest.reasons();
}

TEST(scenes, resets_are_reboots_unless_planned) {
  for (bool const planned : {false, true}) {
    scene guest;
    guest.play(15);
    if (planned) guest.add(timeline::milestone{"reset-expected", ""});
    guest.add(timeline::qmp_event{"RESET", R"({"guest":true,"reason":"guest-reset"})"});
    silence(guest.now);
    guest.now.works = false;
    guest.play(60);
    EXPECT_EQ(guest.said.state, planned ? state_word::ok : state_word::rebooted) << guest.reasons();
  }
}

TEST(scenes, a_counter_that_falls_and_stays_low_is_a_reboot) {
  scene guest;
  guest.play(15);
  guest.now.works = false;
  for (std::uint64_t done = 0; done < 5; ++done) {
    timeline::workload one;
    one.name = "writer";
    one.done = done;
    guest.add(one);
    guest.play(1);
  }
  EXPECT_EQ(guest.said.state, state_word::rebooted) << guest.reasons();
}

TEST(scenes, the_end_of_qemu_is_a_finding_unless_it_is_ours) {
  for (bool const ours : {false, true}) {
    scene guest;
    guest.play(15);
    if (ours) guest.add(timeline::milestone{"machine-stopping", ""});
    timeline::machine_state gone;
    gone.alive = false;
    gone.exit_code = 1;
    silence(guest.now);
    guest.now.alive = false;
    guest.now.works = false;
    guest.add(gone);
    guest.play(3);
    EXPECT_EQ(guest.said.state == state_word::exited, !ours) << guest.reasons();
  }
}

TEST(scenes, a_machine_that_the_host_lost_is_the_hosts_fault) {
  scene guest;
  guest.play(15);
  timeline::machine_state gone;
  gone.alive = false;
  gone.host_fault = "the connection to qemu+tcp://there/system was lost";
  silence(guest.now);
  guest.now.alive = false;
  guest.now.works = false;
  guest.add(gone);
  guest.play(3);
  EXPECT_EQ(guest.said.state, state_word::host_stopped) << guest.reasons();
  EXPECT_NE(guest.reasons().find("qemu+tcp://there"), std::string::npos);
}

// Without a workload a step's own deadline applies, but a task that is blocked for good is a wedge.
TEST(scenes, a_plain_step_is_not_judged_by_progress) {
  scene guest;
  guest.now.works = guest.now.canary_known = false;
  guest.add(timeline::step{"2", "run mkfs", "began", ""});
  stop_storage(guest.now);
  guest.play(300);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
  EXPECT_NE(guest.reasons().find("run mkfs"), std::string::npos);
  guest.now.blocked = {{200, "umount", {"wait_barrier", "raid5_quiesce"}, 77, 0}};
  EXPECT_EQ(guest.seconds_until(state_word::wedged, 40), 21) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::software_wait);
}

TEST(scenes, a_step_with_output_and_kernel_threads_that_live_blocked_are_no_wedge) {
  scene guest;
  guest.now.works = guest.now.canary_known = false;
  stop_storage(guest.now);
  timeline::guest first;
  timeline::blocked_task resident;
  resident.pid = 12;
  resident.name = "virtio_balloon";
  resident.kernel_thread = true;
  first.blocked = {resident};
  guest.add(first);
  guest.now.observed = false;
  for (int i = 0; i < 60; ++i) {
    guest.play(1);
    first.uptime_s = i;
    guest.add(first);
  }
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();

  scene talking;
  talking.now.works = talking.now.canary_known = false;
  stop_storage(talking.now);
  talking.add(timeline::step{"2", "run mkfs", "began", ""});
  talking.now.blocked = {waiter("jbd2")};
  for (int i = 0; i < 60; ++i) {
    talking.play(1);
    talking.add(timeline::milestone{"progress", "40 %"});
  }
  EXPECT_EQ(talking.said.state, state_word::ok) << talking.reasons();
}

TEST(scenes, the_time_scale_stretches_the_budget) {
  scene guest(20, 3);
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {waiter()};
  int const seconds = guest.seconds_until(state_word::wedged, 100);
  EXPECT_GE(seconds, 59);
  EXPECT_LE(seconds, 62);
}

TEST(scenes, of_several_workloads_the_most_stuck_decides) {
  scene guest;
  timeline::workload other;
  other.name = "other";
  other.done = 5;
  guest.add(other);
  stop_storage(guest.now);
  for (int i = 0; i < 30; ++i) {
    guest.play(1);
    guest.add(other);
  }
  EXPECT_EQ(guest.said.state, state_word::wedged) << guest.reasons();
  EXPECT_NE(guest.reasons().find("'other'"), std::string::npos);
}

TEST(scenes, since_is_when_the_state_began) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  rest(guest.now);
  guest.now.blocked = {waiter()};
  int const seconds = guest.seconds_until(state_word::wedged, 40);
  guest.play(10);
  EXPECT_EQ(guest.said.since, std::chrono::seconds(15 + seconds));
  EXPECT_EQ(guest.said.at, std::chrono::seconds(25 + seconds));
}

}  // namespace
}  // namespace wedgehog::verdict
