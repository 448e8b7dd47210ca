// Whatever is read prints and reads back to the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "timeline/timeline.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog::timeline;
  auto const first = read_text({reinterpret_cast<char const*>(data), size});
  auto const again = read_text(to_text(first.signals));
  if (again.skipped != 0 || again.signals.size() != first.signals.size()) std::abort();
  if (to_text(again.signals) != to_text(first.signals)) std::abort();
  return 0;
}
