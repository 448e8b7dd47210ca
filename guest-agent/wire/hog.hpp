// The messages about hogs: processes in the guest that take memory from it.
#pragma once

#include <cstdint>
#include <string>

#include "wire/fields.hpp"
#include "wire/message_type.hpp"

namespace wedgehog::wire {

// One hog at a time: a process that takes anonymous memory, evenly over `ramp_ms`, and holds it.
enum class hog_kind : std::uint8_t {
  anonymous = 0,   // private memory, each page different
  locked = 1,      // the same, and locked: not even swap helps
  page_cache = 2,  // a clean file in `directory`, read again and again
  dirty = 3,       // a file in `directory`, written again and again, never synced
};

// At the end of `ramp_ms` it holds everything, and then …
enum class hog_shape : std::uint8_t {
  steady = 0,    // … keeps it
  sawtooth = 1,  // … lets go of it and begins again
};

struct start_hog {
  static constexpr auto type = message_type::start_hog;
  std::uint64_t request = 0;
  std::uint64_t mebibytes = 0;
  std::uint64_t ramp_ms = 0;
  bool lock = false;     // mlock what it takes
  bool protect = false;  // let the out-of-memory killer choose somebody else
  hog_kind kind = hog_kind::anonymous;
  hog_shape shape = hog_shape::steady;
  std::string directory;  // of kinds that need a file
  // Beside `mebibytes` of anonymous or locked memory: so much of a file in `directory`, as of the
  // kind dirty. Both climb together, and in a sawtooth both fall when both were up.
  std::uint64_t dirty_mebibytes = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.mebibytes);
    visit(3, self.ramp_ms);
    visit(4, self.lock);
    visit(5, self.protect);
    visit(6, self.kind);
    visit(7, self.shape);
    visit(8, self.directory);
    visit(9, self.dirty_mebibytes);
  }
};

// Answered by hog_state, also when the hog has ended; refused when there never was one.
struct ask_hog {
  static constexpr auto type = message_type::ask_hog;
  std::uint64_t request = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
  }
};

struct stop_hog {
  static constexpr auto type = message_type::stop_hog;
  std::uint64_t request = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
  }
};

// What the last hog did. MiB, as the system confirmed it: memory that was written, pages of the
// file that are in memory (page_cache), what was written in a round (dirty).
struct hog_state {
  static constexpr auto type = message_type::hog_state;
  std::uint64_t request = 0;
  std::uint64_t held = 0;  // now
  std::uint64_t peak = 0;
  std::uint64_t rounds = 0;  // of a sawtooth, or over its file
  bool gone = false;         // ended, killed or never begun
  std::uint32_t signal = 0;  // what ended it
  std::uint64_t dirty = 0;   // of the file beside: what is written of it now
  std::uint64_t dirty_peak = 0;
  template <class Visitor, class Self>
  static void fields(Visitor& visit, Self& self) {
    visit(1, self.request);
    visit(2, self.held);
    visit(3, self.peak);
    visit(4, self.rounds);
    visit(5, self.gone);
    visit(6, self.signal);
    visit(7, self.dirty);
    visit(8, self.dirty_peak);
  }
};

}  // namespace wedgehog::wire
