// The talk with a console as it stands in YAML: `dialogue` and `meanwhile`, the same in every file
// by which a system is changed over its console.
#pragma once

#include "guest/console_dialogue.hpp"
#include "guest/fields.hpp"

namespace wedgehog::guest {

// No step takes longer, and nothing that is waited for after it.
inline constexpr auto longest_step = std::chrono::hours(2);

[[nodiscard]] talk_plan read_talk(fields& from, std::vector<complaint>& complaints);

// The mapping that a whole file is; null, and a complaint, when it is none.
[[nodiscard]] recipe::node_ptr mapping_of(std::string_view text,
                                          std::vector<complaint>& complaints);

}  // namespace wedgehog::guest
