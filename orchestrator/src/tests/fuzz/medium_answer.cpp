// Any bytes as the headers of a server: an answer, never an exception, and cut anywhere no other
// size than the whole tells.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "medium/answer.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog;
  std::string_view const bytes(reinterpret_cast<char const*>(data), size);
  auto const whole = medium::last_answer(bytes);
  ensure(whole.status >= 0 && whole.status <= 999, "a status has three digits");
  auto const line_end = bytes.rfind('\n');
  auto const lines = line_end == std::string_view::npos ? "" : bytes.substr(0, line_end + 1);
  auto const same = medium::last_answer(lines);
  ensure(same.status == whole.status && same.whole == whole.whole, "a cut line tells nothing");
  return 0;
}
