// What must be there before the first run of a campaign: an accelerator, and every image that its
// cells want, built. What it is made of is noted, so that a resumption can be held to it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "cli/campaign_night.hpp"
#include "folder/run_order.hpp"
#include "loop/clock.hpp"
#include "loop/interruption.hpp"

namespace wedgehog::cli {

struct campaign_stage {
  std::map<std::string, folder::run_order> orders;  // by image: without what only a run has
  std::map<std::string, std::string> sums;          // of recipes and images, as campaign_inputs has
};

// Nothing: it was interrupted. References must outlive it.
loop::awaitable<result<std::optional<campaign_stage>>> stage_campaign(loop::clock& time,
                                                                      loop::interruption& stop,
                                                                      night_request const& asked,
                                                                      common_options const& common);

}  // namespace wedgehog::cli
