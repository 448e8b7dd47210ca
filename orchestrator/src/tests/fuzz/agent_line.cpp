// Bytes as they come from a hostile guest, through the host's side of the agent's line.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/dialogue.hpp"
#include "base/ensure.hpp"

using namespace wedgehog;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  auto const now = agent::time_point{} + std::chrono::hours(1);
  agent::dialogue whole;
  agent::dialogue trickle;
  std::size_t events = 0;
  std::size_t trickled = 0;
  for (auto* talk : {&whole, &trickle}) {
    talk->greet(now);
    (void)talk->ask(wire::exec{}, now);
  }
  whole.receive(bytes, [&](agent::event const&) { ++events; });
  for (char const& c : bytes) trickle.receive({&c, 1}, [&](agent::event const&) { ++trickled; });
  ensure(events == trickled, "the split of the bytes changed what was heard");
  ensure(whole.line_counts().garbage_bytes <= size, "more garbage than bytes");
  whole.tick(now + std::chrono::hours(1));
  (void)whole.take_outgoing();
  return 0;
}
