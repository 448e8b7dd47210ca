// What a guest is told that began as a copy: what it must not share with the other copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "wire/fields.hpp"
#include "wire/message_type.hpp"

namespace wedgehog::wire {

inline constexpr std::size_t least_seed = 32;  // bytes

// To a system that began as a copy of a frozen one: the clock, the random numbers and the names
// that it shares with all other copies become its own. Ended with exit status 0 when its random
// numbers and its clock are; what could not be changed of the rest stands on its standard output.
struct become_another {
  static constexpr auto type = message_type::become_another;
  std::uint64_t request = 0;
  std::string seed;           // random bytes of the host; at least least_seed
  std::uint64_t unix_us = 0;  // the wall clock, as the request leaves
  std::string host_name;
  std::string machine_id;        // 32 hexadecimal digits
  std::string boot_id;           // a UUID as Linux writes it
  std::string hardware_address;  // six bytes, of the first network card; the next one's is one more
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.seed);
    visit(3, self.unix_us);
    visit(4, self.host_name);
    visit(5, self.machine_id);
    visit(6, self.boot_id);
    visit(7, self.hardware_address);
  }
};

}  // namespace wedgehog::wire
