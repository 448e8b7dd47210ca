#include "conductor/template_cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "folder/checksum.hpp"
#include "folder/files.hpp"

namespace wedgehog::conductor {
namespace fs = std::filesystem;

namespace {

constexpr char const* seal_name = "template.json";
constexpr std::size_t key_length = 32;
constexpr std::int64_t known_format = 1;

// What cannot be changed without being seen: whoever writes to a file changes its ctime.
struct stamp {
  std::uint64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  bool operator==(stamp const&) const = default;
};
BOOST_DESCRIBE_STRUCT(stamp, (), (bytes, mtime_ns, ctime_ns, inode))

struct sealed_file {
  std::string name;
  std::string sha256;
  conductor::stamp stamp{};
  bool operator==(sealed_file const&) const = default;
};
BOOST_DESCRIBE_STRUCT(sealed_file, (), (name, sha256, stamp))

struct seal_text {
  std::int64_t format = known_format;
  std::string made_of;
  std::vector<sealed_file> files;
};
BOOST_DESCRIBE_STRUCT(seal_text, (), (format, made_of, files))

std::int64_t in_ns(timespec const& at) {
  return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
}

result<stamp> stamp_of(fs::path const& file) {
  struct stat seen {};
  if (::lstat(file.c_str(), &seen) != 0)
    return system_failure("looking at " + file.string(), errno);
  return stamp{static_cast<std::uint64_t>(seen.st_size), in_ns(seen.st_mtim), in_ns(seen.st_ctim),
               seen.st_ino};
}

// What is wrong with one; empty: nothing.
std::string wrong_with(fs::path const& folder, sealed_file const& one) {
  if (!folder::stays_inside(one.name)) return fmt::format("'{}' is no file of it", one.name);
  auto const now = stamp_of(folder / one.name);
  if (!now) return now.error().message();
  if (now->bytes != one.stamp.bytes)
    return fmt::format("{} has {} bytes instead of {}", one.name, now->bytes, one.stamp.bytes);
  if (*now == one.stamp) return {};
  auto const sum = folder::sha256_of_file(folder / one.name);
  if (!sum) return sum.error().message();
  return *sum == one.sha256 ? std::string()
                            : fmt::format("{} is not what it was when it was sealed", one.name);
}

}  // namespace

std::string template_cache::key_of(std::string const& made_of) {
  return folder::sha256_of_text(made_of).substr(0, key_length);
}

result<loop::descriptor> template_cache::lock(std::string const& key, sharing how) const {
  if (auto made = folder::make_folder(folder_); !made) return made.error();
  auto const path = folder_ / (key + ".lock");
  loop::descriptor held(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!held) return system_failure("opening " + path.string(), errno);
  if (::flock(held.get(), (how == sharing::alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return held;
  if (errno == EWOULDBLOCK || errno == EINTR) return loop::descriptor();
  return system_failure("locking " + path.string(), errno);
}

void template_cache::share(loop::descriptor const& lock) {
  ::flock(lock.get(), LOCK_SH | LOCK_NB);
}

result<loop::descriptor> template_cache::place_to_begin() const {
  auto const places = 2 * std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
  for (long i = 0; i < places; ++i) {
    auto held = lock(fmt::format("beginning-{}", i), sharing::alone);
    if (!held || *held) return held;
  }
  return loop::descriptor();
}

template_cache::state template_cache::look(std::string const& key) const {
  auto const place = place_of(key);
  std::error_code ignored;
  if (!fs::exists(place, ignored)) return {};
  auto const object = folder::read_object(place / seal_name);
  if (!object) return {false, object.error().message()};
  seal_text seal;
  from_object(*object, seal);
  if (seal.format != known_format || seal.files.empty())
    return {false, "its seal is of another format"};
  for (auto const& one : seal.files)
    if (auto wrong = wrong_with(place, one); !wrong.empty()) return {false, std::move(wrong)};
  return {true, {}};
}

void template_cache::note_use(std::string const& key) const {
  ::utimensat(AT_FDCWD, (place_of(key) / seal_name).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

result<fs::path> template_cache::begin(std::string const& key) const {
  auto const place = folder_ / (key + ".new");
  std::error_code ignored;
  fs::remove_all(place, ignored);
  if (auto made = folder::make_folder(place); !made) return made.error();
  return place;
}

result<void> template_cache::seal(std::string const& key, std::string const& made_of) const {
  auto const place = folder_ / (key + ".new");
  seal_text written;
  written.made_of = made_of;
  std::error_code failure;
  for (auto const& each : fs::directory_iterator(place, failure)) {
    if (!each.is_regular_file(failure)) continue;
    auto sum = folder::sha256_of_file(each.path());
    if (!sum) return sum.error();
    auto const seen = stamp_of(each.path());
    if (!seen) return seen.error();
    written.files.push_back({each.path().filename().string(), std::move(*sum), *seen});
  }
  auto const text = json::serialize(to_object(written)) + "\n";
  if (auto done = folder::write_document(place / seal_name, text); !done) return done;
  remove(key);
  fs::rename(place, place_of(key), failure);
  if (failure) return system_failure("naming " + place.string(), failure.value());
  return {};
}

void template_cache::remove(std::string const& key) const {
  std::error_code ignored;
  fs::remove_all(place_of(key), ignored);
}

void template_cache::prune(std::string const& kept) const {
  std::vector<std::pair<std::int64_t, std::string>> all;  // last used first
  std::error_code ignored;
  for (auto const& each : fs::directory_iterator(folder_, ignored)) {
    auto const key = each.path().filename().string();
    if (key.size() != key_length || key == kept || !each.is_directory(ignored)) continue;
    auto const used = stamp_of(each.path() / seal_name);
    all.emplace_back(used ? -used->mtime_ns : 0, key);
  }
  std::sort(all.begin(), all.end());
  for (std::size_t i = most_kept - 1; i < all.size(); ++i)
    if (auto const held = lock(all[i].second, sharing::alone); held && *held) remove(all[i].second);
}

}  // namespace wedgehog::conductor
