#include "verdict/view/life_view.hpp"

#include <algorithm>

#include "verdict/view/limits.hpp"

namespace wedgehog::verdict {
namespace {
constexpr std::size_t source_limit = 64;
}  // namespace

void life_view::observe(stamp when, timeline::beat const& what) {
  if (what.count == 0) return;
  std::string const name = what.source.substr(0, name_limit);
  auto found = sources.find(name);
  if (found == sources.end()) {
    if (sources.size() >= source_limit) return;
    found = sources.emplace(name, source{}).first;
  }
  found->second.last_s = when.guest_s;
  found->second.beats += std::min<std::uint64_t>(what.count, 1'000'000);
  sign(when);
}

void life_view::observe(stamp when, timeline::canary const& what) {
  if (what.completed == 0) return;
  canaries += std::min<std::uint64_t>(what.completed, 1'000'000);
  canary_last_s = when.guest_s;
  sign(when);
}

// What was lost may have been a beat: silence before this moment proves nothing.
void life_view::observe(stamp when, timeline::gap const& what) {
  for (auto& [name, one] : sources)
    if (what.source.empty() || what.source == name || what.source == "agent")
      one.last_s = when.guest_s;
}

std::optional<double> life_view::silent_s(std::string const& name, double now_s) const {
  auto const found = sources.find(name);
  if (found == sources.end()) return std::nullopt;
  return std::max(0.0, now_s - found->second.last_s);
}

bool life_view::silent(std::string const& name, double now_s, double quiet_s) const {
  auto const age_s = silent_s(name, now_s);
  return age_s && *age_s >= quiet_s;
}

bool life_view::beats(std::string const& name, double now_s, double quiet_s) const {
  auto const age_s = silent_s(name, now_s);
  return age_s && *age_s < quiet_s;
}

}  // namespace wedgehog::verdict
