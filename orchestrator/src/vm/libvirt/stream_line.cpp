#include "vm/libvirt/stream_line.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <mutex>

#include "loop/socket_pair.hpp"

namespace wedgehog::vm::libvirt {
namespace {

constexpr std::size_t piece = 65536;
// libvirt: virStreamRecv and virStreamSend when they would block.
constexpr int would_block = -2;

// Between a stream and a socket. Its callbacks hold it; it ends when one side does.
class carrier : public std::enable_shared_from_this<carrier> {
 public:
  carrier(stream_handle stream, loop::descriptor socket,
          std::weak_ptr<loop::asio::thread_pool> threads)
      : stream_(std::move(stream)), socket_(std::move(socket)), threads_(std::move(threads)) {}

  bool begin() {
    std::lock_guard const locked(guard_);
    auto* const for_socket = new std::shared_ptr<carrier>(shared_from_this());
    watch_ =
        virEventAddHandle(socket_.get(), VIR_EVENT_HANDLE_READABLE, on_socket, for_socket, release);
    if (watch_ < 0) {
      delete for_socket;
      return false;
    }
    for_stream_ = std::make_unique<std::shared_ptr<carrier>>(shared_from_this());
    if (virStreamEventAddCallback(stream_.get(), VIR_STREAM_EVENT_READABLE, on_stream,
                                  for_stream_.get(), nullptr) == 0)
      return true;
    for_stream_.reset();
    virEventRemoveHandle(watch_);
    watch_ = -1;
    return false;
  }

 private:
  static void release(void* opaque) { delete static_cast<std::shared_ptr<carrier>*>(opaque); }
  static void on_socket(int, int, int, void* opaque) {
    auto const self = *static_cast<std::shared_ptr<carrier>*>(opaque);
    self->carry();
  }
  static void on_stream(virStreamPtr, int, void* opaque) {
    auto const self = *static_cast<std::shared_ptr<carrier>*>(opaque);
    self->carry();
  }

  // Whatever can be moved is moved; then it is said what is waited for.
  void carry() {
    std::lock_guard const locked(guard_);
    if (watch_ < 0) return;
    if (to_socket_.empty() && !stream_ended_) receive_from_stream();
    send_to_socket();
    if (to_stream_.empty()) receive_from_socket();
    send_to_stream();
    if (socket_ended_ || (stream_ended_ && to_socket_.empty())) return end();
    int const stream_wants =
        (to_socket_.empty() && !stream_ended_ ? VIR_STREAM_EVENT_READABLE : 0) |
        (to_stream_.empty() ? 0 : VIR_STREAM_EVENT_WRITABLE);
    int const socket_wants = (to_stream_.empty() ? VIR_EVENT_HANDLE_READABLE : 0) |
                             (to_socket_.empty() ? 0 : VIR_EVENT_HANDLE_WRITABLE);
    if (!stream_ended_) virStreamEventUpdateCallback(stream_.get(), stream_wants);
    virEventUpdateHandle(watch_, socket_wants);
  }

  void receive_from_stream() {
    to_socket_.resize(piece);
    int const got = virStreamRecv(stream_.get(), to_socket_.data(), to_socket_.size());
    to_socket_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    stream_ended_ = got == 0 || got == -1;
    if (stream_ended_) hear_no_more();
  }
  void send_to_stream() {
    if (to_stream_.empty() || stream_ended_) return;
    int const put = virStreamSend(stream_.get(), to_stream_.data(), to_stream_.size());
    if (put > 0) to_stream_.erase(0, static_cast<std::size_t>(put));
    if (put < 0 && put != would_block) {
      stream_ended_ = true;
      hear_no_more();
    }
  }
  void receive_from_socket() {
    std::array<char, piece> bytes;
    ssize_t const got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) to_stream_.assign(bytes.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) socket_ended_ = true;
  }
  void send_to_socket() {
    if (to_socket_.empty()) return;
    ssize_t const put =
        ::send(socket_.get(), to_socket_.data(), to_socket_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put > 0) to_socket_.erase(0, static_cast<std::size_t>(put));
    if (put < 0 && errno != EAGAIN && errno != EINTR) socket_ended_ = true;
  }

  void hear_no_more() {
    virStreamEventRemoveCallback(stream_.get());
    for_stream_.reset();
  }

  void end() {
    virEventRemoveHandle(std::exchange(watch_, -1));
    if (!stream_ended_) hear_no_more();
    // A call that asks the daemon: not here, where a daemon that is gone is noticed.
    if (auto const threads = threads_.lock())
      loop::asio::post(*threads, [stream = stream_] { virStreamAbort(stream.get()); });
    socket_ = loop::descriptor();
  }

  std::mutex guard_;
  stream_handle stream_;
  loop::descriptor socket_;
  std::weak_ptr<loop::asio::thread_pool> threads_;
  int watch_ = -1;
  // libvirt 9.0 would never free it for a stream of a remote driver.
  std::unique_ptr<std::shared_ptr<carrier>> for_stream_;
  std::string to_socket_;
  std::string to_stream_;
  bool stream_ended_ = false;
  bool socket_ended_ = false;
};

result<int> opened(virConnectPtr on, domain_handle const& domain, line_choice const& which,
                   std::weak_ptr<loop::asio::thread_pool> threads) {
  auto ends = loop::make_socket_pair();
  if (!ends) return ends.error();
  auto const stream = own(virStreamNew(on, VIR_STREAM_NONBLOCK));
  if (!stream) return last_error();
  int const done = which.what == line_kind::console
                       ? virDomainOpenConsole(domain.get(), which.name.c_str(), stream.get(),
                                              VIR_DOMAIN_CONSOLE_FORCE)
                       : virDomainOpenChannel(domain.get(), which.name.c_str(), stream.get(),
                                              VIR_DOMAIN_CHANNEL_FORCE);
  if (done != 0) return last_error();
  if (!std::make_shared<carrier>(stream, std::move(ends->theirs), std::move(threads))->begin())
    return last_error();
  return ends->ours.release();
}

}  // namespace

loop::awaitable<result<loop::descriptor>> open_line(std::shared_ptr<connection> by,
                                                    domain_handle domain, line_choice which,
                                                    loop::duration limit) {
  auto const doing = "opening the line " + which.name;
  std::function<result<int>(virConnectPtr)> const work =
      [domain, which, threads = by->threads()](virConnectPtr on) {
        return opened(on, domain, which, threads);
      };
  auto line = co_await by->call<int>(doing, limit, work);
  if (!line) co_return line.error();
  co_return loop::descriptor(line.value());
}

}  // namespace wedgehog::vm::libvirt
