// Model: the device forgot that it was written to: reads return what was there when the fault was
// injected, while the real data is still on the medium and comes back with the healing. The old
// block is intact and its own checksum is right: only a tree of checksums or a generation tells.
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <unordered_map>

#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {
namespace {

class stale_read final : public condition {
 public:
  explicit stale_read(settings const& read) : most_(read.number("memory") / sector_size) {}

  ruling consider(passage& one, time_point) override {
    one.looks_at_return = true;
    return {};
  }
  [[nodiscard]] bool watches_writes() const override { return true; }
  void performing(std::uint64_t offset, std::uint64_t length, store& bytes) override {
    if (length == 0) return;
    for (auto sector = offset / sector_size;
         sector <= (offset + length - 1) / sector_size && before_.size() < most_; ++sector) {
      if (before_.contains(sector)) continue;
      std::array<std::byte, sector_size> old{};
      if (bytes.read(sector * sector_size, old) == 0) before_.emplace(sector, old);
    }
  }
  std::string returning(request const& what, std::span<std::byte> data) override {
    std::uint64_t changed = 0;
    if (data.empty()) return {};
    auto const end = what.offset + data.size();
    for (auto sector = what.offset / sector_size; sector * sector_size < end; ++sector) {
      auto const known = before_.find(sector);
      if (known == before_.end()) continue;
      auto const begin = std::max(what.offset, sector * sector_size);
      auto const stop = std::min(end, (sector + 1) * sector_size);
      auto const* const old = known->second.data() + (begin - sector * sector_size);
      auto* const now = data.data() + (begin - what.offset);
      if (std::memcmp(now, old, stop - begin) == 0) continue;
      std::memcpy(now, old, stop - begin);
      ++changed;
    }
    if (changed == 0) return {};
    return fmt::format("{} sectors as they were when the fault was injected", changed);
  }

 private:
  std::uint64_t most_;
  std::unordered_map<std::uint64_t, std::array<std::byte, sector_size>> before_;
};

}  // namespace

condition_kind stale_read_kind() {
  return {
      .name = "stale-read",
      .summary = "returns what was there when the fault was injected",
      .model =
          "A file system that verifies generations or a tree of checksums must notice; others "
          "may return old data. Nobody may hang.",
      .example = "stale=stale-read:fraction=0.1",
      .parameters = {{"memory", parameter_type::size, "64MiB",
                      "old sectors kept at most; what is overwritten later is not stale"}},
      .default_operations = "read",
      .make = [](settings const& read, disk_context const&) -> result<std::unique_ptr<condition>> {
        if (read.operations("operations") != 1U << static_cast<unsigned>(operation::read))
          return recipe_error("only 'read' can be stale");
        return std::make_unique<stale_read>(read);
      }};
}

}  // namespace wedgehog::nbd
