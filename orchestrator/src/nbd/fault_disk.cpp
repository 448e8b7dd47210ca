// The way of a request through a fault disk.
#include "nbd/fault_disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "base/ensure.hpp"
#include "nbd/fault_disk_parts.hpp"

namespace wedgehog::nbd {
namespace {

constexpr auto look_for_room_again = std::chrono::seconds(1);

bool is_full(int error) {
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

}  // namespace

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

void fault_disk::attach(client& one) {
  one.epoch_ = epoch_;
  ++clients_;
}

void fault_disk::detach(client& one) {
  for (auto* mine : pick([&](flight const& f) { return f.from == &one; })) {
    ledger_.abandoned();
    land(*mine);
  }
  // Nobody is left who could ask again.
  if (--clients_ == 0) kept_.clear();
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
  if (!kept_.empty() && waits_again(one, now)) return;
  travel(one, now);
}

void fault_disk::travel(flight& one, time_point now) {
  for (auto const& by : conditions_) {
    if (by->number <= one.passed) continue;
    one.passed = by->number;
    if (!by->behaviour->concerns(one.asked, one.opening)) continue;
    // Before the selector counts it: what a freeze lets pass was never hit.
    if (frozen_ && passes_while_frozen(one.asked, *by->behaviour)) continue;
    if (!by->picks.picks(one.asked)) continue;
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
    if (decided.what != ruling::kind::pass || decided.counts || !decided.detail.empty())
      by->hit(one.asked.what);
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
      wait(one, by.number, decided.until, false, now);
      return false;
    case ruling::kind::hold:
      note_hit(by, "held", one);
      wait(one, by.number, decided.until, true, now);
      if (frozen_) fail_for_now(one, by);
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

void fault_disk::wait(flight& one, std::uint64_t by, time_point until, bool held, time_point now) {
  if (!one.keeps_payload && !one.payload.empty()) {
    one.kept.assign(one.payload.begin(), one.payload.end());
    one.payload = one.kept;
    one.keeps_payload = true;
    one.from->kept_ += one.kept.size();
  }
  one.waits_for = by;
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
        by->hit(one.asked.what);
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
  if (options_.waits_for_room && is_full(error)) {
    auto const now = now_();
    wait(one, room_on_host, now + look_for_room_again, true, now);
    return;
  }
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

void fault_disk::tell_host_trouble(int error) {
  ++host_trouble_;
  if (std::has_single_bit(host_trouble_))
    tell({.what = is_full(error) ? "host disk full" : "host disk error",
          .detail =
              system_failure("the disk '" + options_.name + "', kept in " + files_->where(), error)
                  .message(),
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

}  // namespace wedgehog::nbd
