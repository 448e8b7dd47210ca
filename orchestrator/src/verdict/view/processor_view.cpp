#include "verdict/view/processor_view.hpp"

#include <algorithm>

#include "verdict/thresholds.hpp"

namespace wedgehog::verdict {
namespace {

constexpr std::size_t vcpu_limit = 512;
constexpr std::size_t few_samples = 8;
constexpr double fresh_s = 15;
constexpr double covered_enough_s = 5;

processor_view::share served_shares(int index, processor_view::one const& cpu) {
  double const seconds = cpu.served.sum(0);
  if (seconds <= 0) return {index, 0, 0};
  return {index, cpu.served.sum(1) / seconds, std::min(1.0, cpu.served.sum(2) / seconds)};
}

}  // namespace

void processor_view::streak::feed(bool holds, double now_s) {
  if (!holds) {
    samples = 0;
    return;
  }
  if (samples == 0) since_s = now_s;
  if (samples < 1'000'000) ++samples;
}

void processor_view::observe(stamp when, timeline::vcpu const& what) {
  auto found = all.find(what.index);
  if (found == all.end()) {
    if (all.size() >= vcpu_limit) return;
    found = all.emplace(what.index, one{}).first;
  }
  auto& cpu = found->second;
  if (when.host_s < cpu.latest_host_s) return;
  // One sample twice is still one sample.
  if (when.host_s == cpu.latest_host_s) return;
  if (cpu.latest_host_s > 0) {
    double const since_s = std::min(when.host_s - cpu.latest_host_s, cpu.served.length_s());
    cpu.served.push(when.host_s,
                    {since_s, since_s * what.host_share, since_s * what.waited_share.value_or(0)});
  }
  cpu.latest_host_s = when.host_s;
  if (!what.halted) return;  // the monitor did not answer: nothing is known, nothing is broken off
  bool const halted = *what.halted;
  bool const masked = what.interrupts_on && !*what.interrupts_on;
  bool const user = what.ring.value_or(0) == 3;
  double const now_s = when.guest_s;
  bool const crawls = what.string_rate && *what.string_rate < thresholds::crawl_rate;
  if (crawls) cpu.string_rate = *what.string_rate;
  cpu.masked.feed(!halted && masked && !crawls, now_s);
  cpu.parked.feed(halted && masked, now_s);
  cpu.kernel.feed(!halted && !user && !crawls, now_s);
  cpu.samples.push(when.host_s, {what.host_share, halted ? 0.0 : 1.0, !halted && user ? 1.0 : 0.0,
                                 !halted && !user ? 1.0 : 0.0,
                                 !halted && what.host_share < thresholds::starved_share ? 1.0 : 0.0,
                                 what.waited_share.value_or(0), crawls ? 1.0 : 0.0});
  cpu.where = what.where.substr(0, 128);
}

bool processor_view::locked(one const& cpu, double now_s) {
  return cpu.masked.samples >= thresholds::masked_samples &&
         cpu.masked.lasted_s(now_s) >= thresholds::masked_s && !hardly_runs(cpu);
}

bool processor_view::hardly_runs(one const& cpu) {
  double const ran = cpu.samples.mean(0);
  bool const measured = ran > 0 || cpu.samples.mean(5) > 0;
  return measured && ran < thresholds::starved_share;
}

bool processor_view::parked(one const& cpu, double now_s) {
  return cpu.parked.samples >= thresholds::masked_samples &&
         cpu.parked.lasted_s(now_s) >= thresholds::masked_s;
}

int processor_view::locked_count(double now_s) const {
  return static_cast<int>(std::count_if(
      all.begin(), all.end(), [&](auto const& each) { return locked(each.second, now_s); }));
}

int processor_view::parked_count(double now_s) const {
  return static_cast<int>(std::count_if(
      all.begin(), all.end(), [&](auto const& each) { return parked(each.second, now_s); }));
}

double processor_view::host_share() const {
  double share = 0;
  for (auto const& [index, cpu] : all) share += cpu.samples.mean(0);
  return share;
}

double processor_view::awake_share() const {
  double awake = 0;
  for (auto const& [index, cpu] : all) awake += cpu.samples.mean(1);
  return all.empty() ? 0 : awake / static_cast<double>(all.size());
}

double processor_view::user_share() const {
  double share = 0;
  for (auto const& [index, cpu] : all) share += cpu.samples.mean(0) * cpu.samples.mean(2);
  return share;
}

double processor_view::kernel_share() const {
  double share = 0;
  for (auto const& [index, cpu] : all) share += cpu.samples.mean(0) * cpu.samples.mean(3);
  return share;
}

bool processor_view::known(double now_host_s) const {
  return std::any_of(all.begin(), all.end(), [&](auto const& each) {
    return each.second.samples.size() >= few_samples &&
           now_host_s - each.second.samples.newest_s() <= fresh_s;
  });
}

bool processor_view::out_of_sight(double now_host_s) const {
  double newest_s = -1e300;
  for (auto const& [index, cpu] : all) newest_s = std::max(newest_s, cpu.latest_host_s);
  double const unseen_s = now_host_s - newest_s;
  return !all.empty() && unseen_s >= thresholds::unseen_s &&
         unseen_s < thresholds::blind_patience_s;
}

bool processor_view::starved(double now_host_s) const {
  // Without any host time at all nobody measured it.
  if (!known(now_host_s) || host_share() <= 0) return false;
  if (std::any_of(all.begin(), all.end(), [](auto const& each) {
        return each.second.samples.mean(0) >= thresholds::served_share;
      }))
    return false;
  double unserved = 0;
  for (auto const& [index, cpu] : all) unserved += cpu.samples.mean(4);
  return unserved / static_cast<double>(all.size()) >= thresholds::starved_awake;
}

std::optional<processor_view::share> processor_view::kept_waiting(double now_host_s) const {
  std::optional<share> most;
  for (auto const& [index, cpu] : all) {
    if (now_host_s - cpu.served.newest_s() > fresh_s || cpu.served.sum(0) < covered_enough_s)
      continue;
    auto const one = served_shares(index, cpu);
    if (one.ran >= thresholds::served_share) return std::nullopt;
    if (one.waited >= thresholds::denied_share && one.waited > one.ran &&
        (!most || one.waited > most->waited))
      most = one;
  }
  return most;
}

std::optional<processor_view::share> processor_view::denied() const {
  for (auto const& [index, cpu] : all) {
    share const one{index, cpu.samples.mean(0), cpu.samples.mean(5)};
    if (cpu.kernel.samples >= thresholds::masked_samples && one.waited > one.ran &&
        one.waited >= thresholds::denied_share)
      return one;
  }
  return std::nullopt;
}

processor_view::one const* processor_view::crawling() const {
  for (auto const& [index, cpu] : all)
    if (cpu.samples.size() >= few_samples && cpu.samples.mean(6) >= thresholds::crawl_share)
      return &cpu;
  return nullptr;
}

}  // namespace wedgehog::verdict
