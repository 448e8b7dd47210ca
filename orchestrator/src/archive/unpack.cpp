#include "archive/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <vector>

#include "base/units.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::archive {
namespace fs = std::filesystem;

namespace {

using reader = std::unique_ptr<struct archive, decltype(&archive_read_free)>;

constexpr std::size_t piece_size = 256U << 10U;
constexpr std::size_t longest_shown = 200;
constexpr std::size_t most_parts = 64;

std::string shown(std::string_view text) {
  std::string safe;
  for (char const c : text.substr(0, longest_shown)) safe += c >= ' ' && c < 127 ? c : '?';
  return safe;
}

// "a/../../etc" and "" give nothing; "/var/log/x" gives var, log, x.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    auto const part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part == ".." || part.size() > 255 || parts.size() == most_parts) return {};
    parts.emplace_back(part);
  }
  return parts;
}

class unpacking {
 public:
  unpacking(reader& from, unpack_limits const& limits)
      : from_(from), limits_(limits), bytes_(piece_size) {}

  result<void> begin(fs::path const& into) {
    if (::mkdir(into.c_str(), 0700) != 0 && errno != EEXIST)
      return system_failure("creating " + into.string(), errno);
    top_ = loop::descriptor(::open(into.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!top_) return system_failure("opening " + into.string(), errno);
    return {};
  }

  result<void> take(archive_entry* one) {
    char const* const name = archive_entry_pathname(one);
    std::string_view const path = name != nullptr ? name : "";
    auto const kind = archive_entry_filetype(one);
    auto parts = parts_of(path);
    bool const linked = archive_entry_hardlink(one) != nullptr;
    if (parts.empty() && kind == AE_IFDIR) return {};  // "./"
    if (parts.empty()) return leave_out(path, "its path leads nowhere");
    if (linked || (kind != AE_IFREG && kind != AE_IFDIR))
      return leave_out(path, "it is neither a file nor a folder");
    if (made_.files + folders_ >= limits_.entries)
      return leave_out(path, fmt::format("there are more than {}", limits_.entries));
    if (kind == AE_IFDIR) {
      if (folder(parts, path)) ++folders_;
      return {};
    }
    auto const leaf = std::move(parts.back());
    parts.pop_back();
    auto const in = folder(parts, path);
    if (!in) return {};
    return file(in->get(), leaf, path);
  }

  void end_early(std::string why) {
    if (made_.why.empty()) made_.why = std::move(why);
    ++made_.left_out;
  }

  unpacked take() && { return std::move(made_); }

 private:
  result<void> leave_out(std::string_view path, std::string_view why) {
    end_early(fmt::format("{}: {}", shown(path), why));
    return {};
  }

  // The folder, made where it is missing, step by step from the top: no link is followed.
  std::optional<loop::descriptor> folder(std::vector<std::string> const& parts,
                                         std::string_view path) {
    loop::descriptor at(::fcntl(top_.get(), F_DUPFD_CLOEXEC, 0));
    for (auto const& part : parts) {
      (void)::mkdirat(at.get(), part.c_str(), 0700);
      at = loop::descriptor(
          ::openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!at) break;
    }
    if (at) return at;
    (void)leave_out(path, "a folder above it could not be made");
    return std::nullopt;
  }

  result<void> file(int in, std::string const& leaf, std::string_view path) {
    loop::descriptor const out(
        ::openat(in, leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!out && (errno == EEXIST || errno == EISDIR))
      return leave_out(path, "there is one already");
    if (!out) return system_failure("creating " + shown(path), errno);
    ++made_.files;
    for (;;) {
      auto const got = archive_read_data(from_.get(), bytes_.data(), bytes_.size());
      if (got == 0) return {};
      if (got < 0) return leave_out(path, "it is cut");
      auto const room = limits_.bytes - made_.bytes;
      auto const some = std::min(static_cast<std::uint64_t>(got), room);
      if (auto kept = write(out.get(), some, path); !kept) return kept;
      if (some < static_cast<std::uint64_t>(got))
        return leave_out(
            path, fmt::format("all together are more than {}", describe_size(limits_.bytes)));
    }
  }

  result<void> write(int out, std::uint64_t count, std::string_view path) {
    std::uint64_t done = 0;
    while (done < count) {
      auto const wrote = ::write(out, bytes_.data() + done, count - done);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return system_failure("writing " + shown(path), errno);
      done += static_cast<std::uint64_t>(wrote);
    }
    made_.bytes += count;
    return {};
  }

  reader& from_;
  unpack_limits limits_;
  std::vector<char> bytes_;
  loop::descriptor top_;
  unpacked made_;
  std::size_t folders_ = 0;
};

}  // namespace

result<unpacked> unpack(fs::path const& tar, fs::path const& into, unpack_limits const& limits) {
  reader from(archive_read_new(), archive_read_free);
  if (!from || archive_read_support_format_tar(from.get()) != ARCHIVE_OK ||
      archive_read_support_format_empty(from.get()) != ARCHIVE_OK)
    return host_error("libarchive cannot read tar");
  loop::descriptor const file(::open(tar.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return system_failure("opening " + tar.string(), errno);
  unpacking work(from, limits);
  if (auto begun = work.begin(into); !begun) return begun.error();
  bool const opened = archive_read_open_fd(from.get(), file.get(), piece_size) == ARCHIVE_OK;
  for (;;) {
    archive_entry* one = nullptr;
    int const got = opened ? archive_read_next_header(from.get(), &one) : ARCHIVE_FATAL;
    if (got == ARCHIVE_EOF) break;
    if (got < ARCHIVE_WARN || one == nullptr) {
      work.end_early("the archive ends too early or is damaged");
      break;
    }
    if (auto taken = work.take(one); !taken) return taken.error();
  }
  return std::move(work).take();
}

}  // namespace wedgehog::archive
