// From a recipe's words about a disk fault to those of the fault disk. Pure, so that every row of
// the recipe's catalogue can be tried without a disk.
#pragma once

#include <boost/json.hpp>

#include "plan/plan.hpp"

namespace wedgehog::faults {

namespace json = boost::json;

// As nbd::read_spec() wants it: {"kind": "latency", "name": "slow", "operations": "write", …}.
[[nodiscard]] json::object disk_spec(plan::inject const& what);

}  // namespace wedgehog::faults
