#include "nbd/backing.hpp"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <tuple>

#include "base/ensure.hpp"
#include "base/units.hpp"

namespace wedgehog::nbd {
namespace {

constexpr std::uint64_t largest_disk = std::uint64_t{1}
                                       << 46U;  // 64 TiB: the map is then 16 GiB, sparse
constexpr std::array<char, 16> overlay_magic = {'w', 'e', 'd', 'g', 'e', 'h', 'o', 'g',
                                                ' ', 'c', 'o', 'w', ' ', '0', '0', '1'};

// The overlay's file: the disk's bytes at their own places, then the map, then this.
struct trailer {
  std::array<char, 16> magic = overlay_magic;
  std::uint64_t disk_size = 0;
  std::uint64_t map_at = 0;
};

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

int read_whole(int file, std::uint64_t offset, std::span<std::byte> into) {
  while (!into.empty()) {
    auto const got = ::pread(file, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) {  // beyond the end of a short image
      std::memset(into.data(), 0, into.size());
      return 0;
    }
    into = into.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return 0;
}

int write_whole(int file, std::uint64_t offset, std::span<std::byte const> from) {
  while (!from.empty()) {
    auto const put = ::pwrite(file, from.data(), from.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    from = from.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return 0;
}

int write_zeros(int file, std::uint64_t offset, std::uint64_t length) {
  static constexpr std::array<std::byte, 65536> zeros{};
  while (length > 0) {
    auto const count = std::min<std::uint64_t>(length, zeros.size());
    if (int const failed = write_whole(file, offset, std::span(zeros).first(count))) return failed;
    offset += count;
    length -= count;
  }
  return 0;
}

std::uint64_t size_of(int file) {
  struct stat facts {};
  if (::fstat(file, &facts) != 0) return 0;
  if (S_ISREG(facts.st_mode)) return static_cast<std::uint64_t>(facts.st_size);
  auto const end = ::lseek(file, 0, SEEK_END);
  return end < 0 ? 0 : static_cast<std::uint64_t>(end);
}

// The kind of byte at `offset` of a file and where that kind ends, at most at `end`.
std::uint64_t data_or_hole(int file, std::uint64_t offset, std::uint64_t end, bool& hole) {
  auto const data = ::lseek(file, static_cast<off_t>(offset), SEEK_DATA);
  if (data < 0) {
    hole = errno == ENXIO;  // only a hole until the end; anything else: cannot tell, so it is data
    return end;
  }
  hole = static_cast<std::uint64_t>(data) > offset;
  if (hole) return std::min(end, static_cast<std::uint64_t>(data));
  auto const next = ::lseek(file, static_cast<off_t>(offset), SEEK_HOLE);
  return next <= data ? end : std::min(end, static_cast<std::uint64_t>(next));
}

}  // namespace

result<std::unique_ptr<backing>> backing::open(backing_options const& options) {
  auto made = std::unique_ptr<backing>(new backing);
  made->size_ = options.size;
  if (!options.base.empty())
    if (auto opened = made->open_base(options); !opened) return opened.error();
  if (made->size_ == 0) return recipe_error("a disk of no size: give it a size or an image");
  if (made->size_ > largest_disk) return recipe_error("a disk of more than 64 TiB");
  if (!options.overlay.empty()) {
    if (auto opened = made->open_overlay(options.overlay); !opened) return opened.error();
  } else if (options.base.empty()) {
    made->ours_ = ::memfd_create("wedgehog disk", MFD_CLOEXEC);
    if (made->ours_ < 0) return system_failure("making a disk in memory", errno);
    if (::ftruncate(made->ours_, static_cast<off_t>(made->size_)) != 0)
      return system_failure("sizing a disk in memory", errno);
  }
  return made;
}

result<void> backing::open_base(backing_options const& options) {
  bool const in_place = options.overlay.empty() && !options.read_only;
  // Not blocking: of a pipe nothing would ever come.
  int const file =
      ::open(options.base.c_str(), (in_place ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return system_failure("opening the disk image " + options.base, errno);
  (in_place ? ours_ : base_) = file;
  if (in_place) path_ = options.base;
  struct stat facts {};
  if (::fstat(file, &facts) != 0 || !(S_ISREG(facts.st_mode) || S_ISBLK(facts.st_mode)))
    return recipe_error("the disk image " + options.base + " is neither a file nor a block device");
  base_size_ = size_of(file);
  if (size_ == 0) size_ = base_size_;
  if (size_ < base_size_)
    return recipe_error("the disk image " + options.base +
                        " is larger than the disk: " + print_size(base_size_) + " against " +
                        print_size(size_) + "; give the disk at least that size");
  if (in_place && size_ > base_size_ && ::ftruncate(file, static_cast<off_t>(size_)) != 0)
    return system_failure("growing the disk image " + options.base, errno);
  return {};
}

std::string backing::where() const {
  struct stat facts {};
  if (path_.empty() || ours_ < 0 || ::fstat(ours_, &facts) != 0) return "memory";
  // Where it is mounted: the topmost folder above the file on the same device.
  std::error_code failed;
  auto mount = std::filesystem::weakly_canonical(path_, failed).parent_path();
  while (mount.has_relative_path()) {
    struct stat above {};
    auto const parent = mount.parent_path();
    if (::stat(parent.c_str(), &above) != 0 || above.st_dev != facts.st_dev) break;
    mount = parent;
  }
  return path_ + " (on the file system at " + (mount.empty() ? "/" : mount.string()) + ")";
}

result<void> backing::grow(std::uint64_t size) {
  if (ours_ < 0) return recipe_error("a disk that is only read cannot grow");
  if (size < size_ || size % sector_size != 0 || size > largest_disk)
    return recipe_error("a disk of " + print_size(size_) + " cannot become one of " +
                        print_size(size) + ": it only grows, by whole sectors");
  if (map_ != nullptr) return grow_overlay(size);
  if (::ftruncate(ours_, static_cast<off_t>(size)) != 0)
    return system_failure("growing the disk's file", errno);
  size_ = size;
  return {};
}

// The map moves behind the new end, and the place where it was becomes a part of the disk, of which
// nothing is ours yet.
result<void> backing::grow_overlay(std::uint64_t size) {
  if (size == size_) return {};
  auto const old = std::tuple(map_, size_, map_size_, map_at_);
  auto const [old_map, old_size, old_map_size, old_map_at] = old;
  auto const old_end = old_map_at + old_map_size + sizeof(trailer);
  size_ = size;
  auto made = make_map();
  if (made) {
    if (map_at_ < old_end) zero_file(map_at_, old_end - map_at_);
    if (int const failed = move_map(old_map, old_map_size))
      made = system_failure("growing the overlay " + path_, failed);
  }
  if (!made) {
    if (map_ != old_map) ::munmap(map_, map_size_);
    std::tie(map_, size_, map_size_, map_at_) = old;
    return made;
  }
  ::munmap(old_map, old_map_size);
  zero_file(old_map_at, std::min(old_end, map_at_) - old_map_at);
  return {};
}

// Into the new map and to its place in the file: what is empty stays without pages, and a hole.
int backing::move_map(std::uint8_t const* from, std::uint64_t size) {
  constexpr std::uint64_t page = 4096;
  static constexpr std::array<std::uint8_t, page> nothing{};
  for (std::uint64_t at = 0; at < size; at += page) {
    auto const count = static_cast<std::size_t>(std::min(page, size - at));
    if (std::memcmp(from + at, nothing.data(), count) == 0) continue;
    std::memcpy(map_ + at, from + at, count);
    if (int const failed =
            write_whole(ours_, map_at_ + at, std::as_bytes(std::span(map_ + at, count))))
      return failed;
  }
  return write_trailer();
}

// A map that was there would be read as one again.
void backing::zero_file(std::uint64_t at, std::uint64_t length) {
  if (length == 0) return;
  if (::fallocate(ours_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(at),
                  static_cast<off_t>(length)) != 0)
    write_zeros(ours_, at, length);
}

backing::~backing() {
  if (map_ != nullptr) ::munmap(map_, map_size_);
  if (base_ >= 0) ::close(base_);
  if (ours_ >= 0) ::close(ours_);
}

// For a disk of size_. Anonymous and not reserved: pages of the map exist once they are touched.
result<void> backing::make_map() {
  auto const size = round_up(round_up(size_, sector_size) / sector_size, 8) / 8;
  auto* const map = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (map == MAP_FAILED) return system_failure("mapping the overlay's map", errno);
  map_ = static_cast<std::uint8_t*>(map);
  map_size_ = size;
  map_at_ = round_up(size_, 4096);
  return {};
}

int backing::write_trailer() {
  trailer const last{.disk_size = size_, .map_at = map_at_};
  return write_whole(ours_, map_at_ + map_size_, std::as_bytes(std::span(&last, 1)));
}

result<void> backing::open_overlay(std::string const& path) {
  if (auto made = make_map(); !made) return made;
  ours_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (ours_ < 0) return system_failure("opening the overlay " + path, errno);
  path_ = path;
  if (size_of(ours_) != 0) return adopt_overlay(path);
  if (int const failed = write_trailer())
    return system_failure("writing the overlay " + path, failed);
  return {};
}

result<void> backing::adopt_overlay(std::string const& path) {
  trailer found;
  int failed = read_whole(ours_, map_at_ + map_size_, std::as_writable_bytes(std::span(&found, 1)));
  if (failed != 0) return system_failure("reading the overlay " + path, failed);
  if (found.magic != overlay_magic || found.disk_size != size_ || found.map_at != map_at_)
    return recipe_error("the overlay " + path + " was not made for a disk of " + print_size(size_) +
                        ": give another path or the right image");
  // Only what is there: a map of holes is not read, so that it stays without pages.
  for (std::uint64_t at = 0; at < map_size_;) {
    bool hole = false;
    auto const end = data_or_hole(ours_, map_at_ + at, map_at_ + map_size_, hole) - map_at_;
    if (!hole)
      failed =
          read_whole(ours_, map_at_ + at, std::as_writable_bytes(std::span(map_ + at, end - at)));
    if (failed != 0) return system_failure("reading the overlay " + path, failed);
    at = end;
  }
  return {};
}

std::uint64_t backing::run_end(std::uint64_t offset, std::uint64_t end, bool& ours) const {
  std::uint64_t sector = offset / sector_size;
  std::uint64_t const last = (end - 1) / sector_size;
  ours = is_ours(sector);
  std::uint8_t const whole = ours ? 0xff : 0;
  while (sector <= last && is_ours(sector) == ours) {
    if (sector % 8 == 0 && map_[sector / 8] == whole)
      sector += 8;
    else
      ++sector;
  }
  return std::min(end, sector * sector_size);
}

int backing::read_base(std::uint64_t offset, std::span<std::byte> into) const {
  std::size_t const there =
      base_ < 0 || offset >= base_size_
          ? 0
          : static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), base_size_ - offset));
  if (there < into.size()) std::memset(into.data() + there, 0, into.size() - there);
  return there == 0 ? 0 : read_whole(base_, offset, into.first(there));
}

int backing::read(std::uint64_t offset, std::span<std::byte> into) {
  if (map_ == nullptr) return ours_ < 0 ? read_base(offset, into) : read_whole(ours_, offset, into);
  std::uint64_t const end = offset + into.size();
  while (offset < end) {
    bool ours = false;
    auto const next = run_end(offset, end, ours);
    auto const part = into.first(static_cast<std::size_t>(next - offset));
    int const failed = ours ? read_whole(ours_, offset, part) : read_base(offset, part);
    if (failed != 0) return failed;
    into = into.subspan(part.size());
    offset = next;
  }
  return 0;
}

int backing::adopt_edge(std::uint64_t sector) {
  if (is_ours(sector)) return 0;
  std::array<std::byte, sector_size> whole;
  auto const at = sector * sector_size;
  auto const part = std::span(whole).first(std::min<std::uint64_t>(sector_size, size_ - at));
  if (int const failed = read_base(at, part)) return failed;
  return write_whole(ours_, at, part);
}

int backing::adopt_edges(std::uint64_t offset, std::uint64_t length) {
  auto const end = offset + length;
  if (offset % sector_size != 0)
    if (int const failed = adopt_edge(offset / sector_size)) return failed;
  if (end % sector_size != 0 && end != size_)
    if (int const failed = adopt_edge(end / sector_size)) return failed;
  return 0;
}

int backing::mark(std::uint64_t offset, std::uint64_t length) {
  std::uint64_t const first = offset / sector_size;
  std::uint64_t const last = (offset + length - 1) / sector_size;
  auto const wanted = [&](std::uint64_t byte) {
    unsigned bits = 0xffU;
    if (byte == first / 8) bits &= 0xffU << (first % 8);
    if (byte == last / 8) bits &= 0xffU >> (7 - last % 8);
    return static_cast<std::uint8_t>(bits | map_[byte]);
  };
  std::uint64_t low = first / 8;
  std::uint64_t high = last / 8;
  while (low <= high && wanted(low) == map_[low]) ++low;
  if (low > high) return 0;
  while (wanted(high) == map_[high]) --high;
  // The file first: when it is full, the map still says what is true.
  std::vector<std::uint8_t> changed;
  for (auto byte = low; byte <= high; ++byte) changed.push_back(wanted(byte));
  if (int const failed = write_whole(ours_, map_at_ + low, std::as_bytes(std::span(changed))))
    return failed;
  std::memcpy(map_ + low, changed.data(), changed.size());
  return 0;
}

int backing::write(std::uint64_t offset, std::span<std::byte const> from, bool) {
  if (from.empty()) return 0;
  if (ours_ < 0) return EPERM;
  if (map_ == nullptr) return write_whole(ours_, offset, from);
  if (int const failed = adopt_edges(offset, from.size())) return failed;
  if (int const failed = write_whole(ours_, offset, from)) return failed;
  return mark(offset, from.size());
}

int backing::zero(std::uint64_t offset, std::uint64_t length, bool allocate, bool) {
  if (length == 0) return 0;
  if (ours_ < 0) return EPERM;
  if (map_ != nullptr)
    if (int const failed = adopt_edges(offset, length)) return failed;
  bool done = false;
  if (!allocate)
    done = ::fallocate(ours_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                       static_cast<off_t>(offset), static_cast<off_t>(length)) == 0;
  else
    done = ::fallocate(ours_, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
                       static_cast<off_t>(offset), static_cast<off_t>(length)) == 0;
  if (!done)
    if (int const failed = write_zeros(ours_, offset, length)) return failed;
  return map_ == nullptr ? 0 : mark(offset, length);
}

std::vector<extent> backing::status(std::uint64_t offset, std::uint64_t length, std::size_t most) {
  std::vector<extent> extents;
  std::uint64_t const end = offset + length;
  while (offset < end && extents.size() < most) {
    std::uint64_t next = end;
    bool ours = true;
    bool hole = false;
    if (map_ != nullptr) next = run_end(offset, end, ours);
    int const file = ours && ours_ >= 0 ? ours_ : base_;
    if (file < 0 || (file == base_ && offset >= base_size_)) {
      hole = true;
    } else {
      if (file == base_) next = std::min(next, base_size_);
      next = data_or_hole(file, offset, next, hole);
    }
    auto const found = static_cast<std::uint32_t>(next - offset);
    if (!extents.empty() && extents.back().hole == hole)
      extents.back().length += found;
    else
      extents.push_back({.length = found, .hole = hole, .zero = hole});
    offset = next;
  }
  return extents;
}

std::uint64_t backing::allocated() const {
  struct stat facts {};
  if (ours_ < 0 || ::fstat(ours_, &facts) != 0) return 0;
  return static_cast<std::uint64_t>(facts.st_blocks) * 512;
}

result<void> backing::copy_to(std::string const& path) const {
  int const source = ours_ >= 0 ? ours_ : base_;
  int const target = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (target < 0) return system_failure("creating the snapshot " + path, errno);
  int failed = 0;
  if (::ioctl(target, FICLONE, source) != 0) {
    auto const end = size_of(source);
    std::vector<std::byte> block(std::size_t{1} << 20U);
    if (::ftruncate(target, static_cast<off_t>(end)) != 0) failed = errno;
    for (std::uint64_t at = 0; at < end && failed == 0;) {
      bool hole = false;
      auto next = data_or_hole(source, at, end, hole);
      if (!hole) {
        next = std::min(next, at + block.size());
        auto const part = std::span(block).first(static_cast<std::size_t>(next - at));
        failed = read_whole(source, at, part);
        if (failed == 0) failed = write_whole(target, at, part);
      }
      at = next;
    }
  }
  ::close(target);
  if (failed != 0) return system_failure("writing the snapshot " + path, failed);
  return {};
}

}  // namespace wedgehog::nbd
