// How the agent answers a request: accepted or refused at once, and at last how it ended.
#pragma once

#include <cstdint>
#include <string>

#include "wire/fields.hpp"
#include "wire/message_type.hpp"

namespace wedgehog::wire {

struct accepted {
  static constexpr auto type = message_type::accepted;
  std::uint64_t request = 0;
  std::uint32_t pid = 0;  // 0: nothing was started
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.pid);
  }
};

struct refused {
  static constexpr auto type = message_type::refused;
  std::uint64_t request = 0;
  std::string why;
  std::uint32_t error_number = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.why);
    visit(3, self.error_number);
  }
};

// How the work of a request ended. `unkillable`: it was killed and did not go; it holds on in the
// kernel as `stuck_in` says. Should it go after all, `ended` is sent once more.
struct ended {
  static constexpr auto type = message_type::ended;
  std::uint64_t request = 0;
  std::uint32_t exit_status = 0;
  std::uint32_t signal = 0;  // the signal that ended it; 0: it exited
  bool timed_out = false;    // the deadline passed; it was killed
  bool unkillable = false;
  std::string stuck_in;  // "D xlog_cil_push_now <- xfs_log_force": state and kernel stack
  std::uint64_t took_us = 0;
  std::uint64_t output_bytes = 0;  // produced, whether sent or not
  std::uint64_t error_bytes = 0;
  std::uint64_t unsent_bytes = 0;  // of both streams: left out over the limit
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.exit_status);
    visit(3, self.signal);
    visit(4, self.timed_out);
    visit(5, self.unkillable);
    visit(6, self.stuck_in);
    visit(7, self.took_us);
    visit(8, self.output_bytes);
    visit(9, self.error_bytes);
    visit(10, self.unsent_bytes);
  }
};

struct echoed {
  static constexpr auto type = message_type::echoed;
  std::uint64_t request = 0;
  std::string payload;
  std::uint64_t guest_us = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.payload);
    visit(3, self.guest_us);
  }
};

}  // namespace wedgehog::wire
