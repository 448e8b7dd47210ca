// What can be seen of a fault disk: counters, samples, the whole ledger.
#include "nbd/fault_disk_parts.hpp"

#include <fmt/format.h>

namespace wedgehog::nbd {

std::uint64_t fault_disk::hits(std::string_view name) const {
  for (auto const& one : conditions_)
    if (one->spec.name == name) return one->hits;
  return 0;
}

std::string fault_disk::hits_in_words(std::string_view name) const {
  std::string words;
  for (auto const& one : conditions_) {
    if (one->spec.name != name) continue;
    for (std::size_t i = 0; i < operation_count; ++i)
      if (one->hits_of[i] > 0)
        words += fmt::format("{}{} {}", words.empty() ? "" : ", ", one->hits_of[i],
                             name_of(static_cast<operation>(i)));
  }
  return words;
}

std::string fault_disk::name_of_waiting(std::uint64_t waits_for) const {
  if (waits_for == room_on_host) return "room on the host's disk";
  auto const* const by = find(waits_for);
  return by != nullptr ? by->spec.name : "a healed fault";
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
        seen.held_by = name_of_waiting(one->waits_for);
        break;
      }
  return seen;
}

json::object fault_disk::ledger_json() const {
  auto const now = now_();
  auto const age = [&](time_point since) {
    return std::chrono::duration<double>(now - since).count();
  };
  auto const name_of_condition = [this](std::uint64_t number) { return name_of_waiting(number); };
  json::object text;
  text["disk"] = options_.name;
  text["size"] = size();
  text["age_s"] = ledger_.seconds_since_begin(now);
  text["clients"] = clients_;
  text["present"] = present();
  text["frozen"] = frozen_.has_value();
  if (!kept_.empty()) text["to_be_asked_again"] = kept_.size();
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
    json::object of;
    for (std::size_t i = 0; i < operation_count; ++i)
      if (one->hits_of[i] > 0) of[name_of(static_cast<operation>(i))] = one->hits_of[i];
    entry["hits_of"] = std::move(of);
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
