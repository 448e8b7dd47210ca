// How a disk of somebody's becomes an image: what is said to its console so that the agent is
// installed, and how it is turned off. Read from images/NAME/adopt.yaml; the files that travel with
// the agent are in images/NAME/adopt/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "guest/console_dialogue.hpp"
#include "guest/profile.hpp"
#include "recipe/complaint.hpp"

namespace wedgehog::guest {

// The serial number of the read-only disk that brings the agent.
inline constexpr std::string_view agent_disk = "wedgehog-agent";

struct adoption {
  std::string os = "linux";
  std::uint64_t memory = 0;  // bytes that the machine has meanwhile
  std::string disk{};        // the path of the disk with the agent, before anything is installed
  // From power-on to the agent's installation. {disk} in it is that path, {password} that of the
  // login.
  talk_plan dialogue{};
  std::string off{};           // typed as the last: the guest turns itself off …
  microseconds off_limit{};    // … within
  microseconds ready_limit{};  // from power-on to the agent's first beat
  std::string off_by_agent{};  // the same as a script
  std::string packages{};  // a script: the packages that are installed, one a line; empty: unknown
  bool operator==(adoption const&) const = default;
};

struct adoption_reading {
  adoption value{};  // only whole when nothing is complained about
  std::vector<recipe::complaint> complaints{};
};

[[nodiscard]] adoption_reading read_adoption(std::string_view text);

struct talk_words {
  std::string disk;
  std::string password;
};
// The dialogue with all that is filled in, its limits stretched.
[[nodiscard]] talk_plan filled(talk_plan plan, talk_words const& words, double time_scale);

}  // namespace wedgehog::guest
