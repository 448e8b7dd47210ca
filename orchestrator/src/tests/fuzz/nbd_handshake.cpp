// A handshake fed at once and byte by byte says the same, ends in the same phase, and never answers
// with more than a bounded multiple of what it was told.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "nbd/handshake.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog::nbd;
  auto const bytes = std::as_bytes(std::span(data, size));
  export_facts const facts{.name = "data", .size = 1U << 20U};
  handshake whole(facts);
  byte_buffer said;
  auto const used = whole.take(bytes, said);
  if (used > size) std::abort();
  if (said.size() > 200 + 20 * size) std::abort();

  handshake split(facts);
  byte_buffer said_again;
  byte_buffer pending;
  for (auto const one : bytes) {
    if (split.state() != handshake::phase::negotiating) break;
    pending.append(std::span(&one, 1));
    pending.consume(split.take(pending.view(), said_again));
  }
  if (split.state() != whole.state() || said.size() != said_again.size()) std::abort();
  if (said.size() != 0 && std::memcmp(said.data(), said_again.data(), said.size()) != 0)
    std::abort();
  return 0;
}
