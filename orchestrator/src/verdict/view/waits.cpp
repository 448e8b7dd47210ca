#include "verdict/view/waits.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "console/vfork.hpp"

namespace wedgehog::verdict {
namespace {

bool begins_with_any(std::string_view frame, std::span<std::string_view const> starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return frame.starts_with(start); });
}

bool any_frame(waiting_frames const& one, std::span<std::string_view const> starts) {
  return std::any_of(one.frames.begin(), one.frames.end(),
                     [&](std::string const& frame) { return begins_with_any(frame, starts); }) ||
         (one.frames.empty() && begins_with_any(one.wait_channel, starts));
}

// Linux 6.1, include/linux/fs.h: a writer to a frozen file system waits in sb_start_write's
// percpu-rwsem, inlined into whoever writes. The other semaphores of that kind:
constexpr std::string_view other_percpu_semaphores[] = {
    "cgroup_", "copy_process", "exit_signals", "cpus_read_lock", "cpu_hotplug", "_cpu_",
    "uprobe_", "get_online",   "mem_hotplug",  "hotplug_",       "threadgroup"};

// Linux 6.1, seen in stacks of slow and of held storage: block layer, page cache, jbd2, xfs log and
// buffers, dm, md.
constexpr std::string_view io_waits[] = {"io_schedule",
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

// Families of file systems, page cache, journals and block layers: Linux, DragonFly, the BSDs,
// illumos. What only passes bytes on (vfs_write, ksys_write) is on every road.
constexpr std::string_view storage_families[] = {"ext4_",
                                                 "jbd2_",
                                                 "kjournald",
                                                 "xfs_",
                                                 "xlog_",
                                                 "xfsaild",
                                                 "btrfs_",
                                                 "f2fs_",
                                                 "erofs_",
                                                 "bcachefs_",
                                                 "bch2_",
                                                 "nfs_",
                                                 "ocfs2_",
                                                 "gfs2_",
                                                 "fat_",
                                                 "iomap_",
                                                 "__iomap_",
                                                 "filemap_",
                                                 "__filemap_",
                                                 "generic_file",
                                                 "generic_perform",
                                                 "folio_wait_",
                                                 "wait_on_page",
                                                 "writeback",
                                                 "wb_",
                                                 "do_writepages",
                                                 "sync_",
                                                 "__sync_",
                                                 "file_write_and_wait",
                                                 "blkdev_",
                                                 "__blkdev_",
                                                 "submit_bio",
                                                 "blk_",
                                                 "bio_",
                                                 "block_",
                                                 "__block_",
                                                 "rq_qos_",
                                                 "wbt_",
                                                 "wait_on_buffer",
                                                 "__wait_on_buffer",
                                                 "balance_dirty",
                                                 "do_get_write_access",
                                                 "dm_",
                                                 "md_",
                                                 "raid",
                                                 "loop_",
                                                 "lo_",
                                                 "nbd_",
                                                 "nvme_",
                                                 "scsi_",
                                                 "sd_",
                                                 "virtblk_",
                                                 "swap_read",
                                                 "do_swap_page",
                                                 "hammer",
                                                 "h2",
                                                 "ffs_",
                                                 "ufs_",
                                                 "biowait",
                                                 "bwait",
                                                 "buf_",
                                                 "getblk",
                                                 "bread",
                                                 "zio_",
                                                 "txg_",
                                                 "dmu_",
                                                 "dbuf_",
                                                 "zil_",
                                                 "spa_",
                                                 "vdev_",
                                                 "zfs_",
                                                 "arc_",
                                                 "write_journal",
                                                 "wait_for_commit"};

// DragonFly 5.9: what sleeps there says with a word of its own, as its sources have them.
// sys/kern/vfs_bio.c, vfs_cluster.c, sys/vm/swap_pager.c and vnode_pager.c: for a request.
constexpr std::string_view request_channels[] = {"bio",    "trwait", "clurd",  "vbpage", "getblk",
                                                 "swread", "swwrt",  "pgrbwt", "vnread", "vnpgrl"};
// Their throttles and pools, HAMMER2 (h2…, above), HAMMER, UFS with soft updates, and disks.
constexpr std::string_view storage_channels[] = {
    "flstik", "wdrn1", "newbuf", "gnbxxx", "wswbuf", "vpcwai", "vnpdea", "swpdea", "chdio",
    "chnflw", "ccms",  "hmr",    "hmdiow", "hilk",   "h0lk",   "h1lk",   "hstag",  "htdmux",
    "soft",   "inode", "chkdq",  "chkiq",  "tpgmov", "drvwr",  "drvrd",  "labrd",  "labwr",
    "mbrrd",  "gptrd", "nfs",    "dmd",    "vlock",  "vrlock", "xawait"};

bool begins_channel(waiting_frames const& one, std::span<std::string_view const> starts) {
  return one.frames.empty() && begins_with_any(one.wait_channel, starts);
}

constexpr std::string_view lock_waits[] = {
    "mutex_",  "__mutex_",         "rwsem_",        "down_",
    "__down",  "percpu_",          "rt_mutex",      "__rt_mutex",
    "rw_",     "ww_mutex",         "lockmgr",       "turnstile_",
    "__lock_", "d_alloc_parallel", "wait_on_inode", "__wait_on_freeing_inode"};

constexpr std::string_view asynchronous_waits[] = {
    "read_events",       "do_io_getevents", "io_cqring_wait", "io_uring_", "exit_aio",
    "wait_for_all_aios", "aio_waitn",       "aiosuspend",     "kern_aio_"};

// DragonFly 5.9, sys/kern/vfs_bio.c: too much is dirty, too much is on its way, no buffer is free.
constexpr std::string_view writers_waits[] = {"flstik", "wdrn1", "newbuf"};

constexpr std::string_view throttles[] = {"mem_cgroup_handle_over_high", "mem_cgroup_throttle",
                                          "mem_cgroup_oom_synchronize", "throttle_direct_reclaim"};
constexpr std::string_view freezers[] = {"freeze_super", "thaw_super", "sb_wait_write",
                                         "freeze_bdev"};
constexpr std::string_view harmless[] = {"coredump_wait", "dump_emit", "ptrace_stop"};

// FreeBSD and DragonFly, sys/kern/kern_fork.c: until the child of a vfork has called exec or ended.
constexpr std::string_view vfork_channel = "ppwait";
constexpr std::string_view thaw_waits[] = {"percpu_rwsem_wait", "__percpu_down_read"};

}  // namespace

bool waits_for_thaw(waiting_frames const& one) {
  bool const waits = std::any_of(one.frames.begin(), one.frames.end(), [](auto const& frame) {
    return begins_with_any(frame, thaw_waits);
  });
  return waits && one.frames.size() > 1 && !any_frame(one, other_percpu_semaphores) &&
         !any_frame(one, freezers);
}

bool waits_for_io(waiting_frames const& one) {
  return begins_with_any(one.innermost(), io_waits) || begins_channel(one, request_channels);
}

bool on_road_to_storage(waiting_frames const& one) {
  return waits_for_io(one) || any_frame(one, storage_families) ||
         begins_channel(one, storage_channels);
}

bool waits_for_lock(waiting_frames const& one) {
  return begins_with_any(one.innermost(), lock_waits);
}

bool waits_for_writers(waiting_frames const& one) {
  return one.frames.empty() && begins_with_any(one.wait_channel, writers_waits);
}

bool waits_for_asynchronous_io(waiting_frames const& one) {
  return any_frame(one, asynchronous_waits);
}

bool is_throttled(waiting_frames const& one) {
  return any_frame(one, throttles);
}

bool freezes(waiting_frames const& one) {
  return any_frame(one, freezers);
}

bool waits_for_vfork(waiting_frames const& one) {
  return console::waits_for_vfork(one.innermost()) ||
         (one.frames.empty() && one.wait_channel == vfork_channel);
}

bool waits_harmlessly(waiting_frames const& one) {
  return waits_for_vfork(one) || any_frame(one, harmless);
}

bool waits_for_something_else(waiting_frames const& one) {
  return !one.innermost().empty() && !on_road_to_storage(one) && !waits_for_lock(one) &&
         !waits_for_asynchronous_io(one) && !is_throttled(one) && !waits_harmlessly(one);
}

}  // namespace wedgehog::verdict
