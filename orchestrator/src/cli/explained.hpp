// The course of a run as tables for a person and as JSON: which states it went through, and which
// detector said what, when, and from which numbers.
#pragma once

#include <string>

#include "base/described.hpp"
#include "verdict/course.hpp"

namespace wedgehog::cli {

[[nodiscard]] std::string course_table(verdict::course const& told);
// {"states": […], "detectors": […]}; times in seconds since the run began.
[[nodiscard]] json::object course_object(verdict::course const& told);

}  // namespace wedgehog::cli
