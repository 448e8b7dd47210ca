// What the ports to systems that hand out all their tasks at once make of such a list.
#include "os/listed_tasks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wedgehog::guest::os {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

listed_task program(std::uint32_t process, std::uint32_t parent, std::uint32_t group,
                    std::string comm, char state, std::string wchan) {
  listed_task one;
  one.process = one.id = process;
  one.parent = parent;
  one.group = group;
  one.comm = std::move(comm);
  one.state = state;
  one.blocked = state == 'D';
  one.wchan = std::move(wchan);
  return one;
}

listed_task thread(std::uint32_t id, std::string comm, std::string wchan, bool idle) {
  listed_task one;
  one.id = id;
  one.comm = std::move(comm);
  one.state = 'B';
  one.kernel = one.blocked = true;
  one.idle = idle;
  one.wchan = std::move(wchan);
  return one;
}

// The wedge of a HAMMER2 file system as reported: 32 idle workers, two syncers, one program.
std::vector<listed_task> wedge() {
  std::vector<listed_task> all;
  for (std::uint32_t i = 0; i < 32; ++i)
    all.push_back(thread(100 + i, "h2xop-ROOT." + std::to_string(i), "h2idle", true));
  all.push_back(thread(201, "syncer3", "h2twait", false));
  all.push_back(thread(202, "syncer11", "h2syndel", false));
  all.push_back(program(1, 0, 1, "init", 'S', "wait"));
  all.push_back(program(500, 1, 500, "sh", 'S', "wait"));
  all.push_back(program(501, 500, 500, "cpdup", 'D', "flstik"));
  return all;
}

struct sleeper {
  same_sleeps sleeps;
  listed_task task = program(501, 500, 500, "sync", 'D', "h2coll");
  std::uint64_t now_ms = 5000;

  sleeper() { task.place = 0xfffff80061c8a3c0; }
  // A second later, having switched and worked so much.
  std::uint64_t told(std::uint64_t switches, std::uint64_t work) {
    now_ms += 1000;
    task.switches += switches;
    task.run_us += work;
    std::vector<listed_task> all{task};
    sleeps.settle(all, now_ms);
    return all.front().switches;
  }
};

TEST(listed_tasks, who_looks_and_sleeps_on_at_the_same_place_has_not_moved) {
  sleeper one;
  EXPECT_EQ(one.told(10, 3000), 10U);
  for (int second = 0; second < 300; ++second) EXPECT_EQ(one.told(1, 40), 10U) << second;
  // Another place, another channel, work between two looks: it has gone on.
  one.task.place += 64;
  EXPECT_EQ(one.told(1, 40), 311U);
  one.task.wchan = "h2trans";
  EXPECT_EQ(one.told(1, 40), 312U);
  EXPECT_EQ(one.told(30, 30'000), 342U);
  EXPECT_EQ(one.told(1, 40), 342U);
}

TEST(listed_tasks, whose_place_is_not_known_or_who_runs_is_told_as_he_is) {
  sleeper one;
  one.task.place = 0;
  EXPECT_EQ(one.told(10, 40), 10U);
  EXPECT_EQ(one.told(1, 40), 11U);
  one.task.place = 64;
  EXPECT_EQ(one.told(1, 40), 12U);
  one.task.blocked = false;
  EXPECT_EQ(one.told(1, 40), 13U);
  one.task.blocked = true;
  EXPECT_EQ(one.told(1, 40), 14U);
  EXPECT_EQ(one.told(1, 40), 14U);
}

TEST(listed_tasks, who_is_idle_takes_no_place_among_the_blocked) {
  wire::observation seen;
  std::vector<group_state> groups;
  tell_of(wedge(), seen, groups, {});
  EXPECT_EQ(seen.tasks, 37U);
  EXPECT_EQ(seen.blocked, 3U);
  ASSERT_EQ(seen.blocked_tasks.size(), 3U);
  // Programs first.
  EXPECT_EQ(seen.blocked_tasks[0].comm, "cpdup");
  EXPECT_EQ(seen.blocked_tasks[0].wchan, "flstik");
  EXPECT_FALSE(seen.blocked_tasks[0].kernel);
  EXPECT_TRUE(seen.blocked_tasks[1].kernel);
  EXPECT_NE(seen.blocked_tasks[1].pid, seen.blocked_tasks[2].pid);
  EXPECT_EQ(seen.blocked_tasks_unlisted, 0U);
}

TEST(listed_tasks, more_blocked_than_there_is_room_for_are_counted) {
  std::vector<listed_task> all;
  for (std::uint32_t i = 0; i < 40; ++i)
    all.push_back(program(10 + i, 1, 10 + i, "dd", 'D', "getblk"));
  wire::observation seen;
  std::vector<group_state> groups;
  tell_of(all, seen, groups, {});
  EXPECT_EQ(seen.blocked, 40U);
  EXPECT_EQ(seen.blocked_tasks.size() + seen.blocked_tasks_unlisted, 40U);
}

// Rest that no table knows of, as a newer kernel will have it.
TEST(listed_tasks, threads_of_the_kernel_that_have_worked_come_before_those_that_only_rest) {
  std::vector<listed_task> all;
  for (std::uint32_t i = 0; i < 40; ++i)
    all.push_back(thread(100 + i, "daemon" + std::to_string(i), "newrest", false));
  all.push_back(thread(201, "syncer3", "h2twait", false));
  all.back().run_us = 22040000;
  all.push_back(program(501, 500, 500, "cpdup", 'D', "flstik"));
  wire::observation seen;
  std::vector<group_state> groups;
  tell_of(all, seen, groups, {});
  EXPECT_EQ(seen.blocked_tasks[0].comm, "cpdup");
  EXPECT_EQ(seen.blocked_tasks[1].comm, "syncer3");
}

TEST(listed_tasks, a_workload_is_its_whole_tree_and_what_it_waits_for) {
  wire::observation seen;
  std::vector<group_state> groups;
  auto all = wedge();
  // Of a session of its own, begun by the script.
  all.push_back(program(502, 501, 502, "helper", 'R', ""));
  workload_root root;
  root.name = std::string_view("loop");
  root.process = 500;
  root.stands_still = true;
  tell_of(all, seen, groups, {root});
  ASSERT_EQ(seen.workloads.size(), 1U);
  auto const& told = seen.workloads[0];
  EXPECT_EQ(told.blocked, 1U);
  EXPECT_EQ(told.sleeping, 1U);
  EXPECT_EQ(told.running, 1U);
  EXPECT_THAT(told.pids, ElementsAre(502U, 501U, 500U));
  ASSERT_EQ(told.waiting.size(), 2U);
  EXPECT_EQ(told.waiting[0].state, "D");
  EXPECT_EQ(told.waiting[0].wchan, "flstik");
}

TEST(listed_tasks, groups_with_somebody_stopped_are_told) {
  wire::observation seen;
  std::vector<group_state> groups;
  auto all = wedge();
  all.push_back(program(600, 1, 600, "fsx", 'T', ""));
  all.push_back(program(601, 600, 600, "fsx", 'R', ""));
  tell_of(all, seen, groups, {});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].group, 600U);
  EXPECT_EQ(groups[0].stopped, 1U);
  EXPECT_EQ(groups[0].busy, 1U);
}

TEST(listed_tasks, are_a_table_that_names_cannot_break) {
  auto all = wedge();
  all.push_back(program(700, 1, 700, "two words\nD flstik", 'D', "getblk"));
  auto const text = table_of(all);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 39);
  EXPECT_THAT(text, HasSubstr("501 501 500 D 0 0 0 flstik cpdup\n"));
  EXPECT_THAT(text, HasSubstr("getblk two words\\x0aD flstik\n"));
  EXPECT_THAT(text, HasSubstr("- 202 - B 1 0 0 h2syndel syncer11\n"));
  EXPECT_EQ(described(all, 501), "D flstik");
  EXPECT_EQ(described(all, 9999), "");
}

}  // namespace
}  // namespace wedgehog::guest::os
