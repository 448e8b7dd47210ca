// Where things are: in a source checkout (the launcher says where) or in an installation.
#pragma once

#include <string>

#include "base/error.hpp"

namespace wedgehog::cli {

struct places {
  std::string images;        // images/ with a folder per guest OS
  std::string recipes;       // the recipes that ship
  std::string agent;         // the guest agent, a static executable
  std::string agent_source;  // what it is built from, where it must be built elsewhere
  std::string cache;         // $XDG_CACHE_HOME/wedgehog
  std::string adopted;  // $XDG_DATA_HOME/wedgehog/images: disks that became images, one folder each
};

// Blame: host.
result<places> find_places();
// What --results says, else the standard place.
result<std::string> results_folder(std::string const& asked);

}  // namespace wedgehog::cli
