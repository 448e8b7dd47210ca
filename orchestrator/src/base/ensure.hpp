// ensure(): a statement about our own code that must hold, checked in release builds too. Never for
// input.
#pragma once

#include <source_location>
#include <string_view>

namespace wedgehog {

[[noreturn]] void ensure_failed(std::string_view why, std::source_location where);

inline void ensure(bool condition, std::string_view why,
                   std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    ensure_failed(why, where);
}

}  // namespace wedgehog
