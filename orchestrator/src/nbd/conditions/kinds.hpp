// Every kind of condition, each defined in its own file; catalogue.cpp lists them.
#pragma once

#include <algorithm>
#include <cerrno>
#include <optional>

#include "nbd/condition.hpp"

namespace wedgehog::nbd {

condition_kind latency_kind();
condition_kind rate_kind();
condition_kind hold_kind();
condition_kind error_kind();
condition_kind disconnect_kind();
condition_kind write_cache_kind();
condition_kind lying_flush_kind();
condition_kind lost_write_kind();
condition_kind torn_write_kind();
condition_kind misdirected_write_kind();
condition_kind bit_flip_kind();
condition_kind stale_read_kind();

}  // namespace wedgehog::nbd
