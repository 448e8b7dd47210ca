// wedgehog campaign report: what a night found, and what is different from another one.
#pragma once

#include <string>

#include "cli/commands.hpp"

namespace wedgehog::cli {

struct night_report_options {
  std::string night = "latest";
  std::string against;
  std::string html;  // files to write, besides what is printed
  std::string junit;
};

int report_campaign(night_report_options const& asked, common_options const& common);

}  // namespace wedgehog::cli
