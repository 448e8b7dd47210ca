// Names of wedges as a matrix: different causes have different names, the same cause has the same
// name whoever suffers from it.
#include "verdict/wedge_name.hpp"

#include <gtest/gtest.h>

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
};

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

}  // namespace
}  // namespace wedgehog::verdict
