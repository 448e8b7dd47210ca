#include "verdict/view/storage_view.hpp"

#include <algorithm>

#include "verdict/thresholds.hpp"
#include "verdict/view/limits.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t disk_limit = 64;
// A sample older than this says nothing of now.
constexpr double fresh_s = 5;
// Fewer samples than these are no share of anything.
constexpr std::size_t few_samples = 5;

}  // namespace

storage_view::storage_view(double settled_s, double gap_s)
    : rounds(settled_s), settled_s_(settled_s), gap_s_(gap_s) {}

bool storage_view::observe(stamp when, timeline::disk const& what) {
  std::string const name = what.name.substr(0, name_limit);
  auto found = disks.find(name);
  if (found == disks.end()) {
    if (disks.size() >= disk_limit) return false;
    found = disks.emplace(name, one{}).first;
    found->second.samples = sliding<3>(settled_s_);
  }
  auto& seen = found->second;
  double const done = static_cast<double>(what.reads) + static_cast<double>(what.writes) +
                      static_cast<double>(what.flushes) + static_cast<double>(what.failed);
  bool const late = when.host_s < seen.latest_host_s;
  if (done > 0) completed_s = seen.completed_s = when.guest_s;
  if (flushes && what.flushes > 0 && !late) {
    *flushes += what.flushes;
    flushed_s = when.guest_s;
  }
  if (late) return done > 0;

  seen.latest_host_s = when.host_s;
  seen.in_flight = what.in_flight;
  seen.oldest_s = what.oldest_s;
  seen.ages_known = seen.ages_known || what.oldest_s.has_value();
  seen.held = what.held;
  seen.held_by = what.held_by.substr(0, 128);
  double const since_done_s =
      what.idle_s ? *what.idle_s : when.guest_s - seen.completed_s.value_or(when.guest_s);
  bool const gapping = what.in_flight > 0 && done == 0 && since_done_s >= gap_s_;
  seen.samples.push(when.host_s, {what.in_flight > 0 ? 1.0 : 0.0, gapping ? 1.0 : 0.0, done});

  if (rounds.empty() && in_round_.empty()) round_s_ = when.host_s;
  if (in_round_.contains(name)) {
    rounds.push(when.host_s, {round_busy_ ? 1.0 : 0.0, round_done_, when.host_s - round_s_});
    in_round_.clear();
    round_busy_ = false;
    round_done_ = 0;
    round_s_ = when.host_s;
  }
  in_round_.insert(found->first);
  round_busy_ = round_busy_ || what.in_flight > 0;
  round_done_ += done;
  return done > 0;
}

std::optional<double> storage_view::busy(double now_host_s) const {
  if (rounds.size() < few_samples || now_host_s - rounds.newest_s() > settled_s_)
    return std::nullopt;
  return rounds.mean(0);
}

double storage_view::completions_per_second() const {
  return rounds.sum(2) <= 0 ? 0 : rounds.sum(1) / rounds.sum(2);
}

double storage_view::completions_beside(std::string const& disk) const {
  double sum = 0;
  for (auto const& [name, one] : disks)
    if (name != disk && one.samples.covered_s() > 0)
      sum += one.samples.sum(2) / one.samples.covered_s();
  return sum;
}

std::optional<storage_view::old_request> storage_view::stuck(double now_host_s,
                                                             double age_s) const {
  std::optional<old_request> worst;
  auto const take = [&](old_request one) {
    if (!worst || one.age_s > worst->age_s) worst = std::move(one);
  };
  auto const everything = disks.find(all_disks);
  bool const ages_known_for_all = everything != disks.end() && everything->second.ages_known;
  for (auto const& [name, one] : disks) {
    if (now_host_s - one.latest_host_s > fresh_s) continue;
    if (one.oldest_s) {
      if (*one.oldest_s >= age_s)
        take({name, *one.oldest_s, true, one.in_flight, one.held > 0 ? one.held_by : ""});
    } else if (!ages_known_for_all && one.samples.size() >= few_samples &&
               one.samples.covered_s() >= settled_s_ * 0.7 && one.samples.mean(0) >= 0.9 &&
               one.samples.mean(1) >= thresholds::gapping_samples) {
      take({name, one.samples.covered_s(), false, one.in_flight, one.held > 0 ? one.held_by : ""});
    }
  }
  return worst;
}

std::optional<double> storage_view::oldest_s(double now_host_s) const {
  std::optional<double> oldest;
  for (auto const& [name, one] : disks)
    if (one.ages_known && now_host_s - one.latest_host_s <= fresh_s)
      oldest = std::max(oldest.value_or(0), one.oldest_s.value_or(0));
  return oldest;
}

bool storage_view::somebody_holds() const {
  return std::any_of(disks.begin(), disks.end(),
                     [](auto const& each) { return each.second.held > 0; });
}

}  // namespace wedgehog::verdict
