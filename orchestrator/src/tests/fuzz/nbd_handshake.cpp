// A handshake fed at once and byte by byte says the same, ends in the same phase, and never answers
// with more than a bounded multiple of what it was told; the same where TLS is demanded.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "nbd/handshake.hpp"

namespace {

using namespace wedgehog::nbd;

void talk(std::span<std::byte const> bytes, export_facts const& facts) {
  auto const size = bytes.size();
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
  // Nobody gets at the disk who has not begun TLS where that is demanded.
  if (facts.demands_tls && whole.state() == handshake::phase::transmission) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const bytes = std::as_bytes(std::span(data, size));
  talk(bytes, {.name = "data", .size = 1U << 20U});
  talk(bytes, {.name = "data", .size = 1U << 20U, .secret = "data", .demands_tls = true});
  return 0;
}
