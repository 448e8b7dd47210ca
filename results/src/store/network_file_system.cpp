#include "store/network_file_system.hpp"

namespace wedgehog::store {

// linux/magic.h, and those of file systems outside the kernel's tree. Memory-mapped files there are
// not shared by all hosts that write: SQLite works until the second one does.
std::string_view network_file_system(std::uint64_t magic) {
  switch (magic) {
    case 0x6969:
      return "NFS";
    case 0x517b:
    case 0xff534d42:
    case 0xfe534d42:
      return "SMB";
    case 0x00c36400:
      return "Ceph";
    case 0x0bd00bd0:
      return "Lustre";
    case 0x47504653:
      return "GPFS";
    case 0x5346414f:
    case 0x6b414653:
      return "AFS";
    case 0x01161970:
      return "GFS2";
    default:
      return {};
  }
}

}  // namespace wedgehog::store
