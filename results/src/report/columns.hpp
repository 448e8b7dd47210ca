// Tables of text for a terminal, and how wide a text is there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wedgehog::report {

// Columns as wide as their widest cell; the last one is not padded. The first row is the head.
[[nodiscard]] std::string straightened(std::vector<std::vector<std::string>> const& rows);

// Columns of a terminal that clean text takes: none for what combines, two for what is wide.
[[nodiscard]] std::size_t width_of(std::string_view text);
// The beginning of clean text that is so wide at most; cut text ends in "~".
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t columns);

}  // namespace wedgehog::report
