#include "verdict/view/file_system_view.hpp"

#include <algorithm>

namespace wedgehog::verdict {
namespace {

using trouble = file_system_trouble;

struct row {
  std::string_view begins;    // the line begins so
  std::string_view contains;  // and this stands in it
  file_system_trouble means;
};

// Linux 6.1 (fs/xfs/xfs_fsops.c and xfs_log.c, fs/ext4/super.c, fs/jbd2/journal.c, fs/btrfs,
// drivers/md), DragonFly 6.4 (sys/vfs/hammer*), illumos (usr/src/uts/common/fs/zfs, ufs): as their
// sources print them. The first that fits counts, so the worse stands above.
constexpr row rows[] = {
    {"XFS (", "Filesystem has been shut down", trouble::ended},
    {"XFS (", "Shutting down filesystem", trouble::ended},
    {"XFS (", "shutting down filesystem", trouble::ended},
    {"XFS (", "xfs_do_force_shutdown", trouble::ended},
    {"XFS (", "log I/O error", trouble::ended},
    {"XFS (", "Corruption", trouble::damaged},
    {"XFS (", "Metadata corruption", trouble::damaged},
    {"XFS (", "Metadata CRC error", trouble::damaged},
    {"XFS (", "metadata I/O error", trouble::lost_data},
    {"EXT4-fs", "Remounting filesystem read-only", trouble::ended},
    {"EXT4-fs", "shut down requested", trouble::ended},
    {"EXT4-fs", "Detected aborted journal", trouble::ended},
    {"EXT4-fs error", "", trouble::damaged},
    {"EXT4-fs", "checksum", trouble::damaged},
    {"EXT4-fs", "Delayed block allocation failed", trouble::lost_data},
    {"EXT4-fs", "This should not happen!! Data will be lost", trouble::lost_data},
    {"EXT4-fs warning", "I/O error", trouble::lost_data},
    {"EXT2-fs", "Remounting", trouble::ended},
    {"EXT2-fs", "error", trouble::damaged},
    {"Aborting journal on device", "", trouble::ended},
    {"JBD2:", "Detected IO errors", trouble::lost_data},
    {"JBD2:", "checksum", trouble::damaged},
    {"BTRFS", "forced readonly", trouble::ended},
    {"BTRFS", "Transaction aborted", trouble::ended},
    {"BTRFS", "checksum verify failed", trouble::damaged},
    {"BTRFS", "csum failed", trouble::damaged},
    {"BTRFS", "corrupt", trouble::damaged},
    {"BTRFS", "parent transid verify failed", trouble::damaged},
    {"BTRFS", "lost page write", trouble::lost_data},
    {"F2FS-fs", "Stopped filesystem", trouble::ended},
    {"F2FS-fs", "inconsistent", trouble::damaged},
    {"FAT-fs", "Filesystem has been set read-only", trouble::ended},
    {"FAT-fs", "error", trouble::damaged},
    {"Buffer I/O error on dev", "lost", trouble::lost_data},
    {"device-mapper: integrity", "checksum failed", trouble::damaged},
    {"device-mapper: verity", "is corrupted", trouble::damaged},
    {"device-mapper: thin", "out-of-data-space", trouble::full},
    {"device-mapper: thin", "read-only mode", trouble::ended},
    {"device-mapper: thin", "fail mode", trouble::ended},
    {"device-mapper: multipath", "Failing path", trouble::lost_data},
    {"md/raid", "Disk failure", trouble::lost_data},
    {"md:", "Disk failure", trouble::lost_data},
    {"md/raid", "Cannot continue operation", trouble::ended},
    {"md/raid", "not enough operational", trouble::ended},
    {"HAMMER(", "Critical error", trouble::ended},
    {"HAMMER(", "Forcing filesystem read-only", trouble::ended},
    {"HAMMER", "CRC", trouble::damaged},
    {"HAMMER2", "CHECK FAIL", trouble::damaged},
    {"hammer2", "CHECK FAIL", trouble::damaged},
    {"hammer2", "flush error", trouble::lost_data},
    {"WARNING: Pool '", "has encountered an uncorrectable I/O failure", trouble::ended},
    {"WARNING: Pool ", "suspended", trouble::ended},
    {"NOTICE: alloc:", "file system full", trouble::full},
    {"WARNING: Error writing ufs", "", trouble::lost_data},
};

}  // namespace

file_system_trouble trouble_in(std::string_view body) {
  auto const found = std::find_if(std::begin(rows), std::end(rows), [body](row const& each) {
    return body.starts_with(each.begins) && body.find(each.contains) != std::string_view::npos;
  });
  return found == std::end(rows) ? trouble::none : found->means;
}

void file_system_view::observe(stamp when, std::string_view body, bool faulty) {
  auto const trouble = trouble_in(body);
  if (trouble == file_system_trouble::none) return;
  auto& to = trouble == file_system_trouble::full        ? full
             : trouble == file_system_trouble::lost_data ? lost_data
             : trouble == file_system_trouble::damaged   ? damaged
                                                         : ended;
  if (to.count == 0) {
    to.line = std::string(body.substr(0, 200));
    to.first_s = when.guest_s;
    to.after_fault = faulty;
  }
  if (to.count < 1'000'000) ++to.count;
}

file_system_view::said const* file_system_view::worst() const {
  for (auto const* each : {&ended, &damaged, &lost_data, &full})
    if (each->count > 0) return each;
  return nullptr;
}

}  // namespace wedgehog::verdict
