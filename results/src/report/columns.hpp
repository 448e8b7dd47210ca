// Tables of text for a terminal.
#pragma once

#include <string>
#include <vector>

namespace wedgehog::report {

// Columns as wide as their widest cell; the last one is not padded. The first row is the head.
[[nodiscard]] std::string straightened(std::vector<std::vector<std::string>> const& rows);

}  // namespace wedgehog::report
