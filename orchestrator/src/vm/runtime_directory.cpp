#include "vm/runtime_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/units.hpp"

namespace wedgehog::vm {
namespace fs = std::filesystem;

namespace {

// Between a directory's creation and its lock, another orchestrator's sweep would take it for a
// dead one's.
loop::descriptor keep_others_out(std::string const& top) {
  loop::descriptor held(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (held && ::flock(held.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  return held;
}

}  // namespace

std::string runtime_directory::parent() {
  if (char const* chosen = std::getenv("WEDGEHOG_RUNTIME"); chosen != nullptr && *chosen != '\0')
    return chosen;
  return fmt::format("/dev/shm/wedgehog-{}", ::getuid());
}

result<runtime_directory> runtime_directory::make(std::uint64_t memory_bytes) {
  std::string const top = parent();
  if (::mkdir(top.c_str(), 0700) != 0 && errno != EEXIST)
    return system_failure("creating " + top + " (set WEDGEHOG_RUNTIME to a folder on tmpfs)",
                          errno);
  struct statvfs space {};
  if (::statvfs(top.c_str(), &space) != 0) return system_failure("looking at " + top, errno);
  std::uint64_t const free_bytes = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  if (free_bytes < memory_bytes)
    return host_error(
        fmt::format("{} has {} free, the guest's memory needs {}: make that tmpfs larger (mount -o "
                    "remount,size=…), give the "
                    "machine less memory, or run fewer machines at once",
                    top, print_size(free_bytes >> 20U << 20U), print_size(memory_bytes)));
  auto const alone = keep_others_out(top);
  std::string path = top + "/XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return system_failure("creating a directory in " + top, errno);
  loop::descriptor lock(::open((path + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return system_failure("locking " + path, errno);
  return runtime_directory(std::move(path), std::move(lock));
}

runtime_directory& runtime_directory::operator=(runtime_directory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

runtime_directory::~runtime_directory() {
  std::error_code ignored;
  if (lock_) fs::remove_all(path_, ignored);
}

int runtime_directory::sweep() {
  int swept = 0;
  auto const alone = keep_others_out(parent());
  std::error_code ignored;
  for (auto const& entry : fs::directory_iterator(parent(), ignored)) {
    loop::descriptor lock(::open((entry.path() / "lock").c_str(), O_RDWR | O_CLOEXEC));
    if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;
    fs::remove_all(entry.path(), ignored);
    ++swept;
  }
  return swept;
}

}  // namespace wedgehog::vm
