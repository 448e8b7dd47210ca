// Cases in which a live guest of recipes/lab proved the judge wrong, or slow to be right.
#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"

namespace wedgehog::verdict {
namespace {

TEST(live_scenes, what_our_own_fault_holds_is_confirmed_when_nothing_will_heal_it) {
  for (bool const healed_later : {false, true}) {
    scene guest;
    guest.play(15);
    guest.add(timeline::fault{"hold-1", "hold", "injected", "", 0});
    if (!healed_later) guest.add(timeline::fault{"hold-1", "hold", "stays", "", 0});
    stop_working(guest.now);
    stop_storage(guest.now);
    rest(guest.now);
    guest.now.disks[0].in_flight = 1;
    guest.now.disks[0].ages = true;
    guest.now.disks[0].held = 1;
    guest.now.disks[0].held_by = "hold-1";
    EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
    EXPECT_EQ(guest.said.kind, kind_word::held_io) << guest.reasons();
    EXPECT_EQ(guest.said.explained_by, "hold-1");
    EXPECT_EQ(guest.said.confirmed, !healed_later);
  }
}

// The windows still hold the busy time before: no reason to call it slow for ten seconds.
TEST(live_scenes, a_disk_that_stopped_completing_is_never_called_slow) {
  scene guest;
  guest.now.disks[0] = {.completes = 20, .in_flight = 2, .oldest_s = 0.1};
  guest.play(30);
  stop_working(guest.now);
  rest(guest.now);
  guest.now.canaries = 0;
  guest.now.disks[0] = {.completes = 0, .in_flight = 1, .busy_every = 0, .ages = true};
  guest.now.blocked = {{98, "jbd2/vda-8", {"folio_wait_bit_common"}, 2190, 0}};
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::slow));
}

// A flush in flight is in no count of the guest's: only the counts of those that came back differ.
TEST(live_scenes, a_flush_that_came_back_unnoticed_is_a_lost_completion) {
  for (bool const noticed : {false, true}) {
    scene guest;
    guest.add(timeline::milestone{"machine-started", ""});
    guest.now.disks[0].flushes = guest.now.guest_flushes = 15;
    guest.play(15);
    stop_working(guest.now);
    rest(guest.now);
    guest.now.disks[0] = {.completes = 0, .flushes = 1, .busy_every = 0};
    guest.now.guest_flushes = noticed ? 1 : 0;
    guest.now.guest_completes = false;
    guest.now.io_full = 0.9;
    guest.now.blocked = {{98, "jbd2/vda-8", {"jbd2_journal_commit_transaction"}, 99, 0},
                         {120, "dd", {"jbd2_log_wait_commit", "ext4_sync_file"}, 4, 0}};
    guest.play(1);
    guest.now.disks[0].flushes = guest.now.guest_flushes = 0;
    EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
    EXPECT_EQ(guest.said.kind, noticed ? kind_word::software_wait : kind_word::lost_completion)
        << guest.reasons();
  }
}

// Work bound to that CPU, and every source of beats on the other.
TEST(live_scenes, work_on_a_cpu_that_never_schedules_is_a_soft_lock_though_everybody_beats) {
  for (auto const* line : {"soft-lockup", "rcu-stall"}) {
    scene guest;
    guest.play(15);
    stop_working(guest.now);
    stop_storage(guest.now);
    guest.now.cpus = {{.share = 0.01, .awake_every = 0}, {.share = 0.9, .halted = false}};
    guest.now.system = 0.95;
    guest.play(11);
    guest.add(timeline::console_class{line, 1});
    EXPECT_LE(guest.seconds_until(state_word::locked_up, 20), 11) << guest.reasons();
    EXPECT_EQ(guest.said.kind, kind_word::soft);
    EXPECT_FALSE(guest.ever(state_word::wedged));
  }
}

// Four guests that burn on two cores: what a watchdog counts is the host's time.
TEST(live_scenes, a_lockup_on_a_cpu_that_the_host_lets_wait_is_the_hosts_until_it_is_served) {
  for (auto const* line : {"soft-lockup", "rcu-stall"}) {
    scene guest;
    guest.play(15);
    stop_working(guest.now);
    stop_storage(guest.now);
    guest.now.cpus = {{.share = 0.01, .awake_every = 0},
                      {.share = 0.25, .halted = false, .waited = 0.7}};
    guest.now.system = 0.25;
    guest.play(11);
    for (int i = 0; i < 6; ++i) {
      guest.add(timeline::console_class{line, 1});
      guest.play(15);
      EXPECT_EQ(guest.said.state, state_word::host_starved) << guest.reasons();
    }
    EXPECT_FALSE(guest.ever(state_word::locked_up));
    guest.now.cpus[1].share = guest.now.system = 0.9;
    guest.now.cpus[1].waited = 0.05;
    EXPECT_LE(guest.seconds_until(state_word::locked_up, 30), 20) << guest.reasons();
  }
}

// Some four hundred guests on two cores, seen: a vCPU that gets a hundredth of a processor keeps
// its interrupts off for half a minute, and means a moment.
TEST(live_scenes, interrupts_off_on_a_cpu_that_the_host_hardly_lets_run_are_the_hosts) {
  scene guest;
  guest.now.cpus = {{}};
  guest.play(15);
  silence(guest.now);
  guest.now.cpus = {{.share = 0.005, .halted = false, .interrupts_on = false, .waited = 0.99}};
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::host_starved) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::locked_up)) << guest.reasons();
  EXPECT_FALSE(has(guest.said, flag_word::cpu_stuck)) << guest.reasons();
  // Served at last, it keeps them off.
  guest.now.cpus[0].share = 0.5;
  EXPECT_LE(guest.seconds_until(state_word::locked_up, 30), 15) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::hard);
}

void stand_still_on_one_cpu(scene& guest) {
  guest.now.cpus = {{}};
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  guest.now.canary_known = false;
  guest.now.user = guest.now.system = 0.01;
}

// Three hundred guests on two cores, seen: their own clocks count them as idle while their
// interrupts come late, and half of the questions to QEMU are not answered in time.
TEST(live_scenes, a_guest_that_mostly_waits_for_the_host_is_not_wedged_though_it_rests) {
  for (bool const answers : {true, false}) {
    scene guest;
    stand_still_on_one_cpu(guest);
    guest.now.monitor_answers = answers;
    guest.now.cpus = {{.share = 0.01, .awake_every = 3, .waited = 0.9}};
    guest.now.idle = 0.8;
    guest.play(120);
    EXPECT_EQ(guest.said.state, state_word::host_starved) << guest.reasons();
    EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
    // Served again, it stands still all the same.
    guest.now.monitor_answers = true;
    guest.now.cpus[0].waited = 0.05;
    EXPECT_LE(guest.seconds_until(state_word::wedged, 60), 40) << guest.reasons();
    EXPECT_EQ(guest.said.kind, kind_word::user_wait) << guest.reasons();
  }
}

// Worse: minutes pass between two looks, and each then says what came of all of them.
TEST(live_scenes, minutes_in_which_nobody_could_look_at_the_cpus_are_no_budget) {
  scene guest;
  stand_still_on_one_cpu(guest);
  guest.now.cpus = {{.share = 0.001, .awake_every = 3, .waited = 0.93}};
  for (int i = 0; i < 4; ++i) {
    guest.now.cpus_seen = false;
    guest.play(120);
    guest.now.cpus_seen = true;
    guest.play(1);
    EXPECT_EQ(guest.said.state, state_word::host_starved) << guest.reasons();
  }
  EXPECT_FALSE(guest.ever(state_word::wedged)) << guest.reasons();
  // For ever is another matter.
  guest.now.cpus_seen = false;
  EXPECT_LE(guest.seconds_until(state_word::wedged, 400), 340) << guest.reasons();
}

// A host that nobody measures, as of a machine whose processes cannot be looked at.
TEST(live_scenes, interrupts_off_count_where_nobody_measures_what_the_host_gives) {
  scene guest;
  guest.now.cpus = {{.share = 0}};
  guest.play(15);
  silence(guest.now);
  guest.now.cpus = {{.share = 0, .halted = false, .interrupts_on = false}};
  EXPECT_LE(guest.seconds_until(state_word::locked_up, 30), 15) << guest.reasons();
}

// QEMU's TCG clears a page that once held code: seconds for each page, at a whole host CPU, while
// the guest's watchdog counts.
TEST(live_scenes, a_lockup_on_a_cpu_whose_emulator_crawls_is_the_hosts_and_not_the_guests) {
  for (auto const* line : {"soft-lockup", "rcu-stall", "hung-task"}) {
    scene guest;
    guest.play(15);
    stop_working(guest.now);
    stop_storage(guest.now);
    guest.now.cpus = {{.share = 0.9, .halted = false, .string_rate = 400}};
    guest.now.ordinary_beats = guest.now.fifo_beats = guest.now.observed = false;
    guest.now.system = 0.9;
    guest.play(8);
    for (int i = 0; i < 6; ++i) {
      guest.add(timeline::console_class{line, 1});
      guest.play(15);
      EXPECT_EQ(guest.said.state, state_word::host_starved) << guest.reasons();
    }
    EXPECT_FALSE(guest.ever(state_word::locked_up));
    EXPECT_FALSE(guest.ever(state_word::wedged));
    // At full speed an instruction may be caught twice as well: then it is the guest's own.
    guest.now.cpus[0].string_rate = 5e6;
    guest.add(timeline::console_class{"soft-lockup", 1});
    EXPECT_LE(guest.seconds_until(state_word::locked_up, 40), 30) << guest.reasons();
  }
}

TEST(live_scenes, real_time_hogs_below_our_own_priority_starve_userland) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  guest.now.ordinary_beats = guest.now.observed = guest.now.workqueue_beats = false;
  guest.now.kernel_beats_known = false;
  guest.now.canaries = 0;
  for (auto& cpu : guest.now.cpus) cpu = {.share = 0.4, .halted = false, .ring = 3};
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::userland_starved) << guest.reasons();
  EXPECT_TRUE(guest.said.confirmed);
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// A dead ordinary thread of the agent beside a well guest.
TEST(live_scenes, an_ordinary_voice_that_is_silent_in_a_guest_that_rests_is_not_starved) {
  scene guest;
  guest.play(15);
  guest.now.ordinary_beats = guest.now.observed = false;
  guest.play(60);
  EXPECT_FALSE(guest.ever(state_word::userland_starved));
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
}

// A user-space spin on a host at a load of 20: the second vCPU needs next to nothing, and is awake
// in every sample because it waits its turn.
TEST(live_scenes, a_resting_vcpu_beside_a_served_one_is_no_starved_host) {
  scene guest;
  guest.play(15);
  stop_working(guest.now);
  stop_storage(guest.now);
  guest.now.cpus = {{.share = 0.45, .halted = false, .ring = 3}, {.share = 0.04, .halted = false}};
  guest.now.user = 0.9;
  guest.now.system = 0.05;
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::user_spin);
  EXPECT_FALSE(guest.ever(state_word::host_starved));
}

// A deadlock beside three guests that burn: its vCPUs are found awake in most samples with next to
// no host time, and its own clock says that they rest.
TEST(live_scenes, a_guest_that_says_that_it_rests_is_not_starved_by_a_busy_host) {
  for (bool const rests : {true, false}) {
    scene guest;
    guest.play(15);
    stop_working(guest.now);
    stop_storage(guest.now);
    guest.now.cpus = {{.share = 0.02, .halted = false}, {.share = 0.023, .halted = false}};
    guest.now.user = guest.now.system = 0.02;
    guest.now.idle = rests ? 0.9 : 0.2;
    guest.play(60);
    EXPECT_EQ(guest.ever(state_word::host_starved), !rests);
    EXPECT_EQ(guest.said.state, rests ? state_word::wedged : state_word::host_starved)
        << guest.reasons();
  }
}

// A reader of more than the page cache can hold, on a fast disk: it is woken for every page, nobody
// is blocked for long, and neither the storage nor the kernel is very busy.
void starve_of_memory(guest_model& guest) {
  stop_working(guest);
  guest.disks[0] = {.completes = 800, .busy_every = 2, .oldest_s = 0.01};
  guest.io_full = 0.45;
  guest.user = 0.02;
  guest.system = 0.12;
  guest.memory_some = 0.02;
  guest.reclaims = 810;
  guest.refaults = 790;
  guest.blocked = {{140, "xfs_io", {"folio_wait_bit_common", "filemap_read_folio"}, 753, 800}};
}

TEST(live_scenes, a_reader_without_room_for_its_pages_is_slow_and_waits_for_nobody) {
  scene guest;
  guest.play(15);
  starve_of_memory(guest.now);
  guest.play(120);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  EXPECT_NE(guest.reasons().find("short of memory"), std::string::npos);
  EXPECT_FALSE(guest.ever(state_word::wedged));
  // Beyond fifteen budgets it needs a person.
  guest.play(200);
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
}

// What it had begun takes another minute when memory is given back: no wedge comes of that.
TEST(live_scenes, want_of_memory_that_ended_is_not_held_against_a_reader) {
  scene guest;
  auto const before = guest.now;
  guest.play(15);
  starve_of_memory(guest.now);
  guest.play(60);
  guest.now = before;
  stop_working(guest.now);
  stop_storage(guest.now);
  guest.now.user = 0.9;
  guest.play(25);
  EXPECT_EQ(guest.said.state, state_word::suspect) << guest.reasons();
  EXPECT_FALSE(guest.ever(state_word::wedged));
  // But not for ever.
  EXPECT_LE(guest.seconds_until(state_word::wedged, 20), 12) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::user_spin);
}

TEST(live_scenes, such_a_reader_that_still_gets_somewhere_is_slow_too) {
  scene guest;
  guest.play(15);
  starve_of_memory(guest.now);
  guest.now.operations = 1;
  guest.play(60);
  EXPECT_EQ(guest.said.state, state_word::slow) << guest.reasons();
  guest.now.reclaims = guest.now.refaults = 0;
  guest.play(30);
  EXPECT_EQ(guest.said.state, state_word::ok) << guest.reasons();
}

TEST(live_scenes, a_kernel_that_burns_to_reclaim_is_no_livelock) {
  for (bool const blocked : {false, true}) {
    for (bool const canaries : {false, true}) {
      scene guest;
      guest.now.canaries = canaries ? 1 : 0;
      guest.play(15);
      starve_of_memory(guest.now);
      guest.now.disks[0] = {.completes = 300, .busy_every = 3};
      guest.now.io_full = 0.1;
      guest.now.system = 1.5;
      guest.now.memory_some = 0.9;
      guest.now.reclaims = 40;
      guest.now.refaults = 30;
      // He who waits for a lock of one that reclaims.
      if (blocked) guest.now.blocked = {waiter()};
      guest.play(120);
      EXPECT_EQ(guest.said.state, blocked && canaries ? state_word::suspect : state_word::slow)
          << guest.reasons();
      EXPECT_FALSE(guest.ever(state_word::wedged));
    }
  }
}

TEST(live_scenes, a_kernel_that_burns_and_reclaims_nothing_is_a_livelock) {
  scene guest;
  guest.play(15);
  starve_of_memory(guest.now);
  guest.now.disks[0] = {.completes = 0, .busy_every = 0};
  guest.now.system = 1.5;
  guest.now.memory_some = 0.9;
  guest.now.reclaims = guest.now.refaults = 0;
  guest.now.blocked.clear();
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::livelock) << guest.reasons();
}

TEST(live_scenes, pages_that_come_and_go_beside_a_missed_wakeup_are_no_excuse) {
  scene guest;
  guest.play(15);
  starve_of_memory(guest.now);
  guest.now.blocked.push_back(waiter());
  EXPECT_LE(guest.seconds_until(state_word::wedged, 40), 22) << guest.reasons();
  EXPECT_EQ(guest.said.kind, kind_word::software_wait) << guest.reasons();
}

}  // namespace
}  // namespace wedgehog::verdict
