#include "farm/stream/node_place.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "folder/files.hpp"

namespace wedgehog::farm::stream {
namespace fs = std::filesystem;

namespace {

// Under its final name a place is locked as long as its owner lives.
constexpr std::string_view unlocked = "wedgehog-order-";
constexpr std::string_view locked = "wedgehog-stream-";

loop::descriptor opened(fs::path const& folder) {
  return loop::descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

void remove_what_the_killed_left(fs::path const& below) {
  std::error_code failure;
  for (fs::directory_iterator each(below, failure); !failure && each != fs::directory_iterator();
       each.increment(failure)) {
    if (!each->path().filename().string().starts_with(locked)) continue;
    auto const place = opened(each->path());
    struct stat about {};
    std::error_code ignored;
    if (place && ::fstat(place.get(), &about) == 0 && about.st_uid == ::geteuid() &&
        ::flock(place.get(), LOCK_EX | LOCK_NB) == 0)
      fs::remove_all(each->path(), ignored);
  }
}

}  // namespace

result<node_place> node_place::make(fs::path const& below) {
  remove_what_the_killed_left(below);
  auto pattern = (below / (std::string(unlocked) + "XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return system_failure("creating a directory in " + below.string(), errno);
  auto lock = opened(pattern);
  auto const name = std::string(locked) + pattern.substr(pattern.size() - 6);
  if (!lock || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 ||
      ::rename(pattern.c_str(), (below / name).c_str()) != 0)
    return system_failure("locking " + pattern, errno);
  return node_place(below / name, std::move(lock));
}

node_place::~node_place() {
  std::error_code ignored;
  if (lock_) fs::remove_all(path_, ignored);
}

stream_limits limits_of_order() {
  return {.bytes = folder::longest_document, .longest_file = folder::longest_document, .files = 1};
}

result<fs::path> receive_order(int from, node_place const& place, message_reader& reader) {
  std::string order;
  auto const take = [&order](message const& what) -> result<void> {
    auto const* part = std::get_if<piece>(&what);
    if (part == nullptr) return {};
    if (part->path != folder::names::order || part->offset != order.size())
      return host_error("something else than an order came from the supervisor");
    order += part->content;
    return {};
  };
  std::array<char, 64U << 10U> bytes;
  while (!reader.ended()) {
    auto const got = ::read(from, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading the order", errno);
    if (got == 0) return host_error("no order came on standard input: who started this is gone");
    auto const fed = reader.feed({bytes.data(), static_cast<std::size_t>(got)}, take);
    if (!fed) return fed.error();
  }
  auto const folder = place.path() / reader.opened()->run;
  if (auto made = folder::make_folder(folder); !made) return made.error();
  auto const kept = folder::write_document(folder / folder::names::order, order);
  if (!kept) return kept.error();
  return folder;
}

}  // namespace wedgehog::farm::stream
