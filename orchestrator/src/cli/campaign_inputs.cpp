#include "cli/campaign_inputs.hpp"

namespace wedgehog::cli {

std::vector<std::string> changes_of(campaign_inputs const& before, campaign_inputs const& now) {
  std::vector<std::string> changes;
  for (auto const& [what, sum] : before.sums) {
    auto const found = now.sums.find(what);
    if (found == now.sums.end())
      changes.push_back(what + " is not part of it any more");
    else if (found->second != sum)
      changes.push_back(what + " has changed");
  }
  for (auto const& [what, sum] : now.sums)
    if (!before.sums.contains(what)) changes.push_back(what + " is new");
  if (before.file != now.file) changes.push_back("the campaign file has changed");
  return changes;
}

}  // namespace wedgehog::cli
