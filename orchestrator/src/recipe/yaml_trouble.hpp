// What a person should do about a text that is not YAML. The parser says what it did not expect;
// most often the cause is a text that needed quotes, and that can be told from the line.
#pragma once

#include <string>
#include <string_view>

#include "recipe/complaint.hpp"

namespace wedgehog::recipe {

// `said` is yaml-cpp's message, `where` its position in `text`. Begins with "this is not YAML: ".
[[nodiscard]] std::string explain_yaml_trouble(std::string_view said, position const& where,
                                               std::string_view text);

}  // namespace wedgehog::recipe
