#include "nbd/condition.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wedgehog::nbd {

selector::selector(settings const& read, chance luck)
    : operations_(read.operations("operations")),
      from_(read.number("from")),
      end_(read.has("length") ? from_ + std::min(read.number("length"), UINT64_MAX - from_)
                              : UINT64_MAX),
      fraction_(read.fraction("fraction")),
      every_(read.number("every")),
      after_(read.number("after")),
      times_(read.has("times") ? read.number("times") : UINT64_MAX),
      luck_(luck) {}

bool selector::picks(request const& what) {
  if ((operations_ >> static_cast<unsigned>(what.what) & 1U) == 0) return false;
  if (what.what != operation::flush && (what.offset >= end_ || what.offset + what.length <= from_))
    return false;
  if (picked_ >= times_) return false;
  ++seen_;
  if (seen_ <= after_ || (seen_ - after_) % every_ != 0) return false;
  if (fraction_ < 1 && luck_.fraction() >= fraction_) return false;
  ++picked_;
  return true;
}

std::vector<parameter> const& selector::parameters() {
  static std::vector<parameter> const known = {
      {"operations", parameter_type::operations, "",
       "which: read, write, flush, trim, zero, status"},
      {"from", parameter_type::size, "0", "first byte of the range that it concerns"},
      {"length", parameter_type::size, "", "length of that range; not given: to the end"},
      {"fraction", parameter_type::fraction, "1", "share of the matching requests, drawn"},
      {"every", parameter_type::count, "1", "every nth matching request"},
      {"after", parameter_type::count, "0", "let so many matching requests pass first"},
      {"times", parameter_type::count, "", "at most so often; not given: always"},
      {"seed", parameter_type::count, "",
       "draws of its own; not given: from the disk's seed and the name"},
  };
  return known;
}

namespace {
bool declares(condition_kind const& kind, std::string_view name) {
  return std::any_of(kind.parameters.begin(), kind.parameters.end(),
                     [&](auto const& one) { return one.name == name; });
}
}  // namespace

std::vector<parameter> all_parameters(condition_kind const& kind) {
  std::vector<parameter> all = kind.parameters;
  for (auto one : selector::parameters()) {
    if (one.name == "operations") one.fallback = kind.default_operations;
    if (!declares(kind, one.name)) all.push_back(one);
  }
  return all;
}

condition_kind const* find_kind(std::string_view name) {
  for (auto const& kind : catalogue())
    if (kind.name == name) return &kind;
  return nullptr;
}

result<condition_spec> read_spec(json::object const& given) {
  auto const* const kind_given = given.if_contains("kind");
  if (kind_given == nullptr || !kind_given->is_string())
    return recipe_error("a disk fault needs a 'kind'");
  std::string_view const kind_name = kind_given->get_string();
  auto const* const kind = find_kind(kind_name);
  if (kind == nullptr) {
    std::string known;
    for (auto const& one : catalogue())
      known += (known.empty() ? "" : ", ") + std::string(one.name);
    return recipe_error(fmt::format("'{}' is no disk fault; known: {}", kind_name, known));
  }
  std::vector<parameter> known = {
      {"kind", parameter_type::text, "", "what it is", {}, true},
      {"name", parameter_type::text, kind->name, "how it is called; one of each name at a time"}};
  auto const theirs = all_parameters(*kind);
  known.insert(known.end(), theirs.begin(), theirs.end());
  auto values = settings::read(given, known);
  if (!values)
    return std::move(values.error()).within(fmt::format("reading the fault '{}'", kind_name));
  if (values->number("every") == 0) return recipe_error("'every' must be at least 1");
  condition_spec spec{
      .name = values->text("name"), .kind = kind, .values = std::move(*values), .text = given};
  if (spec.name.empty()) return recipe_error("a fault's name must not be empty");
  return spec;
}

}  // namespace wedgehog::nbd
