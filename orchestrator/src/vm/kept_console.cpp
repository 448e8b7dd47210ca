#include "vm/kept_console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace wedgehog::vm {

std::uint64_t keep_ends(int file, std::uint64_t size, std::uint64_t before) {
  if (size < 2 * console_kept + before + console_kept / 4) return before;
  std::uint64_t const until = size - console_kept;
  bool const given =
      ::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  static_cast<off_t>(console_kept), static_cast<off_t>(until - console_kept)) == 0;
  return given ? until - console_kept : before;
}

result<kept_console> kept_console::open(std::string const& path) {
  kept_console made;
  made.file_ =
      loop::descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!made.file_) return system_failure("opening the console file " + path, errno);
  auto const end = ::lseek(made.file_.get(), 0, SEEK_END);
  if (end < 0) return system_failure("finding the end of " + path, errno);
  made.begin_ = made.size_ = static_cast<std::uint64_t>(end);
  return made;
}

void kept_console::append(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    ssize_t const put = ::write(file_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  forgotten_ = keep_ends(file_.get(), size_, forgotten_);
}

}  // namespace wedgehog::vm
