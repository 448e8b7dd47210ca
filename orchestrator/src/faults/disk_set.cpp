#include "faults/disk_set.hpp"

#include "base/chance.hpp"
#include "plan/disk_faults.hpp"

namespace wedgehog::faults {

disk_set::disk_set(loop::asio::any_io_executor executor, loop::clock& time, std::uint64_t seed,
                   listener tell)
    : executor_(std::move(executor)), time_(time), seed_(seed), tell_(std::move(tell)) {}

disk_set::~disk_set() = default;

result<nbd::place> disk_set::serve(disk_place const& where) {
  nbd::disk_options options;
  options.name = where.name;
  options.base = where.base.empty() ? where.file : where.base;
  if (!where.base.empty()) options.overlay = where.file;
  options.size = where.size;
  options.waits_for_room = where.waits_for_room;
  options.seed = chance(seed_).stream("disk:" + where.name)();
  auto opened = nbd::fault_disk::open(
      std::move(options), [&time = time_] { return time.now(); }, &rates_);
  if (!opened) return std::move(opened.error()).within("opening the disk " + where.name);
  one_disk one{.keeps_failed_reads = where.keeps_failed_reads,
               .keeps_failed_others = where.keeps_failed_others};
  one.disk = std::move(opened.value());
  one.disk->on_event([this, name = where.name](nbd::disk_event const& event) {
    if (tell_) tell_(name, event);
  });
  if (where.cache_bytes > 0) {
    json::object const cache{{"kind", "write-cache"}, {"capacity", where.cache_bytes}};
    if (auto placed = one.disk->inject(cache); !placed)
      return std::move(placed.error()).within("giving the disk " + where.name + " its cache");
  }
  one.server = std::make_unique<nbd::server>(executor_, time_, *one.disk);
  if (auto started = one.server->start(where.served_at); !started)
    return std::move(started.error()).within("serving the disk " + where.name);
  disks_.push_back(std::move(one));
  return disks_.back().server->where();
}

loop::awaitable<void> disk_set::stop() {
  for (auto& one : disks_) co_await one.server->stop();
  disks_.clear();
}

nbd::fault_disk* disk_set::find(std::string_view name) {
  for (auto& one : disks_)
    if (one.disk->name() == name) return one.disk.get();
  return nullptr;
}

std::vector<std::string> disk_set::holding() const {
  std::vector<std::string> names;
  for (auto const& one : disks_)
    if (one.disk->held() > 0) names.push_back(one.disk->name());
  return names;
}

std::vector<std::string> disk_set::away() const {
  std::vector<std::string> names;
  for (auto const& one : disks_)
    if (!one.disk->present()) names.push_back(one.disk->name());
  return names;
}

bool disk_set::requests_in_flight() const {
  for (auto const& one : disks_)
    if (one.disk->in_flight() > 0) return true;
  return false;
}

std::vector<std::string> disk_set::undrainable() const {
  std::vector<std::string> names;
  for (auto const& one : disks_) {
    auto const detained = one.disk->detained(plan::longest_drain);
    if ((detained.reads && !one.keeps_failed_reads) ||
        (detained.others && !one.keeps_failed_others))
      names.push_back(one.disk->name());
  }
  return names;
}

std::uint64_t disk_set::stand_still() {
  ++standing_still_;
  std::uint64_t kept = 0;
  for (auto& one : disks_)
    kept += one.disk
                ->freeze({.fails_reads = one.keeps_failed_reads,
                          .fails_others = one.keeps_failed_others,
                          .patience = plan::longest_drain})
                .failed;
  return kept;
}

bool disk_set::go_on() {
  if (standing_still_ > 0 && --standing_still_ > 0) return false;
  for (auto& one : disks_) one.disk->thaw();
  return true;
}

void disk_set::begin_anew() {
  for (auto& one : disks_) one.disk->expect_nothing_again();
  standing_still_ = 1;
  go_on();
}

void disk_set::let_go() {
  for (auto& one : disks_) one.disk->freeze();
}

std::vector<cut_disk> disk_set::cut_power(nbd::power_cut_choice const& choice) {
  begin_anew();
  std::vector<cut_disk> all;
  for (auto& one : disks_) {
    auto mine = choice;
    mine.seed = chance(choice.seed).stream("disk:" + one.disk->name())();
    all.push_back({one.disk->name(), one.disk->cut_power(mine)});
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> disk_set::ledgers() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (auto const& one : disks_)
    all.emplace_back(one.disk->name(), json::serialize(one.disk->ledger_json()) + "\n");
  return all;
}

}  // namespace wedgehog::faults
