#include "wreckage/sparse_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "loop/descriptor.hpp"

namespace wedgehog::wreckage {
namespace {

constexpr std::size_t block = 65536;

bool all_zero(char const* bytes, std::size_t count) {
  return count == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, count - 1) == 0);
}

// Calls `take(offset, bytes, count)` for each block of the file.
template <class Take>
result<void> each_block(int file, std::string const& name, Take take) {
  auto const buffer = std::make_unique<char[]>(block);
  for (off_t offset = 0;;) {
    ssize_t const got = ::pread(file, buffer.get(), block, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading " + name, errno);
    if (got == 0) return {};
    if (auto const taken = take(offset, buffer.get(), static_cast<std::size_t>(got)); !taken)
      return taken;
    offset += got;
  }
}

}  // namespace

result<void> copy_sparse(std::string const& from, std::string const& to) {
  loop::descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) return system_failure("opening " + from, errno);
  loop::descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!target) return system_failure("creating " + to, errno);
  struct stat facts {};
  ::fstat(source.get(), &facts);
  if (::ftruncate(target.get(), facts.st_size) != 0) return system_failure("sizing " + to, errno);
  return each_block(source.get(), from,
                    [&](off_t offset, char const* bytes, std::size_t count) -> result<void> {
                      if (all_zero(bytes, count)) return {};
                      while (count > 0) {
                        ssize_t const written = ::pwrite(target.get(), bytes, count, offset);
                        if (written < 0 && errno == EINTR) continue;
                        if (written < 0) return system_failure("writing " + to, errno);
                        bytes += written;
                        offset += written;
                        count -= static_cast<std::size_t>(written);
                      }
                      return {};
                    });
}

result<void> dig_holes(std::string const& name) {
  loop::descriptor file(::open(name.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return system_failure("opening " + name, errno);
  return each_block(file.get(), name,
                    [&](off_t offset, char const* bytes, std::size_t count) -> result<void> {
                      // A file system without holes keeps the zeroes; nothing is lost.
                      if (all_zero(bytes, count))
                        ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
                                    static_cast<off_t>(count));
                      return {};
                    });
}

}  // namespace wedgehog::wreckage
