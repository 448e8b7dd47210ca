#include "report/figures.hpp"

#include <fmt/format.h>

#include <cmath>

#include "experiment/rate.hpp"

namespace wedgehog::report {
namespace {

std::string value_text(json::value const& value) {
  if (auto const* number = value.if_double()) return fmt::format("{}", *number);
  if (auto const* object = value.if_object()) {
    auto text = one_line(*object);
    text.pop_back();
    return text;
  }
  auto const* array = value.if_array();
  if (array == nullptr) return json::serialize(value);
  std::string text;
  for (auto const& item : *array) text += (text.empty() ? "" : ",") + value_text(item);
  return "[" + text + "]";
}

}  // namespace

std::string spoken_number(double value) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return "no limit";
  if (value == 0) return "0";
  // Whole numbers stay whole; what is large needs no fraction.
  if (std::abs(value) >= 100 && std::abs(value) < 1e9) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

std::string spoken_interval(experiment::interval const& between) {
  if (std::isinf(between.high) && !(between.low > 0)) return "anything";
  if (std::isinf(between.high)) return "at least " + spoken_number(between.low);
  if (!(between.low > 0)) return "at most " + spoken_number(between.high);
  return fmt::format("{} to {}", spoken_number(between.low), spoken_number(between.high));
}

std::string spoken_hours(double hours) {
  return fmt::format("{} machine-hour{}", spoken_number(hours), hours == 1 ? "" : "s");
}

std::string spoken_exposure(experiment::exposure const& seen) {
  return fmt::format("{} in {} h", seen.hits, spoken_number(seen.hours));
}

std::string spoken_rate(experiment::exposure const& seen) {
  if (!(seen.hours > 0)) return "not known";
  auto const between = spoken_interval(experiment::rate_interval(seen));
  return fmt::format("{}/h ({})", spoken_number(experiment::rate_of(seen)), between);
}

json::value number_or_null(double value) {
  return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}

json::object interval_object(experiment::interval const& between) {
  return {{"low", number_or_null(between.low)}, {"high", number_or_null(between.high)}};
}

json::object exposure_object(experiment::exposure const& seen) {
  return {{"hits", seen.hits},
          {"hours", number_or_null(seen.hours)},
          {"rate_per_hour", number_or_null(experiment::rate_of(seen))},
          {"one_look", interval_object(experiment::rate_interval(seen))},
          {"any_look", interval_object(experiment::rate_interval_at_any_look(seen))}};
}

std::string one_line(json::object const& object) {
  std::string text;
  for (auto const& member : object) {
    text += text.empty() ? '{' : ',';
    text += json::serialize(json::string(member.key())) + ':' + value_text(member.value());
  }
  return (text.empty() ? "{" : text) + "}\n";
}

}  // namespace wedgehog::report
