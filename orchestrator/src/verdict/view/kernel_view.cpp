#include "verdict/view/kernel_view.hpp"

#include <algorithm>
#include <string_view>

#include "verdict/thresholds.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t task_limit = 1024;
constexpr std::size_t disk_limit = 128;
constexpr std::size_t name_limit = 128;
constexpr std::size_t frame_limit = 16;
// One sample that was delivered late is no reboot.
constexpr int fallen_samples = 3;
// Samples that the recorder missed do not end a wait.
constexpr double missed_s = 5;
// An observer that lists so many tasks may have left others out.
constexpr std::size_t full_list = 10;

double counted(std::uint64_t now, std::uint64_t before) {
  return now > before ? static_cast<double>(now - before) : 0;
}

double cpu_column(timeline::guest const& one, std::size_t column) {
  double sum = 0;
  for (auto const& cpu : one.cpu_s)
    if (column < cpu.size()) sum += cpu[column];
  return sum;
}

double pressure(timeline::guest const& one, char const* name) {
  auto const found = one.pressure_s.find(name);
  return found == one.pressure_s.end() ? 0 : found->second;
}

std::uint64_t pages(timeline::guest const& one, char const* name) {
  auto const found = one.vm.find(name);
  return found == one.vm.end() ? 0 : found->second;
}

bool any_frame(kernel_view::task const& one, std::initializer_list<std::string_view> names) {
  return std::any_of(one.frames.begin(), one.frames.end(), [&](std::string const& frame) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return frame.starts_with(name); });
  });
}

void keep_frames(kernel_view::task& one, std::vector<std::string> const& frames) {
  one.frames.clear();
  for (auto const& frame : frames) {
    if (one.frames.size() == frame_limit) break;
    one.frames.push_back(frame.substr(0, name_limit));
  }
}

bool stacked(std::string_view disk) {
  return disk.starts_with("dm-") || disk.starts_with("md") || disk.starts_with("loop");
}

}  // namespace

void kernel_view::restart() {
  *this = {};
}

void kernel_view::observe(stamp when, timeline::guest const& what) {
  if (when.host_s <= latest_host_s_) return;
  latest_host_s_ = when.host_s;
  double const now_s = when.guest_s;
  if (what.uptime_s + 5 < highest_uptime_s_) {
    if (++fallen_ >= fallen_samples) went_back = true;
  } else {
    fallen_ = 0;
    highest_uptime_s_ = std::max(highest_uptime_s_, what.uptime_s);
  }
  if (last_) {
    auto const grown = [&](std::size_t column) {
      return std::max(0.0, cpu_column(what, column) - cpu_column(*last_, column));
    };
    rates.push(
        when.host_s,
        {when.host_s - last_host_s_, counted(what.context_switches, last_->context_switches),
         grown(0), grown(1) + grown(4),
         std::max(0.0, pressure(what, "io_full") - pressure(*last_, "io_full")),
         // A scan that was cut short counted only some of the tasks.
         static_cast<double>(what.blocked_cut_short ? last_->tasks : what.tasks),
         what.cpu_s.empty() ? 0 : (grown(2) + grown(3)) / static_cast<double>(what.cpu_s.size())});
  }

  if (last_)
    memory.push(when.host_s,
                {when.host_s - last_host_s_,
                 std::max(0.0, pressure(what, "memory_some") - pressure(*last_, "memory_some")),
                 counted(pages(what, "steal"), pages(*last_, "steal")),
                 counted(pages(what, "refault"), pages(*last_, "refault"))});

  for (auto const& each : what.blocked) {
    auto found = blocked.find(each.pid);
    if (found == blocked.end()) {
      if (blocked.size() >= task_limit) continue;
      found = blocked.emplace(each.pid, task{}).first;
      found->second.resident = first_ && each.kernel_thread;
      found->second.since_s = now_s;
    } else if (found->second.switches != each.switches || found->second.name != each.name ||
               now_s - found->second.seen_s > missed_s) {
      found->second.since_s = now_s;
      found->second.resident = false;
    }
    auto& one = found->second;
    one.name = each.name.substr(0, 64);
    one.switches = each.switches;
    one.seen_s = now_s;
    one.kernel_thread = each.kernel_thread;
    one.wait_channel = each.wait_channel.substr(0, 128);
    // A stack that could not be read this time was read before: nothing ran since.
    if (!each.frames.empty() || one.since_s == now_s) keep_frames(one, each.frames);
  }
  listed_all = what.blocked.size() < full_list && !what.blocked_cut_short;
  std::erase_if(blocked, [&](auto const& each) {
    return each.second.seen_s < now_s - (listed_all ? 0 : missed_s);
  });

  for (auto const& [whole_name, each] : what.disks) {
    std::string const name = whole_name.substr(0, name_limit);
    auto found = disks.find(name);
    if (found == disks.end()) {
      if (disks.size() >= disk_limit) continue;
      found = disks.emplace(name, guest_disk{}).first;
    }
    auto& one = found->second;
    bool const completed = one.last.reads != each.reads || one.last.writes != each.writes ||
                           one.last.flushes != each.flushes;
    if (each.in_flight == 0)
      one.stuck_s.reset();
    else if (completed || !one.stuck_s)
      one.stuck_s = now_s;
    if (one.last.flushes != each.flushes) one.flushed_s = now_s;
    one.last = each;
    one.seen_s = now_s;
  }

  last_ = what;
  last_->blocked.clear();
  last_host_s_ = when.host_s;
  seen_s = now_s;
  first_ = false;
}

bool kernel_view::rests(double now_host_s) const {
  return now_host_s - rates.newest_s() <= missed_s && per_second(6) >= thresholds::resting_guest;
}

double kernel_view::per_second(std::size_t column) const {
  return rates.sum(0) <= 0 ? 0 : rates.sum(column) / rates.sum(0);
}

double kernel_view::memory_per_second(std::size_t column) const {
  return memory.sum(0) <= 0 ? 0 : memory.sum(column) / memory.sum(0);
}

std::vector<kernel_view::stuck_task> kernel_view::stuck(double now_s, double least_s) const {
  std::vector<stuck_task> found;
  if (!fresh(now_s)) return found;
  for (auto const& [pid, one] : blocked)
    if (!one.resident && now_s - one.since_s >= least_s)
      found.push_back({pid, &one, now_s - one.since_s});
  std::stable_sort(found.begin(), found.end(),
                   [](auto const& a, auto const& b) { return a.lasted_s > b.lasted_s; });
  return found;
}

std::optional<kernel_view::stuck_disk> kernel_view::waiting_disk(double now_s) const {
  std::optional<stuck_disk> worst;
  if (!fresh(now_s)) return worst;
  for (auto const& [name, one] : disks) {
    if (stacked(name) || !one.stuck_s || now_s - one.seen_s > 10) continue;
    double const lasted_s = now_s - *one.stuck_s;
    if (!worst || lasted_s > worst->lasted_s)
      worst = stuck_disk{name, lasted_s, one.last.in_flight};
  }
  return worst;
}

kernel_view::flush_count kernel_view::flushes() const {
  flush_count all;
  for (auto const& [name, one] : disks) {
    if (stacked(name)) continue;
    all.done += one.last.flushes;
    all.last_s = std::max(all.last_s, one.flushed_s);
  }
  return all;
}

// Linux 6.1, include/linux/fs.h: a writer to a frozen file system waits in sb_start_write's
// percpu-rwsem, inlined into whoever writes.
bool waits_for_thaw(kernel_view::task const& one) {
  if (!any_frame(one, {"percpu_rwsem_wait", "__percpu_down_read"})) return false;
  return any_frame(one, {"__sb_start_write",   "sb_start_",
                         "mnt_want_write",     "__mnt_want_write",
                         "file_start_write",   "vfs_write",
                         "vfs_iter_write",     "do_iter_readv_writev",
                         "do_iter_write",      "vfs_fallocate",
                         "do_unlinkat",        "do_sys_ftruncate",
                         "ext4_page_mkwrite",  "ext4_evict_inode",
                         "xfs_trans_alloc",    "__xfs_filemap_fault",
                         "btrfs_page_mkwrite", "filemap_page_mkwrite",
                         "iomap_page_mkwrite", "io_write"});
}

// Linux 6.1, seen in stacks of slow and of held storage: block layer, page cache, jbd2, xfs log and
// buffers, dm, md.
bool waits_for_io(kernel_view::task const& one) {
  auto const& frame = one.where();
  constexpr std::string_view starts[] = {"io_schedule",
                                         "folio_wait_",
                                         "wait_on_page",
                                         "bit_wait_io",
                                         "blk_",
                                         "rq_qos_wait",
                                         "wbt_wait",
                                         "submit_bio_wait",
                                         "wait_on_buffer",
                                         "__wait_on_buffer",
                                         "jbd2_",
                                         "do_get_write_access",
                                         "balance_dirty_pages",
                                         "xlog_",
                                         "xfs_log_",
                                         "xfs_buf_",
                                         "__flush_work",
                                         "dm_",
                                         "raid",
                                         "md_",
                                         "write_journal",
                                         "wait_for_commit",
                                         "btrfs_wait_",
                                         "__filemap_fdatawait",
                                         "do_writepages"};
  return std::any_of(std::begin(starts), std::end(starts),
                     [&](std::string_view start) { return frame.starts_with(start); });
}

bool freezes(kernel_view::task const& one) {
  return any_frame(one, {"freeze_super", "thaw_super", "sb_wait_write", "freeze_bdev"});
}

bool waits_harmlessly(kernel_view::task const& one) {
  return any_frame(one, {"wait_for_vfork_done", "coredump_wait", "dump_emit", "ptrace_stop"});
}

}  // namespace wedgehog::verdict
