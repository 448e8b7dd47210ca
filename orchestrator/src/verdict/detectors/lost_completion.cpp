// The guest waits for requests that QEMU has answered: an interrupt was lost, or the driver lost
// count.
#include <fmt/format.h>

#include "verdict/catalogue.hpp"
#include "verdict/who_waits.hpp"

namespace wedgehog::verdict::detectors {
namespace {

// Linux 6.1, block/blk-flush.c: a flush in flight is in no count of requests in flight. But it is
// counted when it comes back, once for each that QEMU answers, so what is missing was not noticed.
std::optional<std::string> unnoticed_flushes(view const& seen) {
  auto const counted = seen.kernel.flushes();
  if (!seen.storage.flushes || counted.done == 0 || *seen.storage.flushes <= counted.done)
    return std::nullopt;
  double const quiet_s = seen.now_s - std::max(seen.storage.flushed_s, counted.last_s);
  if (quiet_s < seen.settled_s || seen.stuck(seen.settled_s).empty()) return std::nullopt;
  return fmt::format("QEMU answered {} flushes and the guest noticed {}, the last {:.0f} s ago",
                     *seen.storage.flushes, counted.done, quiet_s);
}

}  // namespace

std::optional<finding> lost_completion(view const& seen) {
  bool const counted = seen.workloads.most_stuck() != nullptr;
  auto const stuck = seen.stuck(seen.budget_s);
  if (counted ? seen.used_s() < seen.budget_s : stuck.empty() || !seen.steps_silent())
    return std::nullopt;
  auto const who = who_waits_for_what(seen);
  if (counted && who.storage_is_not_it()) return std::nullopt;
  auto const waiting = seen.kernel.waiting_disk(seen.now_s);
  bool const in_flight = waiting && waiting->lasted_s >= seen.settled_s;
  auto const flushes = unnoticed_flushes(seen);
  if (!in_flight && !flushes) return std::nullopt;
  auto const busy = seen.storage.busy(seen.now_host_s);
  if (!busy) return std::nullopt;
  // With exact ages, a host that is busy with other requests proves nothing against a lost one.
  auto const oldest_s = seen.storage.oldest_s(seen.now_host_s);
  bool const answered = oldest_s ? *oldest_s < seen.settled_s : *busy < thresholds::idle_share;
  if (!answered) return std::nullopt;

  finding one;
  one.state = state_word::wedged;
  one.kind = kind_word::lost_completion;
  if (in_flight)
    one.because.push_back(
        fmt::format("the guest waits for {} requests on {} and saw none complete for {:.0f} s",
                    waiting->in_flight, waiting->name, waiting->lasted_s));
  if (flushes) one.because.push_back(*flushes);
  one.because.push_back(
      oldest_s ? fmt::format("the oldest request in QEMU is {:.1f} s old", *oldest_s)
               : fmt::format("QEMU holds requests in only {:.0f} % of the samples", 100 * *busy));
  if (counted)
    one.because.push_back(fmt::format("'{}' made no progress for {:.0f} s",
                                      seen.workloads.name_of_most_stuck(), seen.stalled_s()));
  if (who.leads_to_storage)
    one.because.push_back(
        fmt::format("{}, on its way to storage", in_words(*who.leads_to_storage)));
  return one;
}

}  // namespace wedgehog::verdict::detectors
