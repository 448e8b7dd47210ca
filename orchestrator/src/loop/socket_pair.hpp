// Two connected stream sockets: what is written to one is read from the other.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::loop {

struct socket_pair {
  descriptor ours;
  descriptor theirs;
};

// Blame: host.
inline result<socket_pair> make_socket_pair() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return system_failure("making a pair of sockets", errno);
  return socket_pair{descriptor(ends[0]), descriptor(ends[1])};
}

}  // namespace wedgehog::loop
