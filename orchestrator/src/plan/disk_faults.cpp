#include "plan/disk_faults.hpp"

#include "plan/schedule.hpp"

namespace wedgehog::plan {
namespace {

constexpr request_kinds nothing{};
constexpr request_kinds all{true, true};

request_kinds concerned(inject const& fault) {
  auto const op = text_of(fault, "op").value_or("any");
  if (op == "any") return all;
  return op == "read" ? request_kinds{.reads = true} : request_kinds{.others = true};
}

bool is_long(inject const& latency) {
  auto const of = [&](std::string_view name) {
    return duration_of(latency, name).value_or(microseconds{});
  };
  if (of("delay") + of("jitter") + of("spread") > longest_drain) return true;
  // Their tails are as long as the limit, which is an hour when nobody says otherwise.
  auto const shape = text_of(latency, "shape").value_or("fixed");
  bool const tailed = shape == "lognormal" || shape == "pareto";
  if (tailed && of("limit") > longest_drain && of("delay") >= longest_drain / 10) return true;
  auto const trace = text_of(latency, "trace").value_or("");
  for (std::string_view left = trace; !left.empty();) {
    auto const blank = std::min(left.find(' '), left.size());
    auto const one = parse_duration(left.substr(0, blank));
    if (one && *one > longest_drain) return true;
    left.remove_prefix(std::min(blank + 1, left.size()));
  }
  return false;
}

}  // namespace

request_kinds may_fail(inject const& fault, disk const& where) {
  if (fault.disk != where.name) return nothing;
  if (fault.fault == "error") return concerned(fault);
  if (fault.fault != "disconnect") return nothing;
  // QEMU tries to connect again after 1, 2, 4 … s: an outage lasts up to twice as long for it.
  auto const outage = duration_of(fault, "for");
  return outage && 2 * *outage <= where.reconnect ? nothing : all;
}

request_kinds may_detain(inject const& fault) {
  if (fault.fault == "hold") return concerned(fault);
  return fault.fault == "latency" && is_long(fault) ? concerned(fault) : nothing;
}

error_policies best_policies(plan const& what, disk const& of) {
  request_kinds detained;
  request_kinds fails{.others = of.full_host == full_host::enospc};
  for (auto const& one : planned(what)) {
    if (one.disk != of.name) continue;
    auto const waits = may_detain(one);
    auto const breaks = may_fail(one, of);
    detained = {detained.reads || waits.reads, detained.others || waits.others};
    fails = {fails.reads || breaks.reads, fails.others || breaks.others};
  }
  auto const chosen = [](bool may_wait, bool may_break) {
    return may_wait && !may_break ? error_policy::stop : error_policy::report;
  };
  return {chosen(detained.reads, fails.reads), chosen(detained.others, fails.others)};
}

std::string why_errors_stop(inject const& fault, disk const& where) {
  auto const fails = may_fail(fault, where);
  std::string words;
  if (fails.reads && where.read_errors == error_policy::stop) words = "on_read_error: stop";
  if (fails.others && where.write_errors == error_policy::stop)
    words += words.empty() ? "on_write_error: stop" : ", on_write_error: stop";
  if (words.empty()) return {};
  return "an error of disk " + where.name +
         " would stop the machine instead of reaching the guest (" + words +
         "): take another disk, or write `report` there into the recipe";
}

}  // namespace wedgehog::plan
