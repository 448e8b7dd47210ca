#include "vm/direct/console.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "base/ensure.hpp"
#include "loop/race.hpp"
#include "loop/within.hpp"
#include "vm/kept_console.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::vm::direct {

using namespace std::chrono_literals;
using loop::asio::local::stream_protocol;

namespace {

constexpr auto break_limit = 2s;
// A guest that is stopped takes nothing, and whoever types to it must not wait for ever.
constexpr auto taking_limit = 5s;
constexpr auto taking_pause = 2ms;
// After so long a prompt without a line end is shown.
constexpr auto quiet = 1s;
// Of a file that the kernel does not watch for us.
constexpr auto look_period = 200ms;

class socket_keyboard final : public keyboard {
 public:
  socket_keyboard(stream_protocol::socket& line, qmp::client* monitor)
      : line_(line), monitor_(monitor) {}

  loop::awaitable<result<void>> write(std::string bytes) override {
    boost::system::error_code failed;
    auto const all = boost::asio::buffer(bytes);
    co_await boost::asio::async_write(
        line_, all, boost::asio::redirect_error(boost::asio::use_awaitable, failed));
    co_await boost::asio::this_coro::throw_if_cancelled(true);
    if (failed) co_return system_failure("typing at the console", failed.value());
    co_return result<void>();
  }
  void listen(std::function<void(std::string_view)> hear) override { hear_ = std::move(hear); }
  void heard(std::string_view text) {
    if (hear_) hear_(text);
  }
  loop::awaitable<result<void>> send_break() override {
    ensure(monitor_ != nullptr, "a break goes through the monitor");
    json::object const line{{"id", monitor_names().console_line}};
    auto const sent = co_await monitor_->execute("chardev-send-break", line, break_limit);
    if (!sent) co_return sent.error();
    co_return result<void>();
  }

 private:
  stream_protocol::socket& line_;
  qmp::client* monitor_;
  std::function<void(std::string_view)> hear_;
};

// Whoever opens the console's socket must read it, or QEMU holds the guest's output back. What
// comes is in the console's file already.
loop::awaitable<void> read_away(stream_protocol::socket& from, socket_keyboard& keys) {
  std::array<char, 4096> bytes;
  boost::system::error_code failed;
  while (!failed) {
    auto const got = co_await from.async_read_some(
        boost::asio::buffer(bytes),
        boost::asio::redirect_error(boost::asio::use_awaitable, failed));
    keys.heard({bytes.data(), got});
  }
}

// QEMU takes what is typed at the pace of the guest's UART, a few bytes at a time, and forgets the
// rest when the line is hung up.
loop::awaitable<void> wait_until_taken(loop::clock& time, int line) {
  auto const until = time.now() + taking_limit;
  for (int left = 1; time.now() < until;) {
    if (::ioctl(line, SIOCOUTQ, &left) != 0 || left == 0) co_return;
    co_await time.sleep_for(taking_pause);
  }
}

loop::awaitable<void> sit_down(serial_console::typing const& work, keyboard& keys,
                               result<void>& outcome, loop::clock& time, int line) {
  outcome = co_await work(keys);
  if (outcome) co_await wait_until_taken(time, line);
}

}  // namespace

result<console> console::open(loop::asio::any_io_executor const& executor, loop::clock& time,
                              std::string path, std::string socket) {
  // Read and write: giving space back (limit_size) is a write.
  loop::descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return system_failure("opening the console file " + path, errno);
  auto const end = ::lseek(file.get(), 0, SEEK_END);
  if (end < 0) return system_failure("finding the end of " + path, errno);
  console made(time, std::move(file));
  made.socket_ = std::move(socket);
  made.grown_ = std::make_unique<loop::mailbox<bool>>(executor, 1);
  // A user has so many instances of inotify, and a machine is worth more than one of them: without,
  // the file is looked at from time to time.
  auto watching = growing_files::of(executor).watch(
      executor, path, [bell = made.grown_.get()] { bell->push(true); });
  made.watched_ = watching.has_value();
  if (watching) made.watching_ = std::move(watching.value());
  made.offset_ = static_cast<std::uint64_t>(end);
  return made;
}

void console::drain(line_cutter::sink const& out) {
  std::array<char, 65536> bytes;
  for (;;) {
    ssize_t const got =
        ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset_));
    if (got <= 0) break;
    offset_ += static_cast<std::uint64_t>(got);
    cutter_.feed({bytes.data(), static_cast<std::size_t>(got)}, out);
  }
  forgotten_ = keep_ends(file_.get(), offset_, forgotten_);
}

void console::finish(line_cutter::sink const& out) {
  drain(out);
  cutter_.flush(out);
}

void console::close() {
  watching_ = growing_files::watching();
  file_ = loop::descriptor();
}

loop::awaitable<result<void>> console::type(typing const& work) {
  stream_protocol::socket line(co_await loop::asio::this_coro::executor);
  boost::system::error_code failed;
  line.connect(stream_protocol::endpoint(socket_), failed);
  if (failed) co_return system_failure("opening the console's socket", failed.value());
  socket_keyboard keys(line, monitor_);
  result<void> outcome = host_error("QEMU closed the console's socket");
  std::vector<loop::awaitable<void>> both;
  both.push_back(sit_down(work, keys, outcome, *time_, line.native_handle()));
  both.push_back(read_away(line, keys));
  co_await loop::race(std::move(both));
  co_return outcome;
}

loop::awaitable<bool> console::changed() {
  auto const told = co_await grown_->receive();
  co_return told.has_value();
}

loop::awaitable<void> console::follow(line_cutter::sink out) {
  auto seen = offset_;
  auto quiet_since = time_->now();
  for (;;) {
    drain(out);
    if (offset_ != seen) quiet_since = time_->now();
    seen = offset_;
    auto const told =
        co_await loop::within<bool>(*time_, watched_ ? quiet : look_period, changed());
    // A prompt without a line end is a sign of life too.
    if (!told && cutter_.pending() && time_->now() - quiet_since >= quiet) {
      drain(out);
      cutter_.flush(out);
    }
    // Gathers a burst, so that a flood costs few wake-ups.
    if (told) co_await time_->sleep_for(20ms);
  }
}

}  // namespace wedgehog::vm::direct
