// Breaking and healing a fault disk, also what is in flight.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/ensure.hpp"
#include "nbd/fault_disk_parts.hpp"

namespace wedgehog::nbd {
namespace {
constexpr std::string_view cache_kind = "write-cache";
}

fault_disk::placed* fault_disk::find(std::string_view name) {
  for (auto& one : conditions_)
    if (one->spec.name == name) return one.get();
  return nullptr;
}

fault_disk::placed* fault_disk::find(std::uint64_t number) const {
  for (auto const& one : conditions_)
    if (one->number == number) return one.get();
  return nullptr;
}

result<void> fault_disk::inject(std::string_view spec_text) {
  auto spec = spec_from_text(spec_text);
  if (!spec) return spec.error();
  return inject(*spec);
}

result<void> fault_disk::inject(json::object const& given) {
  auto spec = read_spec(given);
  if (!spec) return spec.error();
  auto const luck = spec->values.has("seed") ? chance(spec->values.number("seed"))
                                             : luck_.stream("fault:" + spec->name);
  auto made = spec->kind->make(
      spec->values, {.disk_size = size(), .luck = luck.stream("behaviour"), .rates = rates_});
  if (!made) return std::move(made.error()).within("reading the fault '" + spec->name + "'");
  auto const text = json::serialize(spec->text);
  auto* const known = find(spec->name);
  bool const is_cache = spec->kind->name == cache_kind;
  if (is_cache && cache_ && (known == nullptr || known->spec.kind->name != cache_kind))
    return recipe_error("a disk has one write-cache: change the one that is there");
  selector picks(spec->values, luck.stream("selector"));
  auto fresh = std::make_unique<placed>(
      placed{.spec = std::move(*spec), .picks = std::move(picks), .behaviour = std::move(*made)});
  if (is_cache)
    place_cache(fresh->spec.values.number("capacity"));
  else if (known != nullptr && known->spec.kind->name == cache_kind)
    remove_cache();
  if (known == nullptr) {
    fresh->number = ++last_number_;
    conditions_.push_back(std::move(fresh));
    auto const& added = *conditions_.back();
    tell({.what = "injected",
          .name = added.spec.name,
          .kind = std::string(added.spec.kind->name),
          .detail = text});
    changed();
    return {};
  }
  bool const still_holds = known->spec.kind == fresh->spec.kind;
  fresh->number = known->number;
  fresh->hits = known->hits;
  fresh->hits_of = known->hits_of;
  std::swap(*known, *fresh);
  tell({.what = "changed",
        .name = known->spec.name,
        .kind = std::string(known->spec.kind->name),
        .detail = text,
        .hits = known->hits});
  auto const number = known->number;
  if (!still_holds) std::erase_if(kept_, [&](auto const& one) { return one.waits_for == number; });
  for (auto* one :
       pick([&](flight const& f) { return f.waits_for == number && !(f.held && still_holds); })) {
    // Asked anew, as if it had arrived at this condition when it did.
    one->passed = number - 1;
    auto const since = one->waits_since;
    one->waits_for = 0;
    ++one->ticket;
    if (std::exchange(one->held, false)) --held_;
    travel(*one, since);
  }
  advance(now_());
  changed();
  return {};
}

result<void> fault_disk::heal(std::string_view name) {
  auto const found = std::find_if(conditions_.begin(), conditions_.end(),
                                  [&](auto const& one) { return one->spec.name == name; });
  if (found == conditions_.end())
    return recipe_error(fmt::format("the disk '{}' has no fault '{}'", options_.name, name));
  auto const gone = std::move(*found);
  conditions_.erase(found);
  std::erase_if(kept_, [&](auto const& one) { return one.waits_for == gone->number; });
  auto const number = gone->number;
  auto const now = now_();
  if (gone->spec.kind->name == "disconnect" && away_) come_back();
  if (gone->spec.kind->name == cache_kind) remove_cache();
  for (auto* one : pick([&](flight const& f) { return f.waits_for == number; })) resume(*one, now);
  tell({.what = "healed",
        .name = gone->spec.name,
        .kind = std::string(gone->spec.kind->name),
        .hits = gone->hits});
  changed();
  return {};
}

void fault_disk::heal_all() {
  while (!conditions_.empty()) {
    auto const name = conditions_.back()->spec.name;
    ensure(heal(name).has_value(), "a condition that is there can be healed");
  }
}

result<std::uint64_t> fault_disk::release(release_choice const& which) {
  std::uint64_t number = 0;
  if (!which.name.empty()) {
    auto const* const by = find(which.name);
    if (by == nullptr)
      return recipe_error(
          fmt::format("the disk '{}' has no fault '{}'", options_.name, which.name));
    number = by->number;
  }
  auto chosen =
      pick([&](flight const& f) { return f.held && (number == 0 || f.waits_for == number); });
  if (!which.serials.empty()) {
    // In the order in which they were named.
    std::vector<flight*> named;
    for (auto const serial : which.serials) {
      auto const found = std::find_if(chosen.begin(), chosen.end(),
                                      [&](auto const* one) { return one->serial == serial; });
      if (found == chosen.end()) return recipe_error(fmt::format("request {} is not held", serial));
      named.push_back(*found);
      chosen.erase(found);
    }
    chosen = std::move(named);
  }
  if (which.newest_first) std::reverse(chosen.begin(), chosen.end());
  if (which.count && chosen.size() > *which.count) chosen.resize(*which.count);
  auto const now = now_();
  for (auto* one : chosen) resume(*one, now);
  tell({.what = "released",
        .name = which.name,
        .kind = "hold",
        .detail = fmt::format("{} requests", chosen.size()),
        .hits = chosen.size()});
  changed();
  return chosen.size();
}

result<void> fault_disk::grow(std::uint64_t size) {
  return files_->grow(size);
}

void fault_disk::place_cache(std::uint64_t capacity) {
  if (cache_)
    cache_->set_capacity(capacity);
  else
    cache_ = std::make_unique<write_cache>(*files_, capacity);
  bytes_ = cache_.get();
}

// Everything that it holds goes to the medium.
void fault_disk::remove_cache() {
  if (!cache_) return;
  if (int const failed = cache_->flush()) tell_host_trouble(failed);
  bytes_ = files_.get();
  cache_.reset();
}

power_cut_report fault_disk::cut_power(power_cut_choice const& choice) {
  power_cut_report report{.in_flight_lost = in_flight_};
  for (auto* one : pick([](flight const&) { return true; })) {
    ledger_.abandoned();
    land(*one);
  }
  if (cache_) {
    int failed = 0;
    report.unflushed = cache_->cut_power(choice, failed);
    if (failed != 0) tell_host_trouble(failed);
  }
  for (auto const& one : report.unflushed) {
    if (one.survived == one.length)
      ++report.survived;
    else if (one.survived > 0)
      ++report.torn;
  }
  ++epoch_;
  // Whoever kept something, or asked for the freeze, lost its power too.
  kept_.clear();
  frozen_.reset();
  tell({.what = "power cut",
        .kind = std::string(name_of(choice.survive)),
        .detail = fmt::format("seed {}: of {} unflushed writes {} survived and {} were torn; {} "
                              "requests in flight lost",
                              choice.seed, report.unflushed.size(), report.survived, report.torn,
                              report.in_flight_lost)});
  changed();
  return report;
}

result<void> fault_disk::snapshot(std::string const& path, bool durable_only) const {
  if (auto copied = files_->copy_to(path); !copied) return copied.error();
  if (durable_only || !cache_ || cache_->unflushed_writes() == 0) return {};
  bool const overlaid = !options_.overlay.empty();
  auto copy = backing::open({.base = overlaid ? options_.base : path,
                             .size = files_->size(),
                             .overlay = overlaid ? path : std::string()});
  if (!copy) return std::move(copy.error()).within("adding the unflushed writes to a snapshot");
  if (int const failed = cache_->apply_to(**copy))
    return system_failure("adding the unflushed writes to the snapshot " + path, failed);
  return {};
}

void fault_disk::go_away(time_point until) {
  away_ = true;
  ++epoch_;
  back_at_ = until;
  tell({.what = "dropped clients"});
  changed();
}

void fault_disk::come_back() {
  away_ = false;
  back_at_ = {};
  changed();
}

}  // namespace wedgehog::nbd
