// images/OS/profile.yaml -> guest::profile, or everything that is wrong with it. Pure: the text is
// passed in.
#pragma once

#include <string_view>
#include <vector>

#include "guest/profile.hpp"
#include "recipe/complaint.hpp"

namespace wedgehog::guest {

struct profile_reading {
  profile value{};  // only whole when nothing is complained about
  std::vector<recipe::complaint> complaints{};
};

// Longer profiles are refused.
inline constexpr std::size_t longest_profile = 64U << 10U;

[[nodiscard]] profile_reading read_profile(std::string_view text);

}  // namespace wedgehog::guest
