#include "archive/pack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/units.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::archive {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t at_once = 256U << 10U;

using writer = std::unique_ptr<struct archive, decltype(&archive_write_free)>;
using entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

class packing {
 public:
  explicit packing(pack_limits const& limits) : limits_(limits), bytes_(at_once) {}

  result<void> open(fs::path const& tar) {
    file_ = loop::descriptor(
        ::open(tar.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_) return system_failure("creating " + tar.string(), errno);
    if (!out_ || archive_write_set_format_gnutar(out_.get()) != ARCHIVE_OK ||
        archive_write_open_fd(out_.get(), file_.get()) != ARCHIVE_OK)
      return trouble("opening the archive");
    return {};
  }

  // A folder is entered, a link is not followed.
  result<void> add(fs::path const& from, std::string const& to) {
    struct stat about {};
    if (::lstat(from.c_str(), &about) != 0)
      return recipe_error(fmt::format("files: {}: {}", from.string(),
                                      std::error_code(errno, std::system_category()).message()));
    if (!S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode) && !S_ISLNK(about.st_mode)) return {};
    if (++entries_ > limits_.entries)
      return recipe_error(fmt::format("files: more than {} files and folders", limits_.entries));
    if (auto written = add_one(from, to, about); !written) return written;
    return S_ISDIR(about.st_mode) ? add_what_is_in(from, to) : result<void>();
  }

  result<void> close() {
    if (archive_write_close(out_.get()) != ARCHIVE_OK) return trouble("ending the archive");
    return {};
  }

  std::vector<packed> take() && { return std::move(all_); }

 private:
  [[nodiscard]] error trouble(std::string_view doing) const {
    char const* const why = archive_error_string(out_.get());
    return host_error(fmt::format("{}: {}", doing, why != nullptr ? why : "libarchive said no"));
  }

  result<void> add_what_is_in(fs::path const& folder, std::string const& to) {
    std::error_code failure;
    std::vector<fs::path> inside;
    for (fs::directory_iterator each(folder, failure); !failure && each != fs::directory_iterator();
         each.increment(failure))
      inside.push_back(each->path());
    if (failure)
      return recipe_error(fmt::format("files: {}: {}", folder.string(), failure.message()));
    std::sort(inside.begin(), inside.end());
    for (auto const& one : inside)
      if (auto added = add(one, to + "/" + one.filename().string()); !added) return added;
    return {};
  }

  result<void> add_one(fs::path const& from, std::string const& to, struct stat const& about) {
    entry one(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(one.get(), to.c_str() + (to.starts_with('/') ? 1 : 0));
    archive_entry_set_mode(one.get(), about.st_mode);
    archive_entry_set_mtime(one.get(), about.st_mtim.tv_sec, 0);
    if (S_ISLNK(about.st_mode)) {
      std::error_code failure;
      auto const target = fs::read_symlink(from, failure);
      if (failure)
        return recipe_error(fmt::format("files: {}: {}", from.string(), failure.message()));
      archive_entry_set_symlink(one.get(), target.c_str());
    }
    if (!S_ISREG(about.st_mode)) return write_header(one);
    loop::descriptor const file(::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    struct stat opened {};
    if (!file || ::fstat(file.get(), &opened) != 0)
      return recipe_error(fmt::format("files: {}: {}", from.string(),
                                      std::error_code(errno, std::system_category()).message()));
    auto const size = static_cast<std::uint64_t>(opened.st_size);
    if (size > limits_.bytes - total_)
      return recipe_error(fmt::format("files: together more than {}, at {}",
                                      describe_size(limits_.bytes), from.string()));
    total_ += size;
    archive_entry_set_size(one.get(), opened.st_size);
    if (auto written = write_header(one); !written) return written;
    if (auto copied = copy(file.get(), size, from); !copied) return copied;
    all_.push_back({from, to, size});
    return {};
  }

  result<void> write_header(entry const& one) {
    if (archive_write_header(out_.get(), one.get()) != ARCHIVE_OK)
      return trouble(fmt::format("packing {}", archive_entry_pathname(one.get())));
    return {};
  }

  result<void> copy(int file, std::uint64_t left, fs::path const& from) {
    while (left > 0) {
      auto const got = ::read(file, bytes_.data(), std::min<std::uint64_t>(left, bytes_.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0)
        return recipe_error(fmt::format("files: {}: it changed while it was read", from.string()));
      if (archive_write_data(out_.get(), bytes_.data(), static_cast<std::size_t>(got)) != got)
        return trouble("packing " + from.string());
      left -= static_cast<std::uint64_t>(got);
    }
    return {};
  }

  pack_limits limits_;
  std::vector<char> bytes_;
  loop::descriptor file_;
  writer out_{archive_write_new(), archive_write_free};
  std::vector<packed> all_;
  std::uint64_t total_ = 0;
  std::size_t entries_ = 0;
};

}  // namespace

result<std::vector<packed>> pack(std::vector<to_pack> const& all, fs::path const& tar,
                                 pack_limits const& limits) {
  packing into(limits);
  if (auto opened = into.open(tar); !opened) return opened.error();
  for (auto const& one : all) {
    std::error_code failure;
    // What the recipe names may be a link; what lies in a folder stays one.
    auto const from = fs::canonical(one.from, failure);
    if (failure)
      return recipe_error(fmt::format("files: {}: {}", one.from.string(), failure.message()));
    if (auto added = into.add(from, one.to); !added) return added.error();
  }
  if (auto closed = into.close(); !closed) return closed.error();
  return std::move(into).take();
}

}  // namespace wedgehog::archive
