// Campaign files: YAML written by people, checked against the same catalogue as recipes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/campaign.hpp"
#include "recipe/complaint.hpp"

namespace wedgehog::recipe {

struct campaign_outcome {
  plan::campaign campaign{};            // means nothing when there is any complaint
  std::vector<complaint> complaints{};  // in the order of the file; all blame the recipe
};

// Never throws for any text. Whether the recipes are there is not looked at.
[[nodiscard]] campaign_outcome parse_campaign(std::string_view text);

// A recipe has no key `recipes`, and a campaign must.
[[nodiscard]] bool looks_like_campaign(std::string_view text);

}  // namespace wedgehog::recipe
