#include "plan/plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/ensure.hpp"

namespace wedgehog::plan {
namespace {

template <class Enum>
struct named {
  Enum value;
  std::string_view name;
};
template <class Enum>
named(Enum, char const*) -> named<Enum>;

constexpr std::array accelerators{named{accelerator::any, "any"}, named{accelerator::kvm, "kvm"},
                                  named{accelerator::tcg, "tcg"}};
constexpr std::array error_policies{named{error_policy::report, "report"},
                                    named{error_policy::stop, "stop"}};
constexpr std::array full_hosts{named{full_host::invalid, "invalid"},
                                named{full_host::enospc, "enospc"}};
constexpr std::array disk_caches{named{disk_cache::durable, "durable"},
                                 named{disk_cache::fleeting, "volatile"}};
constexpr std::array survivals{named{survival::none, "none"}, named{survival::all, "all"},
                               named{survival::prefix, "prefix"},
                               named{survival::subset, "subset"}};
constexpr std::array reboots_by{named{reboot_by::button, "button"},
                                named{reboot_by::guest, "guest"}};
constexpr std::array severities{named{severity::harmless, "harmless"},
                                named{severity::warning, "warning"},
                                named{severity::fatal, "fatal"}};
constexpr std::array progress_sources{named{progress_source::output, "output"},
                                      named{progress_source::counter, "counter"}};
constexpr std::array lifetimes{named{lifetime::forever, "forever"}, named{lifetime::ends, "ends"}};
constexpr std::array wait_conditions{
    named{wait_condition::time, "time"}, named{wait_condition::workload_ends, "workload-ends"},
    named{wait_condition::console, "console"}, named{wait_condition::progress, "progress"}};
constexpr std::array expect_conditions{
    named{expect_condition::output_contains, "output-contains"},
    named{expect_condition::file_exists, "file-exists"},
    named{expect_condition::workload_alive, "workload-alive"},
    named{expect_condition::console_seen, "console-seen"},
    named{expect_condition::console_not_seen, "console-not-seen"}};

constexpr std::array fault_begins{
    named{fault_begin::steps, "steps"}, named{fault_begin::step, "step"},
    named{fault_begin::progress, "progress"}, named{fault_begin::console, "console"}};
constexpr std::array recovery_moments{named{recovery_moment::end, "end"},
                                      named{recovery_moment::suspect, "suspect"}};

template <class Enum, std::size_t N>
std::string_view find_name(std::array<named<Enum>, N> const& table, Enum value) {
  for (auto const& row : table)
    if (row.value == value) return row.name;
  ensure(false, "every enumerator has a name");
  return {};
}

template <class Enum, std::size_t N>
bool find_value(std::array<named<Enum>, N> const& table, std::string_view name, Enum& out) {
  for (auto const& row : table)
    if (row.name == name) {
      out = row.value;
      return true;
    }
  return false;
}

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

std::string_view name_of(accelerator value) {
  return find_name(accelerators, value);
}
std::string_view name_of(error_policy value) {
  return find_name(error_policies, value);
}
std::string_view name_of(full_host value) {
  return find_name(full_hosts, value);
}
std::string_view name_of(disk_cache value) {
  return find_name(disk_caches, value);
}
std::string_view name_of(survival value) {
  return find_name(survivals, value);
}
std::string_view name_of(reboot_by value) {
  return find_name(reboots_by, value);
}
std::string_view name_of(severity value) {
  return find_name(severities, value);
}
std::string_view name_of(progress_source value) {
  return find_name(progress_sources, value);
}
std::string_view name_of(lifetime value) {
  return find_name(lifetimes, value);
}
std::string_view name_of(wait_condition value) {
  return find_name(wait_conditions, value);
}
std::string_view name_of(expect_condition value) {
  return find_name(expect_conditions, value);
}

std::string_view name_of(fault_begin value) {
  return find_name(fault_begins, value);
}
std::string_view name_of(recovery_moment value) {
  return find_name(recovery_moments, value);
}

bool parse_name(std::string_view name, accelerator& out) {
  return find_value(accelerators, name, out);
}
bool parse_name(std::string_view name, error_policy& out) {
  return find_value(error_policies, name, out);
}
bool parse_name(std::string_view name, full_host& out) {
  return find_value(full_hosts, name, out);
}
bool parse_name(std::string_view name, disk_cache& out) {
  return find_value(disk_caches, name, out);
}
bool parse_name(std::string_view name, survival& out) {
  return find_value(survivals, name, out);
}
bool parse_name(std::string_view name, reboot_by& out) {
  return find_value(reboots_by, name, out);
}
bool parse_name(std::string_view name, severity& out) {
  return find_value(severities, name, out);
}
bool parse_name(std::string_view name, progress_source& out) {
  return find_value(progress_sources, name, out);
}
bool parse_name(std::string_view name, lifetime& out) {
  return find_value(lifetimes, name, out);
}
bool parse_name(std::string_view name, wait_condition& out) {
  return find_value(wait_conditions, name, out);
}
bool parse_name(std::string_view name, expect_condition& out) {
  return find_value(expect_conditions, name, out);
}

bool parse_name(std::string_view name, fault_begin& out) {
  return find_value(fault_begins, name, out);
}
bool parse_name(std::string_view name, recovery_moment& out) {
  return find_value(recovery_moments, name, out);
}

std::string_view word_of(step const& what) {
  return std::visit([](auto const& kind) { return kind.word; }, what.what);
}

json::value to_json(step const& value) {
  json::object object;
  std::visit([&](auto const& kind) { object[kind.word] = to_object(kind); }, value.what);
  if (!value.label.empty()) object["label"] = value.label;
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
  visit_steps(read.steps, [&](step const&) { ++steps; });
  auto const* written = object->if_contains("steps");
  if (written != nullptr && count_written(*written) != steps)
    return recipe_error("a saved plan holds a kind of step that is not known here");
  return read;
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

workload const* find_workload(plan const& what, std::string_view name) {
  workload const* found = nullptr;
  visit_steps(what.steps, [&](step const& each) {
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
