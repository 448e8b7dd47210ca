// No bytes make the request parser say something impossible, and a request whose beginning was seen
// is read the same from its whole bytes.
#include <cstdint>
#include <cstdlib>

#include "nbd/protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog::nbd;
  if (size == 0) return 0;
  // The first byte chooses what was agreed on.
  agreement const agreed{.size = std::uint64_t{1} << (data[0] >> 2U),
                         .read_only = (data[0] & 1U) != 0,
                         .structured = (data[0] & 2U) != 0,
                         .block_status = (data[0] & 2U) != 0};
  auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  while (!bytes.empty()) {
    auto const one = read_request(bytes, agreed);
    if (one.kind == arrival::incomplete) {
      if (one.needed <= bytes.size()) std::abort();
      if (one.needed > wire::request_size + wire::largest_payload) std::abort();
      break;
    }
    if (one.kind == arrival::disconnect || one.kind == arrival::unreadable) break;
    if (one.used == 0 || one.used > bytes.size()) std::abort();
    if (one.kind == arrival::request) {
      auto const& what = one.what;
      if (what.offset > agreed.size || what.length > agreed.size - what.offset) std::abort();
      if (read_request(bytes.first(one.used), agreed).kind != arrival::request) std::abort();
      if (read_request(bytes.first(one.used - 1), agreed).kind == arrival::request) std::abort();
      bytes = bytes.subspan(one.used);
    } else {
      if (one.error == 0) std::abort();
      bytes = bytes.subspan(std::min<std::uint64_t>(one.used + one.skip, bytes.size()));
    }
  }
  return 0;
}
