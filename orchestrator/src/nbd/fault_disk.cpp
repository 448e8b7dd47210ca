#include "nbd/fault_disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/ensure.hpp"
#include "nbd/conditions/rate.hpp"

namespace wedgehog::nbd {
namespace {
constexpr std::string_view cache_kind = "write-cache";
}

// A request on its way. Recycled: `ticket` tells a stale deadline from a current one.
struct fault_disk::flight {
  request asked;
  client* from = nullptr;
  std::uint64_t serial = 0;
  time_point arrived{};
  microseconds delayed{};  // by conditions, as far as they said

  std::uint64_t passed = 0;     // number of the last condition that it met
  std::uint64_t waits_for = 0;  // number of the condition that it waits for
  time_point waits_since{};
  time_point due{};
  std::uint64_t ticket = 0;
  bool held = false;
  bool opening = false;

  // What will be done to the medium.
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  bool durable = false;
  bool keeps_payload = false;
  std::span<std::byte const> payload;
  std::vector<std::byte> kept;                 // the payload, once it must outlast submit()
  std::vector<std::byte> altered;              // written instead
  std::vector<std::uint64_t> looks_at_return;  // numbers of conditions

  flight* older = nullptr;
  flight* newer = nullptr;
};

struct fault_disk::placed {
  std::uint64_t number = 0;
  condition_spec spec;
  selector picks;
  std::unique_ptr<condition> behaviour;
  std::uint64_t hits = 0;
};

struct fault_disk::deadline {
  time_point at;
  std::uint64_t ticket = 0;
  flight* whose = nullptr;
  // The heap's front is its greatest: the earliest.
  bool operator<(deadline const& other) const {
    return at != other.at ? at > other.at : ticket > other.ticket;
  }
};

result<std::unique_ptr<fault_disk>> fault_disk::open(disk_options options, time_source now,
                                                     shared_rates* rates) {
  auto files = backing::open({.base = options.base,
                              .size = options.size,
                              .overlay = options.overlay,
                              .read_only = options.read_only});
  if (!files) return std::move(files.error()).within("opening the disk '" + options.name + "'");
  return std::unique_ptr<fault_disk>(
      new fault_disk(std::move(options), std::move(now), rates, std::move(*files)));
}

fault_disk::fault_disk(disk_options options, time_source now, shared_rates* rates,
                       std::unique_ptr<backing> files)
    : options_(std::move(options)),
      now_(std::move(now)),
      rates_(rates),
      luck_(chance(options_.seed).stream("disk:" + options_.name)),
      files_(std::move(files)),
      bytes_(files_.get()),
      ledger_(now_()) {}

fault_disk::~fault_disk() {
  ensure(clients_ == 0, "a disk is destroyed after its clients were detached");
}

// --- breaking and healing ---

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

template <class Wanted>
std::vector<fault_disk::flight*> fault_disk::pick(Wanted wanted) {
  std::vector<flight*> found;
  for (auto* one = oldest_; one != nullptr; one = one->newer)
    if (wanted(*one)) found.push_back(one);
  return found;
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
  if (frozen_) (*made)->freeze(true);
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
  std::swap(*known, *fresh);
  tell({.what = "changed",
        .name = known->spec.name,
        .kind = std::string(known->spec.kind->name),
        .detail = text,
        .hits = known->hits});
  auto const number = known->number;
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

freeze_report fault_disk::freeze() {
  frozen_ = true;
  for (auto& one : conditions_) one->behaviour->freeze(true);
  freeze_report report;
  auto const now = now_();
  for (auto* one : pick([](flight const& f) { return f.waits_for != 0; })) {
    if (one->held) {
      ++report.failed;
      answer(*one, EIO, one->waits_for);
    } else {
      ++report.let_through;
      resume(*one, now);
    }
  }
  tell({.what = "frozen",
        .detail = fmt::format("{} held requests failed, {} delayed let through", report.failed,
                              report.let_through)});
  changed();
  return report;
}

void fault_disk::thaw() {
  frozen_ = false;
  for (auto& one : conditions_) one->behaviour->freeze(false);
  tell({.what = "thawed"});
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

// --- the way of a request ---

void fault_disk::attach(client& one) {
  one.epoch_ = epoch_;
  ++clients_;
}

void fault_disk::detach(client& one) {
  for (auto* mine : pick([&](flight const& f) { return f.from == &one; })) {
    ledger_.abandoned();
    land(*mine);
  }
  --clients_;
}

fault_disk::flight& fault_disk::take_off(client& one, request const& what, time_point now) {
  if (free_ == nullptr) {
    free_ = &pool_.emplace_back();
  }
  auto& made = *free_;
  free_ = made.newer;
  made.asked = what;
  made.from = &one;
  made.serial = ++last_serial_;
  made.arrived = now;
  made.delayed = {};
  made.passed = 0;
  made.opening = one.opening_;
  made.offset = what.offset;
  made.length = what.length;
  made.durable = what.durable;
  made.older = newest_;
  made.newer = nullptr;
  (newest_ != nullptr ? newest_->newer : oldest_) = &made;
  newest_ = &made;
  ++in_flight_;
  ++one.in_flight_;
  return made;
}

// Back into the pool: answered or forgotten.
void fault_disk::land(flight& one) {
  (one.older != nullptr ? one.older->newer : oldest_) = one.newer;
  (one.newer != nullptr ? one.newer->older : newest_) = one.older;
  --in_flight_;
  --one.from->in_flight_;
  if (one.held) --held_;
  if (one.keeps_payload) {
    one.from->kept_ -= one.kept.size();
    one.kept = {};
    one.keeps_payload = false;
  }
  if (!one.altered.empty()) one.altered = {};
  one.looks_at_return.clear();
  one.held = false;
  one.waits_for = 0;
  ++one.ticket;
  one.newer = free_;
  free_ = &one;
}

void fault_disk::submit(client& from, request const& what, std::span<std::byte const> payload,
                        time_point now) {
  if (away_ || from.epoch_ != epoch_) return;  // what was on the cable when it was cut
  if (from.opening_ && (what.what != operation::read || what.offset + what.length > 4096))
    from.opening_ = false;
  auto& one = take_off(from, what, now);
  one.payload = payload;
  travel(one, now);
}

void fault_disk::travel(flight& one, time_point now) {
  for (auto const& by : conditions_) {
    if (by->number <= one.passed) continue;
    one.passed = by->number;
    if (!by->behaviour->concerns(one.asked, one.opening) || !by->picks.picks(one.asked)) continue;
    bool looks = false;
    passage way{.asked = one.asked,
                .offset = one.offset,
                .length = one.length,
                .durable = one.durable,
                .looks_at_return = looks,
                .payload = one.altered.empty() ? one.payload : one.altered,
                .altered = &one.altered,
                .bytes = bytes_};
    auto const decided = by->behaviour->consider(way, now);
    if (decided.what != ruling::kind::pass || decided.counts || !decided.detail.empty()) ++by->hits;
    if (looks) one.looks_at_return.push_back(by->number);
    if (!decided.detail.empty()) note_silent(one, *by, decided.detail, now);
    if (decided.what != ruling::kind::pass && !obey(one, *by, decided, now)) return;
  }
  perform(one);
}

// False: the flight does not go on now (and may be gone).
bool fault_disk::obey(flight& one, placed& by, ruling const& decided, time_point now) {
  switch (decided.what) {
    case ruling::kind::pass:
      return true;
    case ruling::kind::wait:
      if (by.hits == 1) note_hit(by, "hit", one);
      wait(one, by, decided.until, false, now);
      return false;
    case ruling::kind::hold:
      note_hit(by, "held", one);
      wait(one, by, decided.until, true, now);
      return false;
    case ruling::kind::answer:
      if (decided.error != 0) note_hit(by, "hit", one);
      answer(one, decided.error, by.number);
      return false;
    case ruling::kind::disconnect:
      note_hit(by, "hit", one);
      ledger_.abandoned();
      land(one);
      go_away(decided.until);
      return false;
  }
  return true;
}

void fault_disk::wait(flight& one, placed& by, time_point until, bool held, time_point now) {
  if (!one.keeps_payload && !one.payload.empty()) {
    one.kept.assign(one.payload.begin(), one.payload.end());
    one.payload = one.kept;
    one.keeps_payload = true;
    one.from->kept_ += one.kept.size();
  }
  one.waits_for = by.number;
  one.waits_since = now;
  one.due = until;
  one.held = held;
  if (held) ++held_;
  ++one.ticket;
  if (until == time_point{}) return;
  if (!held) one.delayed += std::chrono::duration_cast<microseconds>(until - now);
  deadlines_.push_back({.at = until, .ticket = one.ticket, .whose = &one});
  std::push_heap(deadlines_.begin(), deadlines_.end());
}

void fault_disk::resume(flight& one, time_point now) {
  one.waits_for = 0;
  ++one.ticket;
  if (std::exchange(one.held, false)) --held_;
  travel(one, now);
}

void fault_disk::advance(time_point now) {
  if (away_ && back_at_ != time_point{} && back_at_ <= now) come_back();
  while (!deadlines_.empty() && deadlines_.front().at <= now) {
    auto const due = deadlines_.front();
    std::pop_heap(deadlines_.begin(), deadlines_.end());
    deadlines_.pop_back();
    // The next condition counts from the deadline, not from when the loop came round to it.
    if (due.whose->ticket == due.ticket) resume(*due.whose, due.at);
  }
}

std::optional<time_point> fault_disk::next_deadline() {
  while (!deadlines_.empty() && deadlines_.front().ticket != deadlines_.front().whose->ticket) {
    std::pop_heap(deadlines_.begin(), deadlines_.end());
    deadlines_.pop_back();
  }
  std::optional<time_point> next;
  if (!deadlines_.empty()) next = deadlines_.front().at;
  if (away_ && back_at_ != time_point{} && (!next || back_at_ < *next)) next = back_at_;
  return next;
}

int fault_disk::perform_write(flight& one) {
  if (one.asked.what == operation::write) {
    auto const from = one.altered.empty() ? one.payload : std::span<std::byte const>(one.altered);
    return bytes_->write(one.offset, from.first(one.length), one.durable);
  }
  bool const allocate = one.asked.what == operation::zero && one.asked.allocate;
  return bytes_->zero(one.offset, one.length, allocate, one.durable);
}

void fault_disk::perform(flight& one) {
  auto& from = *one.from;
  int error = 0;
  switch (one.asked.what) {
    case operation::read: {
      auto const into = from.begin_read(one.asked);
      error = bytes_->read(one.offset, into);
      if (error != 0) tell_host_trouble(error);
      for (auto const number : one.looks_at_return) {
        auto* const by = find(number);
        if (error != 0 || by == nullptr) continue;
        auto detail = by->behaviour->returning(one.asked, into);
        if (detail.empty()) continue;
        ++by->hits;
        note_silent(one, *by, std::move(detail), now_());
      }
      from.finish_read(one.asked, error);
      book(one, error, 0);
      return;
    }
    case operation::status: {
      auto const extents = bytes_->status(one.offset, one.length, one.asked.one_extent ? 1 : 512);
      from.answer_status(one.asked, extents);
      book(one, 0, 0);
      return;
    }
    case operation::flush:
      error = bytes_->flush();
      break;
    case operation::write:
    case operation::trim:
    case operation::zero:
      for (auto const& by : conditions_)
        if (by->behaviour->watches_writes())
          by->behaviour->performing(one.offset, one.length, *bytes_);
      error = perform_write(one);
      break;
  }
  if (error != 0) tell_host_trouble(error);
  answer(one, error);
}

void fault_disk::answer(flight& one, int error, std::uint64_t by) {
  bool const needs_data = one.asked.what == operation::read || one.asked.what == operation::status;
  ensure(error != 0 || !needs_data, "a read is answered with its data or with an error");
  one.from->answer(one.asked, error);
  book(one, error, by);
}

void fault_disk::book(flight& one, int error, std::uint64_t by) {
  ledger_.completed({.serial = one.serial,
                     .asked = one.asked,
                     .arrived = one.arrived,
                     .served = std::chrono::duration_cast<microseconds>(now_() - one.arrived),
                     .error = error,
                     .by = by},
                    one.delayed);
  land(one);
}

// --- telling ---

void fault_disk::tell_host_trouble(int error) {
  bool const full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  ++host_trouble_;
  if (std::has_single_bit(host_trouble_))
    tell({.what = full ? "host disk full" : "host disk error",
          .detail = system_failure("the disk '" + options_.name + "'", error).message(),
          .hits = host_trouble_});
}

void fault_disk::note_silent(flight const& one, placed const& by, std::string detail,
                             time_point at) {
  tell({.what = "silent",
        .name = by.spec.name,
        .kind = std::string(by.spec.kind->name),
        .detail = fmt::format("{} of {} bytes at {}: {}", name_of(one.asked.what), one.asked.length,
                              one.asked.offset, detail),
        .hits = by.hits});
  ledger_.silent({.serial = one.serial,
                  .at = at,
                  .name = by.spec.name,
                  .kind = std::string(by.spec.kind->name),
                  .asked = one.asked,
                  .detail = std::move(detail)});
}

// A fault that hits a hundred thousand times a second must not flood the timeline.
void fault_disk::note_hit(placed const& by, std::string_view what, flight const& one) {
  if (!listener_ || (by.hits > 64 && !std::has_single_bit(by.hits))) return;
  tell({.what = what,
        .name = by.spec.name,
        .kind = std::string(by.spec.kind->name),
        .detail = fmt::format("request {}: {} of {} bytes at {}", one.serial,
                              name_of(one.asked.what), one.asked.length, one.asked.offset),
        .hits = by.hits});
}

std::uint64_t fault_disk::hits(std::string_view name) const {
  for (auto const& one : conditions_)
    if (one->spec.name == name) return one->hits;
  return 0;
}

timeline::disk fault_disk::sample() {
  auto const now = now_();
  timeline::disk total;
  total.reads = ledger_.of(operation::read).requests;
  for (auto const what : {operation::write, operation::trim, operation::zero})
    total.writes += ledger_.of(what).requests;
  total.flushes = ledger_.of(operation::flush).requests;
  for (std::size_t i = 0; i < operation_count; ++i)
    total.failed += ledger_.of(static_cast<operation>(i)).failed;

  timeline::disk seen = total;
  seen.name = options_.name;
  seen.reads -= last_sample_.reads;
  seen.writes -= last_sample_.writes;
  seen.flushes -= last_sample_.flushes;
  seen.failed -= last_sample_.failed;
  last_sample_ = std::move(total);
  seen.in_flight = in_flight_;
  seen.held = held_;
  auto const age = [&](time_point since) {
    return std::chrono::duration<double>(now - since).count();
  };
  if (oldest_ != nullptr) seen.oldest_s = age(oldest_->arrived);
  if (ledger_.last_completion() != time_point{}) seen.idle_s = age(ledger_.last_completion());
  if (held_ > 0)
    for (auto const* one = oldest_; one != nullptr; one = one->newer)
      if (one->held) {
        if (auto const* const by = find(one->waits_for)) seen.held_by = by->spec.name;
        break;
      }
  return seen;
}

json::object fault_disk::ledger_json() const {
  auto const now = now_();
  auto const age = [&](time_point since) {
    return std::chrono::duration<double>(now - since).count();
  };
  auto const name_of_condition = [&](std::uint64_t number) {
    auto const* const by = find(number);
    return by != nullptr ? by->spec.name : std::string("a healed fault");
  };
  json::object text;
  text["disk"] = options_.name;
  text["size"] = size();
  text["age_s"] = ledger_.seconds_since_begin(now);
  text["clients"] = clients_;
  text["present"] = present();
  text["frozen"] = frozen_;
  text["host_allocated"] = files_->allocated();
  if (cache_)
    text["cache"] = {{"unflushed_writes", cache_->unflushed_writes()},
                     {"unflushed_bytes", cache_->unflushed_bytes()}};
  if (host_trouble_ > 0) text["host_trouble"] = host_trouble_;

  json::array in_flight;
  for (auto const* one = oldest_; one != nullptr; one = one->newer) {
    auto entry = describe(one->asked);
    entry["serial"] = one->serial;
    entry["age_s"] = age(one->arrived);
    if (one->waits_for != 0) {
      entry["waits_for"] = name_of_condition(one->waits_for);
      entry["held"] = one->held;
      entry["waits_s"] = age(one->waits_since);
      if (one->due != time_point{}) entry["due_in_s"] = -age(one->due);
    }
    in_flight.push_back(std::move(entry));
  }
  text["in_flight"] = std::move(in_flight);

  json::array conditions;
  for (auto const& one : conditions_) {
    json::object entry;
    entry["name"] = one->spec.name;
    entry["kind"] = one->spec.kind->name;
    entry["spec"] = one->spec.text;
    entry["hits"] = one->hits;
    std::uint64_t waiting = 0;
    for (auto const* f = oldest_; f != nullptr; f = f->newer)
      waiting += f->waits_for == one->number;
    entry["waiting"] = waiting;
    conditions.push_back(std::move(entry));
  }
  text["conditions"] = std::move(conditions);
  ledger_.describe(text, name_of_condition);
  return text;
}

}  // namespace wedgehog::nbd
