// Names of wedges as a matrix: different causes have different names, the same cause has the same
// name whoever suffers from it.
#include "verdict/wedge_name.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace wedgehog::verdict {
namespace {

using namespace std::chrono_literals;
using timeline::blocked_task;

blocked_task user(std::int64_t pid, std::vector<std::string> frames) {
  return {pid, "dd", 12, "D", "", std::move(frames), false};
}
blocked_task thread(std::int64_t pid, std::string name, std::vector<std::string> frames) {
  return {pid, std::move(name), 12, "D", "", std::move(frames), true};
}

struct cause {
  char const* what;
  kind_word kind;
  std::vector<blocked_task> blocked;
  std::map<std::string, std::string> devices{};
  std::string line{};
};

blocked_task const fsync =
    user(251, {"folio_wait_bit_common", "folio_wait_writeback", "__filemap_fdatawait_range",
               "file_write_and_wait_range", "ext4_sync_file"});
blocked_task const log_waiter =
    user(152, {"newt_log_flush_wait", "newt_log_write", "proc_reg_write"});

std::vector<cause> const causes{
    {"a request held", kind_word::held_io, {fsync}},
    {"a completion lost", kind_word::lost_completion, {fsync}},
    {"a missed wakeup", kind_word::software_wait, {log_waiter}},
    {"a livelock on the same way", kind_word::livelock, {log_waiter}},
    {"two locks in turn",
     kind_word::software_wait,
     {user(1, {"mutex_lock", "newt_append_then_space"}),
      user(2, {"mutex_lock", "newt_space_then_append"})}},
    {"a suspended device", kind_word::software_wait, {fsync}, {{"dm-0", "lin suspended"}}},
    {"a suspended array", kind_word::software_wait, {fsync}, {{"md0", "suspended"}}},
    {"a full pool",
     kind_word::software_wait,
     {fsync},
     {{"dm-2", "pool active"}},
     "[   12.000001] device-mapper: thin: 253:2: switching pool to out-of-data-space (queue IO) "
     "mode"},
    {"no path left",
     kind_word::software_wait,
     {fsync},
     {{"dm-3 multipath", "2 1 0 0 1 1 E 0 1 0 8:16 F 2"}}},
    {"a wait without a device", kind_word::software_wait, {fsync}},
};

// As a thin pool's status line has it after the mode was left by itself.
constexpr auto full_pool =
    "0 12/1024 1024/1024 - out_of_data_space discard_passdown queue_if_no_space - 1024";

cause cause_named(std::string_view what) {
  return *std::find_if(causes.begin(), causes.end(),
                       [what](cause const& each) { return each.what == what; });
}

// Blocked since 20 s, with bystanders or without.
std::string name_of(cause const& what, std::vector<blocked_task> const& beside, std::int64_t pids) {
  view seen({.no_progress = 20s});
  seen.observe({0s, timeline::guest{.uptime_s = 1}});
  if (!what.line.empty()) seen.observe({0s, timeline::console_line{what.line, false}});
  for (int second = 1; second <= 20; ++second) {
    timeline::guest guest{.uptime_s = 1.0 + second};
    guest.devices = what.devices;
    guest.blocked = what.blocked;
    for (auto& each : guest.blocked) each.pid += pids;
    for (auto each : beside) {
      if (!each.kernel_thread) each.switches += static_cast<std::uint64_t>(second);
      guest.blocked.push_back(each);
    }
    seen.observe({std::chrono::seconds(second), guest});
  }
  seen.look(20s);
  return name_of_wedge(seen, what.kind);
}

std::vector<blocked_task> const bystanders{
    thread(144, "ext4lazyinit",
           {"submit_bio_wait", "blkdev_issue_zeroout", "ext4_init_inode_table"}),
    thread(142, "jbd2/vda-8", {"jbd2_journal_commit_transaction", "kjournald2"}),
    thread(29, "kworker/u4:1+flush-254:0", {"rq_qos_wait", "wbt_wait", "ext4_bio_write_page"}),
    user(77, {"balance_dirty_pages", "iomap_file_buffered_write"})};  // runs now and then

TEST(wedge_names, differ_for_different_causes) {
  std::map<std::string, std::string> names;
  for (auto const& each : causes) {
    auto const name = name_of(each, {}, 0);
    EXPECT_TRUE(name.starts_with("wedge/")) << each.what << ": " << name;
    auto const [at, fresh] = names.emplace(name, each.what);
    EXPECT_TRUE(fresh) << each.what << " and " << at->second << " are both " << name;
  }
}

TEST(wedge_names, are_the_same_for_the_same_cause_whoever_stands_beside_it) {
  for (auto const& each : causes)
    EXPECT_EQ(name_of(each, bystanders, 4000), name_of(each, {}, 0)) << each.what;
}

TEST(wedge_names, go_by_kernel_threads_where_nobody_else_is_stuck) {
  cause const alone{"a journal alone", kind_word::held_io, {bystanders[1]}};
  EXPECT_EQ(name_of(alone, {}, 0), "wedge/held-io+jbd2_journal_commit_transaction");
}

// Whom a device that lets nothing through has caught, and where, is chance.
TEST(wedge_names, of_a_device_that_lets_nothing_through_do_not_go_by_its_victims) {
  auto other = causes[5];
  EXPECT_EQ(name_of(other, {}, 0), "wedge/dm-suspended");
  other.blocked = {user(9, {"balance_dirty_pages", "iomap_file_buffered_write"}),
                   user(10, {"rwsem_down_write_slowpath", "ext4_buffered_write_iter"})};
  EXPECT_EQ(name_of(other, {}, 0), "wedge/dm-suspended");
  other.kind = kind_word::held_io;  // the host holds a request: that is it
  EXPECT_EQ(name_of(other, {}, 0).find("dm-suspended"), std::string::npos);
  other = causes[2];  // a missed wakeup, beside a device that somebody suspended
  other.devices = {{"dm-0", "lin suspended"}};
  EXPECT_EQ(name_of(other, {}, 0), name_of(causes[2], {}, 0));
}

TEST(wedge_names, of_a_full_pool_are_the_same_by_its_status_and_by_the_console) {
  auto pool = cause_named("a full pool");
  auto const by_console = name_of(pool, {}, 0);
  EXPECT_EQ(by_console, "wedge/pool-full");
  pool.line.clear();
  pool.devices["dm-2 thin-pool"] = full_pool;
  EXPECT_EQ(name_of(pool, {}, 0), by_console);
}

// The console's word is old: somebody has given the pool more room since.
TEST(wedge_names, go_by_what_a_pool_says_now) {
  auto pool = cause_named("a full pool");
  pool.devices["dm-2 thin-pool"] = "0 12/1024 600/1024 - rw discard_passdown queue_if_no_space -";
  EXPECT_EQ(name_of(pool, {}, 0), name_of(cause_named("a wait without a device"), {}, 0));
}

// Where an observer tells what the workload's own tasks sleep in.
TEST(wedge_names, of_waits_in_user_space_go_by_the_call_they_sleep_in) {
  std::map<std::string, std::string> names;
  for (std::vector<std::string> const& frames :
       {std::vector<std::string>{"pipe_read", "vfs_read", "ksys_read"},
        std::vector<std::string>{"locks_lock_inode_wait", "__do_sys_flock"},
        std::vector<std::string>{"futex_wait_queue", "futex_wait", "do_futex"},
        std::vector<std::string>{"hrtimer_nanosleep", "common_nsleep"}}) {
    view seen({.no_progress = 20s});
    seen.observe({0s, timeline::workload{.name = "w"}});
    timeline::workload_tasks own;
    own.name = "w";
    own.waiting = {{8, "sh", "S", 3, "do_wait", {"do_wait", "kernel_wait4"}},
                   {9, "reader", "S", 3, frames[0], frames}};
    seen.observe({20s, own});
    seen.look(20s);
    auto const name = name_of_wedge(seen, kind_word::user_wait);
    EXPECT_TRUE(name.starts_with("wedge/user-wait+")) << frames[0] << ": " << name;
    EXPECT_TRUE(names.emplace(name, frames[0]).second) << name << " twice";
  }
}

}  // namespace
}  // namespace wedgehog::verdict
