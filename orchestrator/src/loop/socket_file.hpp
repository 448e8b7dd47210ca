// The file that a UNIX socket is bound to. Whoever listens at a path that a person gave must not
// delete what else may be there.
#pragma once

#include <string>

#include "base/error.hpp"

namespace wedgehog::loop {

// Makes room for a socket at `path`: takes away one that was left there. Whether somebody still
// listens on it is for the caller to find out first. Blame: recipe, when something else has that
// name, which stays as it is; host.
result<void> remove_old_socket(std::string const& path);

}  // namespace wedgehog::loop
