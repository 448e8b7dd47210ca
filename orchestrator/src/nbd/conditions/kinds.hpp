// Every kind of condition, each defined in its own file; catalogue.cpp lists them.
#pragma once

#include <cerrno>

#include "nbd/condition.hpp"

namespace wedgehog::nbd {

condition_kind latency_kind();
condition_kind rate_kind();
condition_kind hold_kind();
condition_kind error_kind();

}  // namespace wedgehog::nbd
