// Model: the device has a write cache and no battery. What was answered but not flushed may be lost
// at a power cut, in any combination. A healthy guest loses at most what it was not promised:
// everything before the last successful flush is there, the file system mounts, fsck is content.
#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

// The cache itself stands below all conditions; this one only counts what it sees.
class cached final : public condition {
 public:
  ruling consider(passage&, time_point) override { return {.counts = true}; }
};

}  // namespace

condition_kind write_cache_kind() {
  return {.name = "write-cache",
          .summary = "keeps unflushed writes in memory, so that a power cut can lose them",
          .model =
              "Nothing before the last answered flush (or FUA write) is lost by a power cut; the "
              "rest may be, in any combination and torn between sectors. The file system must "
              "mount again and be consistent.",
          .example = "cache=write-cache:capacity=32MiB",
          .parameters = {{"capacity", parameter_type::size, "64MiB",
                          "beyond it, the oldest writes go to the medium by themselves"}},
          .default_operations = "write+trim+zero",
          .make = [](settings const&, disk_context const&) -> result<std::unique_ptr<condition>> {
            return std::make_unique<cached>();
          }};
}

}  // namespace wedgehog::nbd
