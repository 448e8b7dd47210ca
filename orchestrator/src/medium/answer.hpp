// What a server of HTTP has answered so far, by the headers that curl writes down while it fetches.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wedgehog::medium {

struct answer {
  int status = 0;                        // of the last answer, behind all that only lead on
  std::optional<std::uint64_t> whole{};  // bytes of the whole file, where they are told
};

// Pure. Of headers that are cut, what is whole of them.
[[nodiscard]] answer last_answer(std::string_view headers);

}  // namespace wedgehog::medium
