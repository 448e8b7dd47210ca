// Which backends there are, and what their machines can: for a plan that is to be checked against
// one without making any.
#pragma once

#include <string_view>
#include <vector>

#include "vm/abilities.hpp"

namespace wedgehog::vm {

struct backend_kind {
  std::string_view name;
  std::string_view summary;
  abilities can;
};

[[nodiscard]] std::vector<backend_kind> const& backends();
// Null when there is none of this name.
[[nodiscard]] backend_kind const* find_backend(std::string_view name);

}  // namespace wedgehog::vm
