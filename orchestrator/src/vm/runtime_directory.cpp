#include "vm/runtime_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/units.hpp"

namespace wedgehog::vm {
namespace {

using namespace std::chrono_literals;

// What a folder of ours begins with, and what its lock says: by both it is known.
constexpr std::string_view prefix = "machine-";
constexpr std::string_view mark = "wedgehog machine, memory ";
constexpr char const* lock_name = "lock";
constexpr char const* memory_name = "ram";
constexpr int most_tries = 100;
constexpr int deepest = 8;
// Others of ours hold it for as long as it takes to make a folder or to look at all of them.
constexpr auto lock_pause = 10ms;
constexpr auto sweep_patience = 5s;

loop::descriptor open_folder(int in, char const* name) {
  return loop::descriptor(
      ::openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
}

// The folder that all machines of this user share. Ours alone, or refused.
result<loop::descriptor> open_top(std::string const& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return system_failure("creating " + path + " (set WEDGEHOG_RUNTIME to a folder on tmpfs)",
                          errno);
  auto top = open_folder(AT_FDCWD, path.c_str());
  if (!top && (errno == ELOOP || errno == ENOTDIR))
    return host_error(path +
                      " is a link or no folder, and guest memory would go where somebody else "
                      "wants: remove it, or set WEDGEHOG_RUNTIME to a folder on tmpfs");
  if (!top) return system_failure("opening " + path, errno);
  struct stat seen {};
  if (::fstat(top.get(), &seen) != 0) return system_failure("looking at " + path, errno);
  if (seen.st_uid != ::geteuid())
    return host_error(
        fmt::format("{} belongs to user {}, who could read guest memory there: "
                    "remove it, or set WEDGEHOG_RUNTIME to a folder of your own",
                    path, seen.st_uid));
  if ((seen.st_mode & 0077U) != 0)
    return host_error(
        fmt::format("{} is open to others (mode {:04o}), who could read guest memory "
                    "there: chmod 0700 {}",
                    path, seen.st_mode & 07777U, path));
  return top;
}

// Between a directory's creation and its lock, another orchestrator's sweep would take it for a
// dead one's. A lock belongs to an open file: each call opens the folder anew.
result<loop::descriptor> keep_others_out(int top, std::string const& path,
                                         std::chrono::milliseconds patience) {
  auto held = open_folder(top, ".");
  if (!held) return system_failure("opening " + path, errno);
  for (auto waited = 0ms; waited <= patience; waited += lock_pause) {
    if (::flock(held.get(), LOCK_EX | LOCK_NB) == 0) return held;
    if (errno != EWOULDBLOCK && errno != EINTR) return system_failure("locking " + path, errno);
    std::this_thread::sleep_for(lock_pause);
  }
  return host_error(fmt::format("another process keeps {} locked (see `fuser -v {}`)", path, path));
}

struct folder_closer {
  void operator()(DIR* open) const { ::closedir(open); }
};

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  auto again = open_folder(folder, ".");
  std::unique_ptr<DIR, folder_closer> const open(again ? ::fdopendir(again.get()) : nullptr);
  if (!open) return names;
  (void)again.release();  // it is the DIR's now
  while (auto const* const entry = ::readdir(open.get())) {
    std::string_view const name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

void remove_all_in(int folder, int depth) {
  for (auto const& name : names_in(folder)) {
    if (::unlinkat(folder, name.c_str(), 0) == 0 || depth == 0) continue;
    if (auto const inner = open_folder(folder, name.c_str())) remove_all_in(inner.get(), depth - 1);
    ::unlinkat(folder, name.c_str(), AT_REMOVEDIR);
  }
}

void remove_machine(int top, std::string const& name) {
  if (auto const folder = open_folder(top, name.c_str())) remove_all_in(folder.get(), deepest);
  ::unlinkat(top, name.c_str(), AT_REMOVEDIR);
}

// What the lock of a machine's folder says that its memory may come to; nothing when the folder
// does not bear our mark.
struct marked {
  loop::descriptor lock;
  std::uint64_t memory = 0;
  std::uint64_t taken = 0;  // of it, now
};
std::optional<marked> look_at(int top, std::string const& name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  auto const folder = open_folder(top, name.c_str());
  if (!folder) return std::nullopt;
  marked seen;
  seen.lock = loop::descriptor(
      ::openat(folder.get(), lock_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 128> text{};
  auto const got = seen.lock ? ::pread(seen.lock.get(), text.data(), text.size(), 0) : -1;
  if (got <= 0) return std::nullopt;
  std::string_view said(text.data(), static_cast<std::size_t>(got));
  if (!said.starts_with(mark)) return std::nullopt;
  said.remove_prefix(mark.size());
  std::from_chars(said.data(), said.data() + said.size(), seen.memory);
  struct stat memory {};
  if (::fstatat(folder.get(), memory_name, &memory, AT_SYMLINK_NOFOLLOW) == 0)
    seen.taken = static_cast<std::uint64_t>(memory.st_blocks) * 512;
  return seen;
}

bool is_owned(marked const& one) {
  return ::flock(one.lock.get(), LOCK_EX | LOCK_NB) != 0;
}

// Memory is sparse: what tmpfs shows as free may be spoken for.
std::uint64_t promised_in(int top) {
  std::uint64_t all = 0;
  for (auto const& name : names_in(top)) {
    auto const one = look_at(top, name);
    if (one && is_owned(*one) && one->memory > one->taken) all += one->memory - one->taken;
  }
  return all;
}

std::string rounded(std::uint64_t bytes) {
  return print_size(bytes >> 20U << 20U);
}

result<void> admit(int top, std::string const& path, std::uint64_t memory_bytes) {
  struct statvfs space {};
  if (::fstatvfs(top, &space) != 0) return system_failure("looking at " + path, errno);
  std::uint64_t const free_bytes = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  auto const promised = promised_in(top);
  if (free_bytes >= promised && free_bytes - promised >= memory_bytes) return {};
  return host_error(fmt::format(
      "{} has {} free, of which machines that run may still take {}; the guest's memory needs {}: "
      "make that tmpfs larger (mount -o remount,size=…), give the machine less memory, or run "
      "fewer machines at once",
      path, rounded(free_bytes), rounded(promised), print_size(memory_bytes)));
}

// Random names are only to keep two machines apart.
result<std::string> make_folder(int top, std::string const& path) {
  for (int i = 0; i < most_tries; ++i) {
    auto name = fmt::format("{}{:x}-{}", prefix, ::getpid(), i);
    if (::mkdirat(top, name.c_str(), 0700) == 0) return name;
    if (errno != EEXIST) return system_failure("creating a directory in " + path, errno);
  }
  return host_error("this process has more machines than names for them in " + path);
}

}  // namespace

std::string runtime_directory::parent() {
  std::string path = fmt::format("/dev/shm/wedgehog-{}", ::getuid());
  if (char const* chosen = std::getenv("WEDGEHOG_RUNTIME"); chosen != nullptr && *chosen != '\0')
    path = chosen;
  // Behind a slash a link would be followed.
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

runtime_directory::runtime_directory(loop::descriptor top, std::string parent, std::string name,
                                     loop::descriptor lock)
    : top_(std::move(top)),
      name_(std::move(name)),
      path_(parent + "/" + name_),
      lock_(std::move(lock)) {}

result<runtime_directory> runtime_directory::make(std::uint64_t memory_bytes,
                                                  std::chrono::milliseconds patience) {
  auto const path = parent();
  auto top = open_top(path);
  if (!top) return top.error();
  auto const alone = keep_others_out(top->get(), path, patience);
  if (!alone) return alone.error();
  if (auto const fits = admit(top->get(), path, memory_bytes); !fits) return fits.error();
  auto const name = make_folder(top->get(), path);
  if (!name) return name.error();
  auto const folder = open_folder(top->get(), name->c_str());
  loop::descriptor lock(folder ? ::openat(folder.get(), lock_name,
                                          O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
                               : -1);
  auto const text = fmt::format("{}{}\n", mark, memory_bytes);
  if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 ||
      ::write(lock.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    auto const failure = errno;
    remove_machine(top->get(), name.value());
    return system_failure("locking " + path + "/" + name.value(), failure);
  }
  return runtime_directory(std::move(top.value()), path, name.value(), std::move(lock));
}

result<void> runtime_directory::promise(std::uint64_t memory_bytes) {
  auto const alone = keep_others_out(top_.get(), path_, sweep_patience);
  if (!alone) return alone.error();
  if (auto const fits = admit(top_.get(), path_, memory_bytes); !fits) return fits.error();
  auto const text = fmt::format("{}{}\n", mark, memory_bytes);
  if (::pwrite(lock_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::ftruncate(lock_.get(), static_cast<off_t>(text.size())) != 0)
    return system_failure("writing to the lock of " + path_, errno);
  return {};
}

runtime_directory& runtime_directory::operator=(runtime_directory&& other) noexcept {
  std::swap(top_, other.top_);
  std::swap(name_, other.name_);
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

runtime_directory::~runtime_directory() {
  if (lock_) remove_machine(top_.get(), name_);
}

int runtime_directory::sweep() {
  auto const top = open_top(parent());
  if (!top) return 0;
  auto const alone = keep_others_out(top->get(), parent(), sweep_patience);
  if (!alone) return 0;
  int swept = 0;
  for (auto const& name : names_in(top->get())) {
    auto const one = look_at(top->get(), name);
    if (!one || is_owned(*one)) continue;
    remove_machine(top->get(), name);
    ++swept;
  }
  return swept;
}

result<std::uint64_t> runtime_directory::promised() {
  auto const top = open_top(parent());
  if (!top) return top.error();
  return promised_in(top->get());
}

}  // namespace wedgehog::vm
