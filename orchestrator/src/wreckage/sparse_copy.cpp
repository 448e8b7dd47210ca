#include "wreckage/sparse_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wedgehog::wreckage {
namespace {

constexpr std::size_t block_size = 65536;

bool all_zero(char const* bytes, std::size_t count) {
  return count == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, count - 1) == 0);
}

// Where data begins at or after `from`; `end` when only a hole is left.
off_t next_data(int file, off_t from, off_t end) {
  off_t const at = ::lseek(file, from, SEEK_DATA);
  if (at >= 0) return std::min(at, end);
  return errno == ENXIO ? end : from;  // a file system that knows no holes
}

result<void> finish(std::shared_ptr<sparse_work> const& work) {
  while (!work->done())
    if (auto went = work->go_on(); !went) return went;
  return {};
}

}  // namespace

result<std::shared_ptr<sparse_work>> sparse_work::copy(std::string const& from,
                                                       std::string const& to, part which) {
  std::shared_ptr<sparse_work> work(new sparse_work);
  work->name_ = from;
  work->to_ = to;
  work->source_ = loop::descriptor(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!work->source_) return system_failure("opening " + from, errno);
  work->target_ =
      loop::descriptor(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!work->target_) return system_failure("creating " + to, errno);
  struct stat facts {};
  if (::fstat(work->source_.get(), &facts) != 0) return system_failure("looking at " + from, errno);
  work->part_only_ = which.bytes > 0;
  work->offset_ = which.offset;
  work->size_ = work->part_only_ ? static_cast<long long>(which.bytes) : facts.st_size;
  if (::ftruncate(work->target_.get(), work->size_) != 0)
    return system_failure("sizing " + to, errno);
  work->block_ = std::make_unique<char[]>(block_size);
  return work;
}

result<std::shared_ptr<sparse_work>> sparse_work::dig(std::string const& file) {
  std::shared_ptr<sparse_work> work(new sparse_work);
  work->name_ = file;
  work->source_ = loop::descriptor(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (!work->source_) return system_failure("opening " + file, errno);
  struct stat facts {};
  if (::fstat(work->source_.get(), &facts) != 0) return system_failure("looking at " + file, errno);
  work->size_ = facts.st_size;
  work->block_ = std::make_unique<char[]>(block_size);
  return work;
}

result<void> sparse_work::go_on(std::uint64_t most) {
  for (std::uint64_t read = 0; read < most; read += block_size) {
    if (!part_only_) at_ = next_data(source_.get(), at_, size_);
    if (done()) break;
    if (auto taken = take_block(); !taken) return taken;
  }
  return {};
}

result<void> sparse_work::take_block() {
  auto const most = std::min<long long>(block_size, size_ - at_);
  ssize_t const got = ::pread(source_.get(), block_.get(), static_cast<std::size_t>(most),
                              static_cast<off_t>(offset_) + at_);
  if (got < 0 && errno == EINTR) return {};
  if (got < 0) return system_failure("reading " + name_, errno);
  if (got == 0) {  // it became shorter
    at_ = size_;
    return {};
  }
  auto const count = static_cast<std::size_t>(got);
  if (!all_zero(block_.get(), count)) {
    if (target_)
      if (auto written = write(block_.get(), count); !written) return written;
  } else if (!target_) {
    // A file system without holes keeps the zeroes; nothing is lost.
    ::fallocate(source_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at_, got);
  }
  at_ += got;
  return {};
}

result<void> sparse_work::write(char const* bytes, std::size_t count) {
  for (off_t at = at_; count > 0;) {
    ssize_t const written = ::pwrite(target_.get(), bytes, count, at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("writing " + to_, errno);
    bytes += written;
    at += written;
    count -= static_cast<std::size_t>(written);
  }
  return {};
}

result<void> copy_sparse(std::string const& from, std::string const& to) {
  auto const work = sparse_work::copy(from, to);
  return work ? finish(*work) : work.error();
}

result<void> dig_holes(std::string const& file) {
  auto const work = sparse_work::dig(file);
  return work ? finish(*work) : work.error();
}

}  // namespace wedgehog::wreckage
