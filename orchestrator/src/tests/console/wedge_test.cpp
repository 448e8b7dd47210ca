#include "console/wedge.hpp"

#include <gtest/gtest.h>

#include "samples.hpp"
#include "styles.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::console {
namespace {

std::string listing(char const* name) {
  return testing::text_of(samples::folder("wedge") / (std::string(name) + ".txt"));
}

std::string members(wedge const& w) {
  std::string out;
  for (auto const& m : w.members) out += m.kind + "@" + m.place + " ";
  return out;
}

TEST(comm, loses_what_tells_instances_apart) {
  EXPECT_EQ(plain_comm("kworker/3:1H-xfs"), "kworker");
  EXPECT_EQ(plain_comm("h2xop-ROOT.12"), "h2xop");
  EXPECT_EQ(plain_comm("(syncer11)"), "syncer");
  EXPECT_EQ(plain_comm("jbd2/vda1-8"), "jbd2");
  EXPECT_EQ(plain_comm("flush-8:0"), "flush");
  EXPECT_EQ(plain_comm("md126_raid5"), "md_raid");
  EXPECT_EQ(plain_comm("/usr/sbin/sshd -D"), "sshd");
  EXPECT_EQ(plain_comm("syz-executor.2"), "syz-executor");
  EXPECT_EQ(plain_comm("[xfsaild/dm-0]"), "xfsaild");
}

TEST(wedge, of_a_ps_listing_leaves_the_idle_out) {
  auto const tasks = read_ps_tasks(listing("dragonfly-ps"));
  wedge const w = wedge_signature(tasks);
  EXPECT_EQ(w.name, "wedge/flstik+h2syndel+h2twait");
  EXPECT_EQ(members(w), "syncer@h2syndel syncer@h2twait user@flstik ");
}

TEST(wedge, of_another_run_overlaps) {
  wedge const once = wedge_signature(read_ps_tasks(listing("dragonfly-ps")));
  wedge const later = wedge_signature(read_ps_tasks(listing("dragonfly-ps-later")));
  EXPECT_NE(once.name, later.name);  // a new victim waits elsewhere
  EXPECT_GT(overlap(once, later), 0.5);
  EXPECT_DOUBLE_EQ(overlap(once, later), overlap(later, once));
  EXPECT_DOUBLE_EQ(overlap(once, once), 1.0);
}

TEST(wedge, of_something_else_does_not_overlap) {
  wedge const h2 = wedge_signature(read_ps_tasks(listing("dragonfly-ps")));
  wedge const frogs = wedge_signature(read_linux_tasks(listing("linux-sysrq-w")));
  EXPECT_DOUBLE_EQ(overlap(h2, frogs), 0.0);
}

TEST(wedge, of_linux_tasks_names_who_waits_and_not_the_scheduler) {
  auto const tasks = read_linux_tasks(listing("linux-sysrq-w"));
  ASSERT_EQ(tasks.size(), 2u);  // the sleeper in state S is none
  EXPECT_EQ(tasks[0].pid, 77);
  EXPECT_TRUE(tasks[0].kernel_thread);
  EXPECT_FALSE(tasks[1].kernel_thread);
  wedge const w = wedge_signature(tasks);
  EXPECT_EQ(members(w), "kworker@frog_push_now<frog_log_force user@frog_create<path_openat ");
  EXPECT_EQ(w.name, "wedge/frog_create+frog_push_now");
}

// The child tells what holds them both.
TEST(wedge, leaves_out_who_waits_for_the_child_of_its_vfork) {
  blocked_task parent;
  parent.comm = "sh";
  parent.frames = {
      "__schedule",   "schedule",       "schedule_timeout", "wait_for_completion_state",
      "kernel_clone", "__do_sys_vfork", "do_syscall_64"};
  EXPECT_TRUE(is_idle(parent));
  parent.frames = {"__schedule",   "schedule",       "rwsem_down_write_slowpath",
                   "down_write",   "dup_mm",         "copy_process",
                   "kernel_clone", "__do_sys_clone3"};
  EXPECT_FALSE(is_idle(parent));
  parent.frames.clear();
  parent.wait_channel = "ppwait";
  EXPECT_TRUE(is_idle(parent));
}

TEST(wedge, is_the_same_from_hung_task_reports) {
  std::string const text = testing::text_of(samples::folder("console") / "linux-hung-tasks.txt");
  EXPECT_EQ(wedge_signature(read_linux_tasks(text)).name, "wedge/frog_create+frog_push_now");
  auto const old = read_linux_tasks(listing("linux-hung-old"));
  ASSERT_EQ(old.size(), 1u);
  EXPECT_EQ(old[0].pid, 166);
  EXPECT_TRUE(old[0].kernel_thread);
  EXPECT_EQ(members(wedge_signature(old)), "frogd@frog_push ");
}

TEST(wedge, of_illumos_threads_comes_from_their_stacks) {
  EXPECT_EQ(members(wedge_signature(read_illumos_tasks(listing("illumos-findstack")))),
            "user@owl_txg_wait<owl_write ");
  EXPECT_EQ(members(wedge_signature(read_illumos_tasks(listing("illumos-stacks")))),
            "kernel@owl_io_wait<owl_sync_thread ");
}

TEST(wedge, is_read_from_what_debuggers_and_proc_show) {
  EXPECT_EQ(
      wedge_signature(read_tasks("PID: 77  TASK: ffff88  CPU: 4  COMMAND: \"frogd\"\n"
                                 " #0 [ffff88209d5b10b8] __schedule at ffffffff81653d5a\n"
                                 " #1 [ffff88209d5b1150] schedule at ffffffff816542f9\n"
                                 " #2 [ffff88209d5b1220] frog_commit at ffffffffa0 [frogfs]\n"
                                 "PID: 78  TASK: ffff89  CPU: 5  COMMAND: \"toadd\"\n"
                                 " #0 [ffff88209d5b1220] toad_spins at ffffffffa0 [frogfs]\n"))
          .name,
      "wedge/frog_commit");
  EXPECT_EQ(wedge_signature(read_tasks("[<0>] cv_wait_common+0x11e/0x140 [spl]\n"
                                       "[<0>] frog_enter+0x4e/0x160 [frogfs]\n"))
                .name,
            "wedge/frog_enter");
  EXPECT_EQ(wedge_signature(read_tasks("==> /proc/4025/stack <==\n"
                                       "[<0>] frog_enter+0x4e/0x160 [frogfs]\n\n"
                                       "==> /proc/4026/stack <==\n"
                                       "[<ffffffffa01>] toad_enter+0x4e/0x160 [frogfs]\n"))
                .name,
            "wedge/frog_enter+toad_enter");
}

TEST(wedge, of_procstat_leaves_out_who_waits_for_a_signal_or_for_work) {
  std::string const text =
      "  PID    TID COMM                TDNAME              KSTACK\n"
      "   11 100456 frogd               -                   mi_switch+0xd4 sleepq_wait+0x3a "
      "_cv_wait+0x194 frog_commit+0xa5 amd64_syscall+0x334\n"
      "   12 100457 toadd               -                   mi_switch+0xd4 "
      "sleepq_catch_signals+0x3a sleepq_wait_sig+0x3 _sleep+0x1 kern_wait6+0x2\n"
      "    0 100458 kernel              thread taskq        mi_switch+0xd4 sleepq_wait+0x3a "
      "_sleep+0x194 taskqueue_thread_loop+0xa5 fork_exit+0x80\n";
  EXPECT_EQ(members(wedge_signature(read_tasks(text))), "user@frog_commit ");
}

TEST(wedge, of_a_listing_has_the_same_name_by_journal_and_at_80_columns) {
  std::string const text = listing("linux-sysrq-w");
  std::string const name = wedge_signature(read_tasks(text)).name;
  auto const words = samples::words_of(text);
  for (auto const& style : samples::styles())
    EXPECT_EQ(wedge_signature(read_tasks(samples::printed(words, style))).name, name) << style.name;
  EXPECT_EQ(wedge_signature(read_tasks(samples::wrapped(text, 80))).name, name);
}

TEST(wedge, of_illumos_idle_threads_is_nothing) {
  EXPECT_EQ(wedge_signature(read_tasks("stack pointer for thread fffffffffbc2fac0: 1\n"
                                       "  [ fffffffffbc72210 _resume_from_idle+0xf1() ]\n"
                                       "    swtch+0x145()\n    sched+0x83d()\n    main+0x46c()\n"))
                .name,
            "");
}

TEST(wedge, of_nothing_is_nothing) {
  EXPECT_EQ(wedge_signature({}).name, "");
  EXPECT_TRUE(read_ps_tasks("no table here\n").empty());
  EXPECT_TRUE(read_linux_tasks("\x01\x02 garbage").empty());
}

TEST(wedge, does_not_depend_on_order_numbers_or_how_many_wait) {
  blocked_task const a{"kworker/1:2", 5, true, "", {"schedule", "frog_wait+0x1/0x2", "frog_sync"}};
  blocked_task b = a;
  b.comm = "kworker/7:0H";
  b.pid = 991;
  b.frames[1] = "frog_wait+0x9/0x22";
  blocked_task const c{"cat", 7, false, "", {"schedule", "frog_read"}};
  EXPECT_EQ(wedge_signature({a, c}).name, wedge_signature({c, b, a, b}).name);
}

TEST(wedge, stays_short_and_still_tells_many_places_apart) {
  std::vector<blocked_task> tasks;
  for (char const* place : {"aa1", "bb2", "cc3", "dd4", "ee5", "ff6"})
    tasks.push_back({"t", 1, false, place, {}});
  std::string const six = wedge_signature(tasks).name;
  tasks.back().wait_channel = "gg7";
  std::string const other = wedge_signature(tasks).name;
  EXPECT_TRUE(six.starts_with("wedge/aa1+bb2+cc3+dd4+")) << six;
  EXPECT_NE(six, other);
}

TEST(proc_stack, is_a_list_of_functions) {
  EXPECT_EQ(read_proc_stack("[<0>] frog_wait+0x1/0x2\n[<0>] do_syscall_64+0x5/0x9\n[<0>] 0xff\n"),
            (std::vector<std::string>{"frog_wait", "do_syscall_64"}));
}

// The listing in the report of seed 000: no header, prose after the columns.
TEST(wedge, of_the_hammer2_report_names_its_three_places) {
  auto const file = samples::shared("seeds") / "000_9de0eed0916853b0.txt";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no ../shared/seeds here";
  wedge const w = wedge_signature(read_ps_tasks(testing::text_of(file)));
  EXPECT_EQ(w.name, "wedge/flstik+h2syndel+h2twait");
  EXPECT_EQ(w.members.size(), 3u);
}

}  // namespace
}  // namespace wedgehog::console
