// What something needs of a machine and of the guest in it, and what is missing.
#pragma once

#include <string>
#include <vector>

#include "guest/abilities.hpp"
#include "vm/abilities.hpp"

namespace wedgehog::vm {

struct needs {
  abilities machine{};
  guest::abilities guest{};
};

// One sentence for each that is missing; empty when there is all.
[[nodiscard]] std::vector<std::string> missing(needs const& what, abilities const& machine,
                                               guest::abilities const& guest);

}  // namespace wedgehog::vm
