#include "nbd/ledger.hpp"

#include <cstring>

namespace wedgehog::nbd {
namespace {

json::object in_numbers(histogram const& one) {
  auto const ms = [](microseconds value) { return static_cast<double>(value.count()) / 1000; };
  json::object text;
  text["count"] = one.total();
  text["p50_ms"] = ms(one.percentile(0.5));
  text["p99_ms"] = ms(one.percentile(0.99));
  text["most_ms"] = ms(one.most());
  json::array buckets;
  one.each([&](microseconds end, std::uint64_t count) {
    buckets.push_back(json::array{end.count(), count});
  });
  text["up_to_us"] = std::move(buckets);
  return text;
}

}  // namespace

std::string error_name(int error_number) {
  auto const* const name = ::strerrorname_np(error_number);
  return name != nullptr ? name : std::to_string(error_number);
}

json::object describe(request const& what) {
  json::object text;
  text["operation"] = name_of(what.what);
  if (what.what != operation::flush) {
    text["offset"] = what.offset;
    text["length"] = what.length;
  }
  if (what.durable) text["fua"] = true;
  return text;
}

void ledger::completed(past_request const& one, microseconds delayed) {
  auto& entry = operations_[static_cast<std::size_t>(one.asked.what)];
  ++entry.requests;
  if (one.error == 0)
    entry.bytes += one.asked.length;
  else
    ++entry.failed;
  if (delayed.count() > 0) entry.asked.count(delayed);
  entry.served.count(one.served);
  last_completion_ = one.arrived + one.served;
  if (recent_.size() < ring_size)
    recent_.push_back(one);
  else
    recent_[next_] = one;
  next_ = (next_ + 1) % ring_size;
}

void ledger::silent(mischief one) {
  if (silent_.size() >= most_silent) {
    silent_.pop_front();
    ++silent_dropped_;
  }
  silent_.push_back(std::move(one));
}

void ledger::describe(json::object& into,
                      std::function<std::string(std::uint64_t)> const& name_of_condition) const {
  json::object operations;
  for (std::size_t i = 0; i < operation_count; ++i) {
    auto const& one = operations_[i];
    if (one.requests == 0) continue;
    json::object text;
    text["requests"] = one.requests;
    text["bytes"] = one.bytes;
    text["failed"] = one.failed;
    if (one.asked.total() > 0) text["asked"] = in_numbers(one.asked);
    text["served"] = in_numbers(one.served);
    operations[name_of(static_cast<operation>(i))] = std::move(text);
  }
  into["completed"] = std::move(operations);
  into["refused"] = refused_;
  into["abandoned"] = abandoned_;

  json::array recent;
  for (std::size_t i = 0; i < recent_.size(); ++i) {
    auto const& one = recent_[(recent_.size() < ring_size ? i : (next_ + i) % ring_size)];
    auto text = nbd::describe(one.asked);
    text["serial"] = one.serial;
    text["at_s"] = seconds_since_begin(one.arrived);
    text["served_ms"] = static_cast<double>(one.served.count()) / 1000;
    if (one.error != 0) text["error"] = error_name(one.error);
    if (one.by != 0) text["by"] = name_of_condition(one.by);
    recent.push_back(std::move(text));
  }
  into["recent"] = std::move(recent);

  json::array silent;
  for (auto const& one : silent_) {
    auto text = nbd::describe(one.asked);
    text["serial"] = one.serial;
    text["at_s"] = seconds_since_begin(one.at);
    text["by"] = one.name;
    text["kind"] = one.kind;
    text["detail"] = one.detail;
    silent.push_back(std::move(text));
  }
  into["silent"] = std::move(silent);
  if (silent_dropped_ > 0) into["silent_dropped"] = silent_dropped_;
}

}  // namespace wedgehog::nbd
