// An image that is built like another, with a kernel or packages of its own: `build.yaml` beside
// the other images, so that a kernel is known by one word. Ours are written by hand, a user's by
// `image build --name`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "recipe/complaint.hpp"

namespace wedgehog::guest {

struct named_build {
  std::string of{};              // the folder of images/ whose build makes it
  std::string kernel_package{};  // of Debian; this, the next two, or none of them
  std::string kernel{};          // bzImage, an absolute path …
  std::string modules{};         // … and where its modules are
  std::vector<std::string> packages{};
  bool operator==(named_build const&) const = default;
};

struct named_build_reading {
  named_build value{};  // only whole when nothing is complained about
  std::vector<recipe::complaint> complaints{};
};

[[nodiscard]] named_build_reading read_named_build(std::string_view text);
// What read_named_build() reads.
[[nodiscard]] std::string to_text(named_build const& what);

}  // namespace wedgehog::guest
