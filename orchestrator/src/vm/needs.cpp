#include "vm/needs.hpp"

#include <fmt/format.h>

namespace wedgehog::vm {

std::vector<std::string> missing(needs const& what, abilities const& machine,
                                 guest::abilities const& guest) {
  std::vector<std::string> all;
  for (auto const one : what.machine)
    if (!machine.contains(one))
      all.push_back(fmt::format("the machine has no {} ({})", word_of(one), meaning_of(one)));
  for (auto const one : what.guest)
    if (!guest.contains(one))
      all.push_back(fmt::format("the guest has no {} ({})", word_of(one), meaning_of(one)));
  return all;
}

}  // namespace wedgehog::vm
