// latency, rate, hold, error and the silent ones: a condition of a fault disk.
#include <fmt/format.h>

#include "faults/disk_spec.hpp"
#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

// For the timeline: of a trace of thousands, how many; the plan has them all.
json::object in_short(json::object spec) {
  constexpr std::size_t most_listed = 20;
  if (auto* const trace = spec.if_contains("trace");
      trace != nullptr && trace->get_array().size() > most_listed)
    *trace = fmt::format("{} delays", trace->get_array().size());
  return spec;
}

class disk_fault final : public fault {
 public:
  disk_fault(plan::inject const& what, disk_set& disks) : what_(what), disks_(disks) {}

  loop::awaitable<result<std::string>> begin() override {
    auto* const disk = disks_.find(what_.disk);
    if (disk == nullptr) co_return recipe_error("there is no disk " + what_.disk);
    auto const spec = disk_spec(what_);
    if (auto injected = disk->inject(spec); !injected) co_return injected.error();
    injected_ = true;
    co_return "disk " + what_.disk + ": " + json::serialize(in_short(spec));
  }
  loop::awaitable<result<std::string>> end() override {
    auto* const disk = disks_.find(what_.disk);
    if (!injected_ || disk == nullptr) co_return std::string("was not on the disk");
    injected_ = false;
    auto const hit = disk->hits_in_words(what_.as);
    if (auto healed = disk->heal(what_.as); !healed) co_return healed.error();
    co_return "disk " + what_.disk + ": removed; what waited for it goes on" +
        (hit.empty() ? "" : "; it hit " + hit);
  }
  loop::awaitable<std::uint64_t> hits() override {
    auto const* const disk = disks_.find(what_.disk);
    co_return disk == nullptr || !injected_ ? 0 : disk->hits(what_.as);
  }
  [[nodiscard]] bool outlives(new_beginning) const override { return true; }

 private:
  plan::inject what_;
  disk_set& disks_;
  bool injected_ = false;
};

}  // namespace

std::unique_ptr<fault> make_disk_fault(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<disk_fault>(what, targets.disks);
}

}  // namespace wedgehog::faults
