// Rates, ratios and intervals as people and programs read them.
#pragma once

#include <string>

#include "base/described.hpp"
#include "experiment/exposure.hpp"

namespace wedgehog::report {

// Three digits that count: "0.00125", "6.1", "1230", "2.4e-09"; "no limit" for what is infinite,
// "-" for what is not known.
[[nodiscard]] std::string spoken_number(double value);
// "0.000406 to 0.00292", "at least 1.9", "at most 0.48"
[[nodiscard]] std::string spoken_interval(experiment::interval const& between);
// "12.5 machine-hours"
[[nodiscard]] std::string spoken_hours(double hours);
// "5 in 4000 h"
[[nodiscard]] std::string spoken_exposure(experiment::exposure const& seen);
// "0.00125/h (0.000406 to 0.00292)": the rate with its exact interval.
[[nodiscard]] std::string spoken_rate(experiment::exposure const& seen);

// Null for what is infinite or no number.
[[nodiscard]] json::value number_or_null(double value);
[[nodiscard]] json::object interval_object(experiment::interval const& between);
// hits, hours, rate, and its intervals at one look and at any.
[[nodiscard]] json::object exposure_object(experiment::exposure const& seen);

// Boost.JSON writes 184.5 as 1.845E2: right, and not what a person wants to read.
[[nodiscard]] std::string one_line(json::object const& object);

}  // namespace wedgehog::report
