// Building and finding guest images.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/places.hpp"
#include "loop/clock.hpp"
#include "vm/image.hpp"

namespace wedgehog::cli {

struct image_options {
  std::string kernel_package;  // Debian package; empty: the cloud kernel
  std::string kernel;          // own bzImage …
  std::string modules;         // … and its modules
};

// Builds when something changed (the build script decides) and reads the result, which no later
// build of whomever changes. Its words go to stderr unless `quiet`. Cancelled, it kills the build.
// Blame: host.
loop::awaitable<result<vm::image>> ensure_image(places where, std::string name,
                                                image_options options, bool quiet);
// Reads what was built before; an error says how to build it.
result<vm::image> built_image(places const& where, std::string const& name);
// Those that have a profile, whether or not anything can build them.
[[nodiscard]] std::vector<std::string> image_names(places const& where);
// It was built before, or there is a script that builds it.
[[nodiscard]] bool can_be_had(places const& where, std::string const& name);
[[nodiscard]] std::string built_folder(places const& where, std::string const& name,
                                       image_options const& options);

}  // namespace wedgehog::cli
