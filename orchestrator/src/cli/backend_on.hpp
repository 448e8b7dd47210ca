// What machines can in the place that a person names by --on, found out before anything is started.
#pragma once

#include <string>

#include "vm/chosen_backend.hpp"
#include "vm/hosts.hpp"

namespace wedgehog::cli {

// `on`: a libvirt URI, a backend's name, or nothing. Blame: host, where it cannot be reached;
// recipe, where it is neither.
[[nodiscard]] result<vm::backend_place> backend_on(std::string const& on);

// The host that `on` names in hosts.yaml ($XDG_CONFIG_HOME/wedgehog, or $WEDGEHOG_HOSTS); what is a
// URI, a backend's name or nothing stays as it is, without limits. A relative `disks_tls` begins at
// that file. Blame: recipe.
[[nodiscard]] result<vm::named_host> host_named(std::string const& on);

}  // namespace wedgehog::cli
