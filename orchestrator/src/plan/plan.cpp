#include "plan/plan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/ensure.hpp"

namespace wedgehog::plan {
namespace {

constexpr std::string_view format_word = "wedgehog plan 1";

microseconds stretched(microseconds limit, double factor) {
  return std::max(microseconds(1),
                  microseconds(std::llround(static_cast<double>(limit.count()) * factor)));
}

void stretch(std::optional<microseconds>& limit, double factor) {
  if (limit) *limit = stretched(*limit, factor);
}

void stretch(std::vector<step>& steps, double factor) {
  for (auto& each : steps) {
    std::visit(
        [&](auto& what) {
          if constexpr (requires { what.deadline; }) stretch(what.deadline, factor);
        },
        each.what);
    if (auto* nested = std::get_if<loop>(&each.what)) stretch(nested->steps, factor);
    if (auto* nested = std::get_if<parallel>(&each.what))
      for (auto& group : nested->groups) stretch(group, factor);
  }
}

}  // namespace

std::string_view word_of(step const& what) {
  return std::visit([](auto const& kind) { return kind.word; }, what.what);
}

std::string place_of(step const& what) {
  if (what.line == 0) return {};
  auto text = ", line " + std::to_string(what.line);
  if (!what.file.empty()) text += " of " + what.file;
  return text;
}

json::value to_json(step const& value) {
  json::object object;
  std::visit([&](auto const& kind) { object[kind.word] = to_object(kind); }, value.what);
  if (!value.label.empty()) object["label"] = value.label;
  if (!value.file.empty()) object["file"] = value.file;
  if (value.line != 0) object["line"] = value.line;
  return object;
}

bool from_json(json::value const& value, step& out) {
  auto const* object = value.if_object();
  if (object == nullptr) return false;
  step read;
  bool known = false;
  boost::mp11::mp_for_each<action>([&](auto kind) {
    auto const* found = object->if_contains(kind.word);
    if (known || found == nullptr || !found->is_object()) return;
    from_object(found->get_object(), kind);
    read.what = std::move(kind);
    known = true;
  });
  if (!known) return false;
  if (auto const* label = object->if_contains("label")) wedgehog::from_json(*label, read.label);
  if (auto const* file = object->if_contains("file")) wedgehog::from_json(*file, read.file);
  if (auto const* line = object->if_contains("line")) wedgehog::from_json(*line, read.line);
  out = std::move(read);
  return true;
}

std::string to_text(plan const& what) {
  json::object object;
  object["format"] = format_word;
  for (auto const& member : to_object(what)) object.insert(member);
  return json::serialize(object);
}

namespace {

// described.hpp leaves out what it cannot read; a plan that lost a step that way would be another
// plan. So: as many steps read as were written, at every depth.
std::size_t count_written(json::value const& value) {
  std::size_t count = 0;
  if (auto const* array = value.if_array())
    for (auto const& item : *array) count += count_written(item);
  if (auto const* object = value.if_object()) {
    ++count;
    if (auto const* nested = object->if_contains("loop"); nested && nested->is_object())
      if (auto const* steps = nested->get_object().if_contains("steps"))
        count += count_written(*steps);
    if (auto const* nested = object->if_contains("parallel"); nested && nested->is_object())
      if (auto const* groups = nested->get_object().if_contains("groups"))
        count += count_written(*groups);
  }
  return count;
}

}  // namespace

result<plan> from_text(std::string_view text) {
  boost::system::error_code failure;
  auto const value = json::parse({text.data(), text.size()}, failure);
  if (failure) return recipe_error("a saved plan is not JSON: " + failure.message());
  auto const* object = value.if_object();
  if (object == nullptr) return recipe_error("a saved plan is one JSON object");
  auto const* format = object->if_contains("format");
  if (format == nullptr || *format != json::string(format_word))
    return recipe_error("a saved plan says \"format\": \"" + std::string(format_word) + "\"");
  plan read;
  from_object(*object, read);
  std::size_t steps = 0;
  visit_steps(read, [&](step const&) { ++steps; });
  std::size_t written = 0;
  for (auto const* list : {object->if_contains("after_boot"), object->if_contains("steps")})
    if (list != nullptr) written += count_written(*list);
  if (written != steps)
    return recipe_error("a saved plan holds a kind of step that is not known here");
  return read;
}

std::string variant_text(plan const& what) {
  std::string text;
  for (auto const& [name, value] : what.variant) {
    if (!text.empty()) text += ' ';
    text += name + '=' + value;
  }
  return text;
}

std::string title(plan const& what) {
  std::string text = what.name;
  char separator = '[';
  for (auto const& [name, value] : what.variant) {
    text += separator;
    text += name;
    text += '=';
    text += value;
    separator = ',';
  }
  if (!what.variant.empty()) text += ']';
  return text;
}

plan scaled(plan const& what, double factor) {
  ensure(factor > 0, "a time scale is positive");
  plan copy = what;
  copy.limits.boot = stretched(copy.limits.boot, factor);
  copy.limits.no_progress = stretched(copy.limits.no_progress, factor);
  copy.limits.run = stretched(copy.limits.run, factor);
  copy.limits.collect = stretched(copy.limits.collect, factor);
  stretch(copy.expects.by, factor);
  stretch(copy.after_boot, factor);
  stretch(copy.steps, factor);
  if (copy.recovery) {
    copy.recovery->within = stretched(copy.recovery->within, factor);
    copy.recovery->at_most = stretched(copy.recovery->at_most, factor);
  }
  copy.time_scaled = true;
  return copy;
}

void visit_steps(std::vector<step> const& steps, std::function<void(step const&)> const& visit) {
  for (auto const& each : steps) {
    visit(each);
    if (auto const* nested = std::get_if<loop>(&each.what)) visit_steps(nested->steps, visit);
    if (auto const* nested = std::get_if<parallel>(&each.what))
      for (auto const& group : nested->groups) visit_steps(group, visit);
  }
}

void visit_steps(plan const& what, std::function<void(step const&)> const& visit) {
  visit_steps(what.after_boot, visit);
  visit_steps(what.steps, visit);
}

workload const* find_workload(plan const& what, std::string_view name) {
  workload const* found = nullptr;
  visit_steps(what, [&](step const& each) {
    auto const* candidate = std::get_if<workload>(&each.what);
    if (found == nullptr && candidate != nullptr && candidate->name == name) found = candidate;
  });
  return found;
}

disk const* find_disk(plan const& what, std::string_view name) {
  for (auto const& each : what.disks)
    if (each.name == name) return &each;
  return nullptr;
}

std::optional<std::string> text_of(inject const& fault, std::string_view name) {
  auto const found = fault.parameters.find(std::string(name));
  if (found == fault.parameters.end()) return std::nullopt;
  return found->second;
}

std::optional<microseconds> duration_of(inject const& fault, std::string_view name) {
  auto const text = text_of(fault, name);
  if (!text) return std::nullopt;
  auto const parsed = parse_duration(*text);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

namespace {
template <class Number>
std::optional<Number> parse_number(std::optional<std::string> const& text) {
  Number number{};
  if (!text) return std::nullopt;
  auto const [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}
}  // namespace

std::optional<std::uint64_t> number_of(inject const& fault, std::string_view name) {
  return parse_number<std::uint64_t>(text_of(fault, name));
}

std::optional<double> fraction_of(inject const& fault, std::string_view name) {
  return parse_number<double>(text_of(fault, name));
}

}  // namespace wedgehog::plan
