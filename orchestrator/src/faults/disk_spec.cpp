#include "faults/disk_spec.hpp"

#include <algorithm>
#include <array>

namespace wedgehog::faults {
namespace {

struct renamed {
  std::string_view in_recipe;
  std::string_view on_disk;
};
constexpr std::array names{
    renamed{"delay", "delay"},
    renamed{"shape", "shape"},
    renamed{"spread", "spread"},
    renamed{"sigma", "sigma"},
    renamed{"alpha", "alpha"},
    renamed{"limit", "limit"},
    renamed{"probability", "fraction"},
    renamed{"requests_per_second", "requests"},
    renamed{"bytes_per_second", "bytes"},
    renamed{"burst", "burst"},
    renamed{"share", "share"},
    renamed{"for", "for"},
    renamed{"sectors", "sectors"},
    renamed{"to", "to"},
    renamed{"bits", "bits"},
    renamed{"memory", "memory"},
    renamed{"from", "from"},
    renamed{"length", "length"},
    renamed{"every", "every"},
    renamed{"skip", "after"},
    renamed{"count", "times"},
    renamed{"errno", "error"},
};

// To a guest, trimming and zeroing are writes; but no bit of them can flip. All requests: what the
// fault itself says.
std::string_view operations_of(std::string_view op, bool carries_data) {
  if (op == "write" && !carries_data) return "write+trim+zero";
  return op == "any" ? "" : op;
}

// "Up to so much more, drawn evenly": the fault disk wants the middle, and how far to both sides.
void spread_evenly(json::object& spec, microseconds delay, microseconds jitter) {
  if (jitter.count() == 0) return;
  spec["shape"] = "uniform";
  spec["delay"] = print_duration(delay + jitter / 2);
  spec["spread"] = print_duration(jitter / 2);
}

}  // namespace

json::object disk_spec(plan::inject const& what) {
  json::object spec{{"kind", what.fault}, {"name", what.as}};
  for (auto const& [in_recipe, on_disk] : names)
    if (auto const text = plan::text_of(what, in_recipe)) spec[on_disk] = *text;
  if (auto const op = plan::text_of(what, "op"))
    if (auto const operations = operations_of(*op, what.fault == "bit-flip"); !operations.empty())
      spec["operations"] = operations;
  if (auto const trace = plan::text_of(what, "trace")) {
    json::array delays;
    for (std::string_view left = *trace; !left.empty();) {
      auto const blank = std::min(left.find(' '), left.size());
      delays.emplace_back(left.substr(0, blank));
      left.remove_prefix(std::min(blank + 1, left.size()));
    }
    spec["trace"] = std::move(delays);
  }
  if (auto const jitter = plan::duration_of(what, "jitter"))
    spread_evenly(spec, plan::duration_of(what, "delay").value_or(microseconds{}), *jitter);
  return spec;
}

}  // namespace wedgehog::faults
