#include "farm/stream/folder_receiver.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/parts.hpp"
#include "folder/checksum.hpp"
#include "folder/files.hpp"
#include "folder/owner.hpp"
#include "folder/record.hpp"

namespace wedgehog::farm::stream {
namespace fs = std::filesystem;

namespace {

result<void> write_at(int file, std::string_view content, std::uint64_t offset,
                      std::string_view path) {
  while (!content.empty()) {
    auto const wrote = ::pwrite(file, content.data(), content.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return system_failure(fmt::format("writing {}", path), wrote < 0 ? errno : EIO);
    content.remove_prefix(static_cast<std::size_t>(wrote));
    offset += static_cast<std::uint64_t>(wrote);
  }
  return {};
}

// What the performer sealed, file by file; judgements are not in the list.
result<void> hold_against(json::object const& manifest, fs::path const& folder) {
  std::vector<folder::artifact> files;
  auto const* const listed = manifest.if_contains("files");
  if (listed == nullptr || !from_json(*listed, files))
    return host_error("the manifest that came from the node has no list of files");
  for (auto const& one : files) {
    if (!folder::stays_inside(one.path))
      return host_error("the manifest that came from the node names a path outside the folder");
    std::error_code failure;
    auto const size = fs::file_size(folder / one.path, failure);
    if (failure || size != one.bytes)
      return host_error(fmt::format("{} did not come whole from its node", one.path));
    if (one.sha256.empty()) continue;
    auto const sum = folder::sha256_of_file(folder / one.path);
    if (!sum) return sum.error();
    if (*sum != one.sha256)
      return host_error(fmt::format("{} has other bytes than on its node", one.path));
  }
  return {};
}

}  // namespace

result<folder_receiver> folder_receiver::into(fs::path folder) {
  loop::descriptor top(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!top) return system_failure("opening " + folder.string(), errno);
  auto const said = json::serialize(to_object(folder::this_process())) + "\n";
  auto const noted = folder::write_document(folder / folder::names::receiver, said);
  if (!noted) return noted.error();
  return folder_receiver(std::move(folder), std::move(top));
}

// Step by step from the top, so that no link is followed.
result<loop::descriptor> folder_receiver::open(std::string_view path, bool begins) {
  loop::descriptor at(::fcntl(top_.get(), F_DUPFD_CLOEXEC, 0));
  auto parts = parts_of(path, '/');
  auto const leaf = std::string(parts.back());
  parts.pop_back();
  for (auto const part : parts) {
    std::string const name(part);
    if (begins && ::mkdirat(at.get(), name.c_str(), 0700) != 0 && errno != EEXIST)
      return system_failure(fmt::format("making the folder of {}", path), errno);
    at = loop::descriptor(
        ::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!at) return system_failure(fmt::format("opening the folder of {}", path), errno);
  }
  int const how = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | (begins ? O_CREAT | O_EXCL : 0);
  loop::descriptor file(::openat(at.get(), leaf.c_str(), how, 0600));
  if (!file) return system_failure(fmt::format("writing {} as it came from a node", path), errno);
  return file;
}

result<void> folder_receiver::take(piece const& what) {
  if (what.path == folder::names::manifest) {
    if (what.offset != manifest_.size() ||
        manifest_.size() + what.content.size() > folder::longest_document)
      return host_error("the manifest that comes from the node is too long, or has holes");
    manifest_ += what.content;
    return {};
  }
  bool const begins = !begun_.contains(what.path);
  auto const file = open(what.path, begins);
  if (!file) return file.error();
  if (begins) begun_.emplace(what.path, true);
  if (!what.content.empty()) return write_at(file->get(), what.content, what.offset, what.path);
  struct stat about {};
  if (::fstat(file->get(), &about) != 0) return system_failure("looking at a file", errno);
  if (static_cast<std::uint64_t>(about.st_size) >= what.offset) return {};
  if (::ftruncate(file->get(), static_cast<off_t>(what.offset)) != 0)
    return system_failure(fmt::format("writing {}", what.path), errno);
  return {};
}

result<void> folder_receiver::seal() {
  boost::system::error_code failure;
  auto const manifest = json::parse(manifest_, failure);
  if (failure || !manifest.is_object())
    return host_error("no manifest came from the node: its performer did not seal the run");
  if (auto whole = hold_against(manifest.get_object(), folder_); !whole) return whole;
  auto const sealed = folder::write_document(folder_ / folder::names::manifest, manifest_);
  if (!sealed) return sealed;
  std::error_code ignored;
  fs::remove(folder_ / folder::names::receiver, ignored);
  return {};
}

}  // namespace wedgehog::farm::stream
