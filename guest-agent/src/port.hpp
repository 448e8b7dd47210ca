// The line to the host: opened from the command line's choice, made non-blocking and, when it is a
// terminal, raw.
#pragma once

#include <string>

namespace wedgehog::guest {

struct port {
  int in = -1;
  int out = -1;
  // A virtio port or a UART: end of file only means that nobody listens on the host for now. For a
  // socket or pipe it is the end, and the agent with it.
  bool lasting = false;
  // A UART: some 11 KiB a second. What waits to be written is kept short.
  bool slow = false;
};

// A virtio port or a terminal. False with the reason.
bool open_device(std::string const& path, port& opened, std::string& why);
// Listens on a UNIX socket and takes one connection (for tests on the host).
bool accept_socket(std::string const& path, port& opened, std::string& why);
bool use_standard_streams(port& opened);

}  // namespace wedgehog::guest
