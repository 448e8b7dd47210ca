// Where collectors put what they saw. The recorder behind it stamps the time.
#pragma once

#include <functional>

#include "timeline/signal.hpp"

namespace wedgehog::collectors {

using sink = std::function<void(timeline::payload)>;

}  // namespace wedgehog::collectors
