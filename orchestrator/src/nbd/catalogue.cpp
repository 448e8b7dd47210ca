#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {

std::vector<condition_kind> const& catalogue() {
  static std::vector<condition_kind> const kinds = {
      latency_kind(),
      rate_kind(),
      hold_kind(),
      error_kind(),
  };
  return kinds;
}

}  // namespace wedgehog::nbd
