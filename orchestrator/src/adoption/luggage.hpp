// The disk that brings the agent, and what installs it, into a guest that is being adopted: a tar
// that the guest unpacks over its root.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.hpp"

namespace wedgehog::adoption {

struct luggage {
  std::filesystem::path agent{};   // an executable of the guest's system; empty: …
  std::filesystem::path source{};  // … what it is built from there; both empty: no agent
  std::filesystem::path files{};   // a folder whose files go beside it
};

// All of it lands in /wedgehog. Blame: recipe when a file is missing, host when it cannot be
// written.
result<void> pack_luggage(luggage const& what, std::filesystem::path const& tar);

// By which the agent is known: of its executable, or of all that it is built from. Blame: host.
result<std::string> sum_of_agent(luggage const& what);

}  // namespace wedgehog::adoption
