// What a campaign was begun with must be what it goes on with, or its numbers mix two things. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace wedgehog::cli {

struct campaign_inputs {
  std::map<std::string, std::string> sums;  // of recipes and images, by "recipe FILE", "image NAME"
  std::string file;                         // the text of the campaign's own
};

// What is different now, a sentence for each; empty: nothing is.
[[nodiscard]] std::vector<std::string> changes_of(campaign_inputs const& before,
                                                  campaign_inputs const& now);

}  // namespace wedgehog::cli
