// The names by which steps speak of each other: each is defined once, and before it is used.
#include <fmt/format.h>

#include "recipe/steps.hpp"

namespace wedgehog::recipe {
namespace {

// "line 7", "line 7 of parts/chroot.yaml".
std::string line_of(position const& where) {
  return where.file == nullptr ? fmt::format("line {}", where.line)
                               : fmt::format("line {} of {}", where.line, *where.file);
}

}  // namespace

void step_reader::define(noun what, std::string const& name, definition at) {
  auto const [first, fresh] = defined_[what].try_emplace(name, at);
  if (fresh || what == noun::capture) return;  // a later output takes the name over
  check_.complaints().add(
      at.where,
      what == noun::workload ? fmt::format("there is a workload '{}' already, in {}", name,
                                           line_of(first->second.where))
      : what == noun::label
          ? fmt::format("there is a step '{}' already, in {}", name, line_of(first->second.where))
          : fmt::format("there is an injected fault '{}' already, in {}; give this one another "
                        "name with `as`",
                        name, line_of(first->second.where)));
}

void step_reader::refer(noun what, fields const& given, std::string_view parameter,
                        bool awaits_end) {
  if (!given.has(parameter) || !given.known(parameter)) return;
  uses_.push_back({.what = what,
                   .name = given.text(parameter),
                   .where = given.where(parameter),
                   .order = order_,
                   .in_any_order = parallels_ > 0 || scheduled_,
                   .awaits_end = awaits_end});
}

void step_reader::check_references() {
  for (auto const& each : uses_) check_use(each, defined_[each.what]);
}

void step_reader::check_use(use const& one, definitions const& known) {
  std::string_view const noun = one.what == noun::workload  ? "a workload"
                                : one.what == noun::capture ? "a captured output"
                                : one.what == noun::label   ? "a step"
                                                            : "an injected fault";
  auto const found = known.find(one.name);
  if (found == known.end()) {
    std::vector<std::string> names;
    for (auto const& [name, at] : known) names.push_back(name);
    check_.complaints().add(one.where, fmt::format("'{}' is not {} of this recipe", one.name, noun),
                            std::move(names), one.name);
    return;
  }
  if (found->second.order > one.order && !one.in_any_order)
    check_.complaints().add(one.where, fmt::format("'{}' is used before it begins in {}", one.name,
                                                   line_of(found->second.where)));
  if (one.awaits_end && found->second.lifetime == plan::lifetime::forever)
    check_.complaints().add(one.where,
                            fmt::format("'{}' runs forever, so its end never comes; give it "
                                        "`expect: ends`",
                                        one.name));
}

}  // namespace wedgehog::recipe
