#include "farm/stream/folder_sender.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "folder/files.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::farm::stream {
namespace fs = std::filesystem;
using namespace folder;

namespace {

bool is_sent_last_or_never(std::string_view path) {
  return path == names::manifest || path == names::order || path == names::room;
}

std::vector<std::string> files_in(fs::path const& folder) {
  std::vector<std::string> all;
  std::error_code failure;
  fs::recursive_directory_iterator each(folder, failure);
  for (; !failure && each != fs::recursive_directory_iterator(); each.increment(failure)) {
    if (each->symlink_status(failure).type() != fs::file_type::regular) continue;
    auto path = each->path().lexically_relative(folder).string();
    if (!is_sent_last_or_never(path)) all.push_back(std::move(path));
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

result<void> write_all(int to, std::string_view bytes, std::chrono::milliseconds patience) {
  while (!bytes.empty()) {
    pollfd ready{.fd = to, .events = POLLOUT, .revents = 0};
    int const asked = ::poll(&ready, 1, static_cast<int>(patience.count()));
    if (asked < 0 && errno == EINTR) continue;
    if (asked == 0) return host_error("nobody takes what is sent to the supervisor any more");
    // A pipe that is ready takes so much without waiting.
    auto const wrote = ::write(to, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (wrote < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (wrote < 0) return system_failure("sending to the supervisor", errno);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

result<void> folder_sender::say(message const& what) {
  return write_all(to_, writer_.frame_of(what), patience_);
}

// From where it was sent to before to where it ends now.
result<void> folder_sender::send(std::string const& path) {
  loop::descriptor const file(
      ::open((folder_ / path).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return {};
  if (!file) return system_failure("reading " + path, errno);
  auto const size = ::lseek(file.get(), 0, SEEK_END);
  if (size < 0) return system_failure("reading " + path, errno);
  auto const known = sent_.find(path);
  auto at = known == sent_.end() ? off_t{0} : static_cast<off_t>(known->second);
  if (known != sent_.end() && at >= size) return {};
  std::string content(largest_piece, '\0');
  while (at < size) {
    auto const data = ::lseek(file.get(), at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // a hole up to its end
    if (data > at) at = data;
    auto const got = ::pread(file.get(), content.data(), content.size(), at);
    if (got < 0) return system_failure("reading " + path, errno);
    if (got == 0) break;
    piece const part{path, static_cast<std::uint64_t>(at),
                     std::string_view(content).substr(0, static_cast<std::size_t>(got))};
    if (auto said = say(part); !said) return said;
    at += got;
  }
  sent_[path] = static_cast<std::uint64_t>(std::max(at, size));
  if (at >= size && size > 0) return {};
  return say(piece{path, static_cast<std::uint64_t>(size), {}});
}

result<void> folder_sender::follow() {
  for (auto const name :
       {names::facts, names::plan, names::recipe, names::timeline, names::performer_log})
    if (auto sent = send(std::string(name)); !sent) return sent;
  return {};
}

result<void> folder_sender::rest() {
  for (auto const& path : files_in(folder_))
    if (auto sent = send(path); !sent) return sent;
  if (auto sent = send(std::string(names::manifest)); !sent) return sent;
  return say(end{});
}

}  // namespace wedgehog::farm::stream
