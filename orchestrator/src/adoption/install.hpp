// A system is installed from a vendor's medium: the machine boots the medium beside an empty system
// disk, somebody talks with its console as images/NAME/install.yaml says, and it turns itself off.
#pragma once

#include <string>

#include "adoption/adopt.hpp"

namespace wedgehog::adoption {

struct installing {
  std::string name;         // of the image that it becomes
  std::string kind_folder;  // images/KIND: profile.yaml, install.yaml, install/
  std::string medium;    // what the machine boots from, its loader speaking on the serial console
  std::string place;     // an empty folder for the disk and what is needed meanwhile
  std::string failed;    // the folder of a transcript, when it fails
  bool network = false;  // the machine reaches what this host reaches
};

// The disk with the system, in `place`. When the guest does not do what is expected, the error has
// what was awaited and the console's last words, and the transcript is kept. Blame: recipe for
// install.yaml, guest for the medium's system, host for the rest.
loop::awaitable<result<std::string>> install(workshop const& in, installing const& what);

}  // namespace wedgehog::adoption
