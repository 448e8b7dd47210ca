// The hosts that a person has given names to: hosts.yaml, in which each key has an effect and no
// other is accepted. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/complaint.hpp"

namespace wedgehog::vm {

struct named_host {
  std::string name;
  std::string uri;                 // of its libvirt daemon
  std::string disks_from{};        // an address of this host; empty: found out
  std::string disks_tls{};         // the folder of certificates for them; empty: unencrypted
  std::uint64_t slots = 0;         // machines at once; 0: no limit
  std::uint64_t memory_bytes = 0;  // of all guests there together; 0: no limit
  bool operator==(named_host const&) const = default;
};

struct hosts_reading {
  std::vector<named_host> hosts{};
  std::vector<recipe::complaint> complaints{};
};
[[nodiscard]] hosts_reading read_hosts(std::string_view text);

// How many machines of so many bytes may be there at once, of those that were asked for; at least
// one.
[[nodiscard]] std::size_t at_once_on(named_host const& host, std::size_t asked,
                                     std::uint64_t largest_machine);

}  // namespace wedgehog::vm
