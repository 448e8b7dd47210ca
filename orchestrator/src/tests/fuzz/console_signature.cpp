// Patterns, frames and task listings from foreign bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "console/digest.hpp"
#include "console/frame.hpp"
#include "console/pattern.hpp"
#include "console/symbol.hpp"
#include "console/transport.hpp"
#include "console/wedge.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog::console;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  (void)read_frame(text);
  (void)plain_function(text);
  printed_line const line = without_prefix(text);
  wedgehog::ensure(text.ends_with(line.words) && line.words.ends_with(line.body),
                   "a prefix is taken off at the front, and nothing else");
  std::string_view const first = text.substr(0, text.find('\n'));
  if (auto const made = pattern::parse(first)) {
    captures found;
    for (std::size_t i = 0; i < text.size() && i < 256; ++i) (void)made->match_at(text, i, found);
  }
  for (auto const& tasks : {read_linux_tasks(text), read_ps_tasks(text), read_illumos_tasks(text),
                            read_procstat_tasks(text), read_ddb_tasks(text)}) {
    wedge const w = wedge_signature(tasks);
    wedgehog::ensure(overlap(w, w) == 1.0, "a wedge is like itself");
    wedgehog::ensure(w.members.size() <= tasks.size(), "no member comes from nowhere");
  }
  for (auto const* collection : {"ps", "vmstat", "dumpchain", "zio", "pools", "faults"})
    wedgehog::ensure(digest_of(collection, text).size() <= 16 * 1024, "a digest is short");
  return 0;
}
