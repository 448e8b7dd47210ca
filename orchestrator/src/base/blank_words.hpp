// A line's words: what stands between blanks and tabs. Most tables that kernels print have no other
// columns.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace wedgehog {

// The first `most`; the rest of a line that no table would print is not of interest.
[[nodiscard]] std::vector<std::string_view> blank_words(std::string_view line,
                                                        std::size_t most = 64);

}  // namespace wedgehog
