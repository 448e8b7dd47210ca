#include "loop/small_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/units.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::loop {

result<std::string> read_small_file(std::string const& path, std::size_t most_bytes) {
  auto const unreadable = [&] {
    return recipe_error(fmt::format("{}: {}", path, std::strerror(errno)));
  };
  // Opening a pipe without a writer must not wait for one.
  descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return unreadable();
  struct stat found {};
  if (::fstat(file.get(), &found) != 0) return unreadable();
  if (!S_ISREG(found.st_mode))
    return recipe_error(fmt::format("{} is no ordinary file; name one that holds text", path));
  std::string text;
  // One byte more than allowed tells that there is more.
  while (text.size() <= most_bytes) {
    char piece[16 * 1024];
    auto const count = ::read(file.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable();
    if (count == 0) return text;
    text.append(piece, static_cast<std::size_t>(count));
  }
  return recipe_error(
      fmt::format("{} is longer than {}; name a shorter one", path, print_size(most_bytes)));
}

}  // namespace wedgehog::loop
