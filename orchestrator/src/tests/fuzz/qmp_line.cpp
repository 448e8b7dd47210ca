// Any bytes from QEMU: the session lives or ends with a cause, everything asked is finished exactly
// once, and it does not matter how the bytes were cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "qmp/dialogue.hpp"

namespace {

using namespace wedgehog::qmp;

struct outcome {
  int finished = 0;
  int events = 0;
  int ends = 0;
  std::string cause;
  bool operator==(outcome const&) const = default;
};

void count(dialogue& talk, outcome& seen) {
  while (auto what = talk.next()) {
    if (std::holds_alternative<finished>(*what)) ++seen.finished;
    if (std::holds_alternative<announce>(*what)) ++seen.events;
    if (std::holds_alternative<over>(*what)) ++seen.ends;
  }
}

outcome play(std::string_view bytes, std::size_t piece) {
  dialogue talk({.wants_oob = true, .line_limit = 4096});
  outcome seen;
  talk.ask({.name = "query-status"});
  talk.ask({.name = "yank", .out_of_band = true});
  talk.ask({.name = "getfd", .carries_descriptor = true});
  auto const forgotten = talk.ask({.name = "stop"});
  talk.forget(forgotten);
  while (!bytes.empty()) {
    talk.received(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    count(talk, seen);
  }
  talk.closed_by_peer();
  count(talk, seen);
  seen.cause = talk.failure()->message();
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  auto const whole = play(bytes, size == 0 ? 1 : size);
  if (whole.ends != 1 || whole.finished != 4) std::abort();
  if (whole.cause.empty() || whole.cause.size() > 400) std::abort();
  if (play(bytes, 3) != whole) std::abort();
  return 0;
}
