#include "store/locations.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "folder/checksum.hpp"
#include "folder/files.hpp"
#include "folder/run_reader.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::store {
namespace fs = std::filesystem;

namespace {

result<void> copy_data(int from, int to, off_t at, off_t end, fs::path const& name) {
  while (at < end) {
    off_t in = at;
    off_t out = at;
    auto const step = ::copy_file_range(from, &in, to, &out, static_cast<std::size_t>(end - at), 0);
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) return system_failure("copying " + name.string(), errno);
    if (step == 0) break;  // it became shorter
    at += step;
  }
  return {};
}

result<void> copy_regular_file(fs::path const& from, fs::path const& to) {
  loop::descriptor const source(
      ::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat about {};
  if (!source || ::fstat(source.get(), &about) != 0)
    return system_failure("opening " + from.string(), errno);
  loop::descriptor const target(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!target || ::ftruncate(target.get(), about.st_size) != 0)
    return system_failure("creating " + to.string(), errno);
  for (off_t at = 0; at < about.st_size;) {
    off_t const data = ::lseek(source.get(), at, SEEK_DATA);
    if (data < 0) break;  // only a hole is left
    off_t const hole = ::lseek(source.get(), data, SEEK_HOLE);
    off_t const end = hole < 0 ? about.st_size : std::min(hole, about.st_size);
    if (auto copied = copy_data(source.get(), target.get(), data, end, from); !copied)
      return copied;
    at = end;
  }
  timespec const times[2] = {about.st_atim, about.st_mtim};
  ::futimens(target.get(), times);
  return {};
}

result<void> copy_files(fs::path const& from, fs::path const& to) {
  if (auto made = folder::make_folder(to); !made) return made;
  std::error_code failure;
  fs::recursive_directory_iterator each(from, failure);
  for (; !failure && each != fs::recursive_directory_iterator(); each.increment(failure)) {
    auto const kind = each->symlink_status(failure).type();
    auto const place = to / each->path().lexically_relative(from);
    auto copied = result<void>();
    if (kind == fs::file_type::directory) copied = folder::make_folder(place);
    if (kind == fs::file_type::regular) copied = copy_regular_file(each->path(), place);
    if (!copied) return copied;
  }
  if (failure)
    return host_error(fmt::format("looking through {}: {}", from.string(), failure.message()));
  return {};
}

}  // namespace

moment last_heard_of(fs::path const& folder, moment otherwise) {
  for (auto const name : {folder::names::timeline, folder::names::facts}) {
    std::error_code failure;
    auto const when = fs::last_write_time(folder / name, failure);
    // Not before it began, though the host's clock may have been set back since.
    if (!failure)
      return std::max(otherwise, std::chrono::time_point_cast<std::chrono::milliseconds>(
                                     std::chrono::file_clock::to_sys(when)));
  }
  return otherwise;
}

bool holds(fs::path const& folder, stored_run const& run) {
  auto const facts = folder::read_object(folder / folder::names::facts);
  return !facts || text_at(*facts, "uid") == run.facts.uid || run.facts.uid == derived_uid(folder);
}

std::string derived_uid(fs::path const& folder) {
  // Both never change once they are there; what was told is there first.
  auto told = folder::read_document(folder / folder::names::order);
  if (!told) told = folder::read_document(folder / folder::names::plan);
  std::error_code failure;
  auto const place = fs::weakly_canonical(folder, failure);
  auto const text = (failure ? folder : place).string() + '\n' + (told ? *told : "");
  return folder::sha256_of_text(text).substr(0, 32);
}

std::string better_place(std::string const& a, std::string const& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  bool const here = a.front() != '/';
  if (here != (b.front() != '/')) return here ? a : b;
  return std::min(a, b);
}

std::vector<fs::path> folders_of_runs(fs::path const& root) {
  std::vector<fs::path> found;
  std::error_code failure;
  fs::directory_iterator each(root / "runs", failure);
  for (; !failure && each != fs::directory_iterator(); each.increment(failure)) {
    // Not through a link: what it names would be another's.
    bool const folder = each->symlink_status(failure).type() == fs::file_type::directory;
    if (folder && !each->path().filename().string().starts_with(".") &&
        folder::holds_run(each->path()))
      found.push_back(each->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

result<void> copy_folder(fs::path const& from, fs::path const& to) {
  if (auto made = folder::make_folder(to.parent_path()); !made) return made;
  auto const half = to.parent_path() / fmt::format(".{}.{}", to.filename().string(), ::getpid());
  auto copied = copy_files(from, half);
  std::error_code failure;
  if (copied) fs::rename(half, to, failure);
  if (copied && failure)
    copied = host_error(fmt::format("naming {}: {}", to.string(), failure.message()));
  if (!copied) fs::remove_all(half, failure);
  return copied;
}

}  // namespace wedgehog::store
