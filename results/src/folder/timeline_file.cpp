#include "folder/timeline_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <memory>

#include "folder/pack.hpp"

namespace wedgehog::folder {
namespace fs = std::filesystem;

namespace {

constexpr int level = 3;
// RFC 8878, 3.1.1: the magic number of a frame, little endian.
constexpr std::string_view magic("\x28\xb5\x2f\xfd", 4);
// Ours are of 64 KiB of text or a little more; whoever claims more is damaged.
constexpr std::size_t largest_piece = 16U << 20U;
constexpr std::size_t read_at_once = 1U << 20U;

// Of a frame whose end is missing: what its whole blocks hold.
std::string beginning_of(std::string_view frame) {
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> const context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  std::string text;
  std::string room(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  while (context != nullptr && text.size() < largest_piece) {
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    auto const left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left) != 0) break;
    text.append(room.data(), out.pos);
    if (left == 0 || (in.pos == in.size && out.pos < out.size)) break;
  }
  return text;
}

// Reads what is whole at the front of `bytes`; returns how much of it is done with. `last`: nothing
// follows them.
std::size_t take_pieces(std::string_view bytes, bool last, timeline_extent& extent,
                        std::function<void(std::string_view)> const& take) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    auto const rest = bytes.substr(done);
    auto const size = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
    if (ZSTD_isError(size) == 0) {
      if (auto const text = unpack(rest.substr(0, size))) {
        ++extent.pieces;
        take(*text);
      } else {
        ++extent.damaged;
      }
      done += size;
      continue;
    }
    bool const begins = rest.starts_with(magic.substr(0, rest.size()));
    if (begins && !last && rest.size() < largest_piece) return done;
    auto const next = rest.find(magic, 1);
    if (next != std::string_view::npos) {
      ++extent.damaged;
      done += next;
      continue;
    }
    // A number that is cut by the end of `bytes` may go on.
    if (!last) return begins ? done : bytes.size() - std::min(magic.size(), rest.size());
    if (begins) {
      extent.cut_short = true;
      if (auto const text = beginning_of(rest); !text.empty()) take(text);
    } else {
      ++extent.damaged;
    }
    return bytes.size();
  }
  return done;
}

}  // namespace

result<timeline_writer> timeline_writer::open(fs::path file) {
  loop::descriptor opened(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!opened) return system_failure("creating " + file.string(), errno);
  struct stat about {};
  if (::fstat(opened.get(), &about) != 0)
    return system_failure("looking at " + file.string(), errno);
  return timeline_writer(std::move(file), std::move(opened),
                         static_cast<std::uint64_t>(about.st_size));
}

result<void> timeline_writer::append(std::string_view lines) {
  auto const packed = pack(lines, level);
  std::string_view rest = packed;
  while (!rest.empty()) {
    ssize_t const written = ::write(opened_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      int const failure = errno;
      [[maybe_unused]] int const ignored = ::ftruncate(opened_.get(), static_cast<off_t>(bytes_));
      return system_failure("writing " + file_.string(), failure);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  bytes_ += packed.size();
  return {};
}

result<void> timeline_writer::flush() {
  if (::fdatasync(opened_.get()) != 0) return system_failure("writing " + file_.string(), errno);
  return {};
}

timeline_extent each_timeline_piece(std::string_view bytes,
                                    std::function<void(std::string_view)> const& take) {
  timeline_extent extent;
  take_pieces(bytes, true, extent, take);
  return extent;
}

result<timeline_extent> each_timeline_piece(fs::path const& file,
                                            std::function<void(std::string_view)> const& take) {
  loop::descriptor const opened(
      ::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!opened) return system_failure("opening " + file.string(), errno);
  struct stat about {};
  if (::fstat(opened.get(), &about) != 0 || !S_ISREG(about.st_mode))
    return host_error(file.string() + " is not a regular file");
  timeline_extent extent;
  std::string buffer;
  std::string room(read_at_once, '\0');
  for (;;) {
    ssize_t const got = ::read(opened.get(), room.data(), room.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading " + file.string(), errno);
    buffer.append(room.data(), static_cast<std::size_t>(got));
    buffer.erase(0, take_pieces(buffer, got == 0, extent, take));
    if (got == 0) return extent;
  }
}

result<timeline_extent> timeline_follower::read_on(
    std::function<void(std::string_view)> const& take) {
  timeline_extent extent;
  loop::descriptor const opened(
      ::open(file_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!opened && errno == ENOENT) return extent;
  if (!opened) return system_failure("opening " + file_.string(), errno);
  std::string buffer;
  std::string room(read_at_once, '\0');
  for (;;) {
    ssize_t const got =
        ::pread(opened.get(), room.data(), room.size(), static_cast<off_t>(done_ + buffer.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading " + file_.string(), errno);
    if (got == 0) return extent;
    buffer.append(room.data(), static_cast<std::size_t>(got));
    auto const taken = take_pieces(buffer, false, extent, take);
    done_ += taken;
    buffer.erase(0, taken);
  }
}

}  // namespace wedgehog::folder
