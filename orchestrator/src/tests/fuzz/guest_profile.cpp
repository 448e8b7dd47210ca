// Any bytes as a guest's profile or a named build: an answer, never an exception; and as what its
// console shows: the same is typed whole and byte by byte.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "guest/boot_dialogue.hpp"
#include "guest/named_build.hpp"
#include "guest/read_profile.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog;
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  auto const read = guest::read_profile(bytes);
  (void)recipe::print(read.complaints, "profile.yaml");
  if (auto const build = guest::read_named_build(bytes); build.complaints.empty()) {
    auto const again = guest::read_named_build(guest::to_text(build.value));
    ensure(again.complaints.empty() && again.value == build.value, "it is read as it was written");
  }
  std::vector<guest::exchange> exchanges{{"login: ", "root\n"}, {"aab", "x"}, {"#", "go\n"}};
  if (read.complaints.empty()) exchanges = read.value.boot.dialogue;
  guest::boot_dialogue whole(exchanges);
  guest::boot_dialogue single(exchanges);
  auto const typed = whole.hear(bytes);
  std::string also;
  for (char const c : bytes) also += single.hear(std::string_view(&c, 1));
  ensure(typed == also, "the same is typed however the bytes come");
  return 0;
}
