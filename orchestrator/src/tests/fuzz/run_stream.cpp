// Any bytes as the stream of a run from a node: whatever the split, the same is taken of them; no
// path leads out, and no limit is passed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ensure.hpp"
#include "farm/stream/frames.hpp"
#include "folder/files.hpp"

using namespace wedgehog;
using namespace wedgehog::farm::stream;

namespace {

constexpr stream_limits limits{.bytes = 4096, .longest_file = 1 << 20, .files = 3};

struct taker {
  message_reader reader{limits};
  std::string taken;
  std::uint64_t bytes = 0;

  void feed(std::string_view some) {
    (void)reader.feed(some, [this](message const& what) {
      if (auto const* part = std::get_if<piece>(&what)) {
        ensure(folder::stays_inside(part->path), "a path leads out");
        ensure(part->offset + part->content.size() <= limits.longest_file, "a file is too long");
        bytes += part->content.size();
        taken +=
            std::string(part->path) + std::to_string(part->offset) + std::string(part->content);
      }
      taken += static_cast<char>('0' + what.index());
      return result<void>();
    });
    ensure(bytes <= limits.bytes, "more bytes than may come");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const all(reinterpret_cast<char const*>(data), size);
  taker whole;
  taker trickle;
  whole.feed(all);
  for (char const& c : all) trickle.feed({&c, 1});
  ensure(whole.taken == trickle.taken, "the split of the bytes changed what was taken");
  return 0;
}
