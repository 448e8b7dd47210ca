#include "vm/libvirt/console.hpp"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/ensure.hpp"
#include "loop/within.hpp"

namespace wedgehog::vm::libvirt {

using namespace std::chrono_literals;
using loop::asio::local::stream_protocol;

namespace {

constexpr auto break_limit = 2s;
// After so long a prompt without a line end is shown.
constexpr auto quiet = 1s;
// Of lines that nobody has followed yet: then the line waits, and with it the guest.
constexpr std::size_t most_unheard = 4U << 20U;

}  // namespace

// The stream's end of ours. Its handlers hold it; a console that has gone is not called.
struct console::wire {
  wire(loop::asio::any_io_executor const& executor, int line, console* owner)
      : socket(executor, stream_protocol(), line), of(owner) {}
  stream_protocol::socket socket;
  console* of;
  bool reading = false;
  std::array<char, 65536> bytes{};
};

namespace {

template <class Socket>
class line_keyboard final : public keyboard {
 public:
  line_keyboard(Socket& line, qmp::client* monitor, monitor_names const* names,
                std::function<void(std::string_view)>& typist)
      : line_(line), monitor_(monitor), names_(names), typist_(typist) {}
  ~line_keyboard() override { typist_ = nullptr; }

  void listen(std::function<void(std::string_view)> hear) override { typist_ = std::move(hear); }

  loop::awaitable<result<void>> write(std::string bytes) override {
    boost::system::error_code failed;
    auto const all = boost::asio::buffer(bytes);
    co_await boost::asio::async_write(
        line_, all, boost::asio::redirect_error(boost::asio::use_awaitable, failed));
    co_await boost::asio::this_coro::throw_if_cancelled(true);
    if (failed) co_return system_failure("typing at the console", failed.value());
    co_return result<void>();
  }
  loop::awaitable<result<void>> send_break() override {
    ensure(monitor_ != nullptr, "a break goes through the monitor");
    json::object const line{{"id", names_->console_line}};
    auto const sent = co_await monitor_->execute("chardev-send-break", line, break_limit);
    if (!sent) co_return sent.error();
    co_return result<void>();
  }

 private:
  Socket& line_;
  qmp::client* monitor_;
  monitor_names const* names_;
  std::function<void(std::string_view)>& typist_;
};

}  // namespace

console::console(loop::asio::any_io_executor const& executor, loop::clock& time, kept_console kept)
    : executor_(executor), time_(time), kept_(std::move(kept)), came_(executor) {}

console::~console() {
  close();
}

result<std::unique_ptr<console>> console::open(loop::asio::any_io_executor const& executor,
                                               loop::clock& time, loop::descriptor line,
                                               std::string const& keep_in) {
  auto kept = kept_console::open(keep_in);
  if (!kept) return kept.error();
  std::unique_ptr<console> made(new console(executor, time, std::move(kept.value())));
  made->reconnect(std::move(line));
  return made;
}

void console::reconnect(loop::descriptor line) {
  close();
  wire_ = std::make_shared<wire>(executor_, line.release(), this);
  read(wire_);
}

void console::send_breaks_by(qmp::client& monitor, monitor_names const& names) {
  monitor_ = &monitor;
  names_ = &names;
}

void console::read(std::shared_ptr<wire> from) {
  if (from->reading || !from->socket.is_open()) return;
  from->reading = true;
  // Taken out of it before the handler takes it away: arguments have no order.
  auto& socket = from->socket;
  auto const room = loop::asio::buffer(from->bytes);
  socket.async_read_some(
      room, [from = std::move(from)](boost::system::error_code failed, std::size_t got) {
        from->reading = false;
        if (failed || from->of == nullptr) return;
        from->of->take({from->bytes.data(), got});
        if (from->of->unheard_.size() < most_unheard) read(from);
      });
}

void console::take(std::string_view bytes) {
  kept_.append(bytes);
  unheard_ += bytes;
  if (typist_) typist_(bytes);
  came_.ring();
}

loop::awaitable<void> console::follow(line_cutter::sink out) {
  for (;;) {
    bool const fresh = !unheard_.empty();
    cutter_.feed(std::exchange(unheard_, {}), out);
    if (wire_) read(wire_);
    // Gathers a burst, so that a flood costs few wake-ups.
    if (fresh) co_await time_.sleep_for(20ms);
    if (!unheard_.empty()) continue;
    bool const more = co_await loop::within(time_, quiet, came_.wait());
    // A prompt without a line end is a sign of life too.
    if (!more && cutter_.pending()) cutter_.flush(out);
  }
}

void console::finish(line_cutter::sink const& out) {
  // What has come over the line and was not fetched yet.
  while (wire_ && wire_->socket.is_open()) {
    std::array<char, 65536> bytes;
    ssize_t const got =
        ::recv(wire_->socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got <= 0) break;
    take({bytes.data(), static_cast<std::size_t>(got)});
  }
  cutter_.feed(std::exchange(unheard_, {}), out);
  cutter_.flush(out);
}

void console::close() {
  if (!wire_) return;
  wire_->of = nullptr;
  boost::system::error_code ignored;
  wire_->socket.close(ignored);
  wire_.reset();
}

loop::awaitable<result<void>> console::type(typing const& work) {
  if (!wire_ || !wire_->socket.is_open()) co_return host_error("the console's line is closed");
  auto const held = wire_;
  line_keyboard keys(held->socket, monitor_, names_, typist_);
  co_return co_await work(keys);
}

}  // namespace wedgehog::vm::libvirt
