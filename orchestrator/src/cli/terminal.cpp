#include "cli/terminal.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace wedgehog::cli {
namespace {

int output_failure = 0;

}  // namespace

void print_text(std::string_view text) {
  if (output_failure != 0) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    output_failure = errno == 0 ? EIO : errno;
}

// Not through stdio: a text is written at once, and never again.
void tell_text(std::string_view text) {
  while (!text.empty()) {
    auto const written = ::write(2, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

int flush_output() {
  errno = 0;
  if (output_failure == 0 && std::fflush(stdout) != 0) output_failure = errno == 0 ? EIO : errno;
  return output_failure;
}

}  // namespace wedgehog::cli
