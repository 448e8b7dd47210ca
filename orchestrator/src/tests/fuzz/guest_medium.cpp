// Any bytes as the description of a medium and of an installation: an answer or complaints, never
// an exception; what is accepted can be handed to programs.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "guest/installation.hpp"
#include "guest/medium.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog;
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  auto const medium = guest::read_medium(bytes);
  (void)recipe::print(medium.complaints, "medium.yaml");
  if (medium.complaints.empty()) {
    ensure(guest::is_web_address(medium.value.url), "it is fetched from the web");
    ensure(guest::parse_checksum(guest::print_checksum(medium.value.sum)) == medium.value.sum,
           "its sum is read as it is written");
    for (auto const& one : medium.value.exchange)
      ensure(one.path.front() == '/' && one.path.find("..") != 1, "it stays on the medium");
  }
  (void)recipe::print(guest::read_installation(bytes).complaints, "install.yaml");
  return 0;
}
