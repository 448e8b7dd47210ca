#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bodies.hpp"

namespace wedgehog::guest {

bool print(int to, std::string_view text) {
  while (!text.empty()) {
    auto const count = write(to, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

int complain(std::string const& what) {
  print(STDERR_FILENO, "wedgehog-agent: " + what + ": " + std::strerror(errno) + "\n");
  return 1;
}

}  // namespace wedgehog::guest
