#include "folder/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "loop/descriptor.hpp"

namespace wedgehog::folder {
namespace fs = std::filesystem;

namespace {

result<void> write_all(int file, std::string_view content, fs::path const& name) {
  while (!content.empty()) {
    ssize_t const written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("writing " + name.string(), errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

// The file beside its place, with its content on the way to the disk. Its name is of this write
// alone: somebody else may write the same file, and what lies there already may be anything.
result<fs::path> write_beside(fs::path const& file, std::string_view content) {
  static std::atomic<unsigned> writes = 0;
  fs::path const fresh = fmt::format("{}.{}-{}.new", file.string(), ::getpid(), ++writes);
  ::unlink(fresh.c_str());
  loop::descriptor const opened(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!opened) return system_failure("creating " + fresh.string(), errno);
  auto written = write_all(opened.get(), content, fresh);
  if (written && ::fdatasync(opened.get()) != 0)
    written = system_failure("writing " + fresh.string(), errno);
  if (!written) {
    ::unlink(fresh.c_str());
    return written.error();
  }
  return fresh;
}

}  // namespace

result<std::string> read_document(fs::path const& file) {
  // O_NONBLOCK: opening a pipe that nobody writes would wait for ever.
  loop::descriptor const opened(
      ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!opened) return system_failure("opening " + file.string(), errno);
  struct stat about {};
  if (::fstat(opened.get(), &about) != 0)
    return system_failure("looking at " + file.string(), errno);
  if (!S_ISREG(about.st_mode)) return host_error(file.string() + " is not a regular file");
  if (static_cast<std::uint64_t>(about.st_size) > longest_document)
    return host_error(
        fmt::format("{} is larger ({} bytes) than any such file", file.string(), about.st_size));
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    ssize_t const got = ::read(opened.get(), text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading " + file.string(), errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

result<json::object> read_object(fs::path const& file) {
  auto const text = read_document(file);
  if (!text) return text.error();
  boost::system::error_code failed;
  auto value = json::parse(*text, failed);
  if (failed || !value.is_object())
    return host_error(fmt::format("{} is damaged: {}", file.string(),
                                  failed ? failed.message() : "not a JSON object"));
  return std::move(value.get_object());
}

result<void> write_document(fs::path const& file, std::string_view content) {
  auto const fresh = write_beside(file, content);
  if (!fresh) return fresh.error();
  if (::rename(fresh->c_str(), file.c_str()) != 0) {
    int const failure = errno;
    ::unlink(fresh->c_str());
    return system_failure("writing " + file.string(), failure);
  }
  return {};
}

result<bool> create_document(fs::path const& file, std::string_view content) {
  auto const fresh = write_beside(file, content);
  if (!fresh) return fresh.error();
  // link(2) fails where rename(2) would replace.
  bool const made = ::link(fresh->c_str(), file.c_str()) == 0;
  int const failure = errno;
  ::unlink(fresh->c_str());
  if (made) return true;
  if (failure == EEXIST) return false;
  return system_failure("writing " + file.string(), failure);
}

result<void> make_folder(fs::path const& folder) {
  if (auto const above = folder.parent_path(); !above.empty() && above != folder) {
    std::error_code ignored;
    if (!fs::exists(above, ignored))
      if (auto made = make_folder(above); !made) return made;
  }
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return system_failure("creating " + folder.string(), errno);
  std::error_code failure;
  if (!fs::is_directory(folder, failure))
    return host_error(folder.string() + " is in the way: it is no folder");
  return {};
}

bool stays_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.size() > 1024) return false;
  if (std::any_of(path.begin(), path.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return false;
  for (auto const& part : fs::path(path))
    if (part == "..") return false;
  return true;
}

}  // namespace wedgehog::folder
