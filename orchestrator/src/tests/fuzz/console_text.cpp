// Console text: whatever a guest prints, in two halves; the reports must come out bounded, and the
// same in one piece.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "console/events.hpp"
#include "console/report.hpp"

namespace console = wedgehog::console;

static std::size_t count(console::classifier const& rules, std::string_view text, std::size_t cut) {
  console::report_reader reader{rules};
  reader.feed(text.substr(0, cut));
  reader.feed(text.substr(cut));
  reader.finish();
  auto const reports = reader.take();
  std::size_t sum = reader.dropped();
  for (auto const& r : reports) {
    wedgehog::ensure(r.lines.size() <= console::report_reader::most_lines, "a report is bounded");
    wedgehog::ensure(r.signature.size() < 1024, "a signature is short");
    sum += 1 + r.signature.size();
  }
  return sum;
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static console::classifier const rules;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  wedgehog::ensure(count(rules, text, size / 2) == count(rules, text, size),
                   "where the bytes are cut changes nothing");
  console::event_list events{rules};
  events.feed(text);
  events.finish();
  std::uint64_t line = 0;
  for (auto const& one : events.events()) {
    wedgehog::ensure(one.what.line_number >= line, "events stand in the order of their lines");
    wedgehog::ensure(one.name.alternatives.size() <= 4, "a name has few alternatives");
    line = one.what.line_number;
  }
  return 0;
}
