#include <fcntl.h>
#include <glob.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "held_program.hpp"

namespace wedgehog::guest {

namespace {

// Bytes that are locked; the mapping stays.
std::uint64_t hold_file(char const* path, std::uint64_t most_bytes) {
  int const fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return 0;
  struct stat about {};
  std::uint64_t held = 0;
  bool const fits = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 &&
                    static_cast<std::uint64_t>(about.st_size) <= most_bytes;
  if (fits) {
    auto const size = static_cast<std::size_t>(about.st_size);
    void* const memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory != MAP_FAILED && mlock(memory, size) == 0) held = size;
  }
  close(fd);
  return held;
}

}  // namespace

std::uint64_t hold_files(std::vector<std::string> const& patterns, std::uint64_t most_bytes) {
  std::uint64_t held = 0;
  for (auto const& pattern : patterns) {
    glob_t found{};
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
      for (std::size_t i = 0; i < found.gl_pathc; ++i)
        held += hold_file(found.gl_pathv[i], most_bytes - held);
    globfree(&found);
  }
  return held;
}

}  // namespace wedgehog::guest
