// Whatever is read prints and reads back to the same, and it does not matter where the text is cut.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "timeline/timeline.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog::timeline;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const first = read_text(text);
  auto const again = read_text(to_text(first.signals));
  if (again.skipped != 0 || again.signals.size() != first.signals.size()) std::abort();
  if (to_text(again.signals) != to_text(first.signals)) std::abort();

  timeline pieces;
  text_reader reader([&pieces](signal one) { pieces.append(std::move(one)); });
  for (std::size_t at = 0; at < size; at += 3) reader.feed(text.substr(at, 3));
  reader.finish();
  if (reader.skipped() != first.skipped) std::abort();
  if (to_text(pieces) != to_text(first.signals)) std::abort();
  return 0;
}
