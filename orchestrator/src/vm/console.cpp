#include "vm/console.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "loop/within.hpp"

namespace wedgehog::vm {

using namespace std::chrono_literals;

void line_cutter::feed(std::string_view bytes, sink const& out) {
  while (!bytes.empty()) {
    auto const end = bytes.find('\n');
    auto const piece = bytes.substr(0, std::min(end, bound - line_.size()));
    line_ += piece;
    bytes.remove_prefix(piece.size());
    if (!bytes.empty() && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      while (!line_.empty() && line_.back() == '\r') line_.pop_back();
      out(std::exchange(line_, {}), false);
    } else if (line_.size() >= bound) {
      out(std::exchange(line_, {}), true);
    }
  }
}

void line_cutter::flush(sink const& out) {
  if (!line_.empty()) out(std::exchange(line_, {}), true);
}

console_reader::console_reader(loop::asio::any_io_executor const& executor, loop::descriptor file,
                               int watch)
    : file_(std::move(file)), watch_(executor, watch) {}

result<console_reader> console_reader::open(loop::asio::any_io_executor const& executor,
                                            std::string path) {
  // Read and write: giving space back (limit_size) is a write.
  loop::descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return system_failure("opening the console file " + path, errno);
  loop::descriptor watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!watch || ::inotify_add_watch(watch.get(), path.c_str(), IN_MODIFY) < 0)
    return system_failure("watching " + path + " (raise fs.inotify.max_user_instances?)", errno);
  auto const end = ::lseek(file.get(), 0, SEEK_END);
  if (end < 0) return system_failure("finding the end of " + path, errno);
  console_reader made(executor, std::move(file), watch.release());
  made.offset_ = static_cast<std::uint64_t>(end);
  return made;
}

void console_reader::drain(line_cutter::sink const& out) {
  std::array<char, 65536> bytes;
  for (;;) {
    ssize_t const got =
        ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset_));
    if (got <= 0) break;
    offset_ += static_cast<std::uint64_t>(got);
    cutter_.feed({bytes.data(), static_cast<std::size_t>(got)}, out);
  }
  limit_size();
}

void console_reader::finish(line_cutter::sink const& out) {
  drain(out);
  cutter_.flush(out);
}

void console_reader::close() {
  boost::system::error_code ignored;
  watch_.close(ignored);
  file_ = loop::descriptor();
}

void console_reader::limit_size() {
  if (offset_ < 2 * keep + forgotten_ + keep / 4) return;
  std::uint64_t const until = offset_ - keep;
  if (::fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(keep),
                  static_cast<off_t>(until - keep)) == 0)
    forgotten_ = until - keep;
}

loop::awaitable<bool> console_reader::changed() {
  std::array<char, 4096> events;
  co_await watch_.async_wait(loop::asio::posix::stream_descriptor::wait_read,
                             loop::asio::use_awaitable);
  while (::read(watch_.native_handle(), events.data(), events.size()) > 0) {
  }
  co_return true;
}

loop::awaitable<void> console_reader::follow(loop::clock& time, line_cutter::sink out) {
  for (;;) {
    drain(out);
    // A prompt without a line end is a sign of life too: shown once the console has been quiet for
    // a while.
    auto const more = co_await loop::within<bool>(time, 1s, changed());
    if (!more && cutter_.pending()) cutter_.flush(out);
    // Gathers a burst, so that a flood costs few wake-ups.
    if (more) co_await time.sleep_for(20ms);
  }
}

}  // namespace wedgehog::vm
