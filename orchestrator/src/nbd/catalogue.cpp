#include "nbd/conditions/kinds.hpp"

namespace wedgehog::nbd {

std::vector<condition_kind> const& catalogue() {
  static std::vector<condition_kind> const kinds = {
      latency_kind(),     rate_kind(),
      hold_kind(),        error_kind(),
      disconnect_kind(),  write_cache_kind(),
      lying_flush_kind(), lost_write_kind(),
      torn_write_kind(),  misdirected_write_kind(),
      bit_flip_kind(),    stale_read_kind(),
  };
  return kinds;
}

}  // namespace wedgehog::nbd
