// An empty qcow2 image above another: the guest writes into it, and the image below stays as it is.
#pragma once

#include <string>

#include "base/error.hpp"

namespace wedgehog::vm {

// QEMU docs/interop/qcow2.txt, version 3. `base` is a qcow2 image; the overlay has its size. A file
// that is there already is left as it is. Blame: host.
result<void> make_overlay(std::string const& base, std::string const& overlay);

}  // namespace wedgehog::vm
