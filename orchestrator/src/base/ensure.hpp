// ensure(): a statement about our own code that must hold, checked in release builds too. Never for
// input.
#pragma once

#include <boost/assert/source_location.hpp>
#include <string_view>

namespace wedgehog {

[[noreturn]] void ensure_failed(std::string_view why, boost::source_location where);

inline void ensure(bool condition, std::string_view why,
                   boost::source_location where = BOOST_CURRENT_LOCATION) {
  if (!condition) [[unlikely]]
    ensure_failed(why, where);
}

}  // namespace wedgehog
