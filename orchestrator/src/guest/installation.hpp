// How a system is installed from a vendor's medium: the machine that it boots in, and what is said
// to its console until the system disk holds it. Read from images/NAME/install.yaml; the files that
// travel into the medium's system are in images/NAME/install/.
#pragma once

#include <string_view>
#include <vector>

#include "guest/console_dialogue.hpp"
#include "recipe/complaint.hpp"

namespace wedgehog::guest {

struct installation {
  std::uint64_t memory = 0;       // bytes that the machine has meanwhile
  std::uint64_t system_disk = 0;  // bytes of the disk that it is installed on
  std::string disk{};             // the path of the disk with install/, in the medium's system
  talk_plan dialogue{};           // {disk} in it is that path
  std::string off{};              // typed as the last: the machine turns itself off …
  microseconds off_limit{};       // … within
  bool operator==(installation const&) const = default;
};

struct installation_reading {
  installation value{};  // only whole when nothing is complained about
  std::vector<recipe::complaint> complaints{};
};

[[nodiscard]] installation_reading read_installation(std::string_view text);

}  // namespace wedgehog::guest
