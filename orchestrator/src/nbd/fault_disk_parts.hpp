// What a fault disk is made of inside: requests on their way, conditions in their places,
// deadlines. For fault_disk*.cpp only.
#pragma once

#include <array>

#include "nbd/fault_disk.hpp"

namespace wedgehog::nbd {

// What a request waits for that is no condition: room on the host's disk.
inline constexpr std::uint64_t room_on_host = ~std::uint64_t{0};

// A request on its way. Recycled: `ticket` tells a stale deadline from a current one.
struct fault_disk::flight {
  request asked;
  client* from = nullptr;
  std::uint64_t serial = 0;
  time_point arrived{};
  microseconds delayed{};  // by conditions, as far as they said

  std::uint64_t passed = 0;     // number of the last condition that it met
  std::uint64_t waits_for = 0;  // number of the condition that it waits for
  time_point waits_since{};
  time_point due{};
  std::uint64_t ticket = 0;
  bool held = false;
  bool opening = false;

  // What will be done to the medium.
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  bool durable = false;
  bool keeps_payload = false;
  std::span<std::byte const> payload;
  std::vector<std::byte> kept;                 // the payload, once it must outlast submit()
  std::vector<std::byte> altered;              // written instead
  std::vector<std::uint64_t> looks_at_return;  // numbers of conditions

  flight* older = nullptr;
  flight* newer = nullptr;
};

struct fault_disk::placed {
  std::uint64_t number = 0;
  condition_spec spec;
  selector picks;
  std::unique_ptr<condition> behaviour;
  std::uint64_t hits = 0;
  std::array<std::uint64_t, operation_count> hits_of{};  // by what the request was

  void hit(operation what) {
    ++hits;
    ++hits_of[static_cast<std::size_t>(what)];
  }
};

struct fault_disk::deadline {
  time_point at;
  std::uint64_t ticket = 0;
  flight* whose = nullptr;
  // The heap's front is its greatest: the earliest.
  bool operator<(deadline const& other) const {
    return at != other.at ? at > other.at : ticket > other.ticket;
  }
};

// What a client keeps that got EIO from a freeze: when it is asked again, it goes on waiting. It
// may come in other pieces: QEMU merges neighbours.
struct fault_disk::kept_request {
  operation what{};
  std::uint64_t from = 0;
  std::uint64_t end = 0;
  std::uint64_t waits_for = 0;
  time_point arrived{};
  time_point since{};
  time_point due{};  // not set: held until somebody says so
  bool held = false;
  // What silent faults had done to it before it came to wait.
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  bool durable = false;
  std::vector<std::byte> altered{};
  std::vector<std::uint64_t> looks_at_return{};
};

template <class Wanted>
std::vector<fault_disk::flight*> fault_disk::pick(Wanted wanted) {
  std::vector<flight*> found;
  for (auto* one = oldest_; one != nullptr; one = one->newer)
    if (wanted(*one)) found.push_back(one);
  return found;
}

}  // namespace wedgehog::nbd
