#include "qmp/client.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "base/ensure.hpp"
#include "qmp/session.hpp"

namespace wedgehog::qmp {
namespace {

constexpr loop::duration shortest_pause = std::chrono::milliseconds(2);
constexpr loop::duration longest_pause = std::chrono::milliseconds(50);

// A connected socket or the errno. A UNIX socket connects at once or not at all.
int try_to_connect(std::string const& path, int& error_number) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  int const made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) {
    error_number = errno;
    return -1;
  }
  if (::connect(made, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0)
    return made;
  error_number = errno;
  ::close(made);
  return -1;
}

// QEMU is still starting (no socket yet, nobody listens yet) or its queue is full.
bool worth_another_try(int error_number) {
  return error_number == ENOENT || error_number == ECONNREFUSED || error_number == EAGAIN;
}

}  // namespace

loop::awaitable<std::optional<event>> subscription::next() {
  ensure(box_ != nullptr, "an empty subscription was asked for an event");
  auto kept = box_;
  co_return co_await kept->next();
}

std::optional<event> subscription::take() {
  ensure(box_ != nullptr, "an empty subscription was asked for an event");
  return box_->take();
}

client& client::operator=(client&& other) noexcept {
  if (this == &other) return *this;
  if (session_) close();
  session_ = std::move(other.session_);
  return *this;
}

client::~client() {
  if (session_) close();
}

void client::close() {
  ensure(session_ != nullptr, "an empty QMP client was used");
  session_->shut("the monitor was closed on our side");
}

loop::awaitable<result<client>> client::adopt(asio::any_io_executor executor, loop::clock& time,
                                              int connected, client_options options) {
  descriptor owned(connected);
  session::socket socket(executor);
  boost::system::error_code failure;
  socket.assign(asio::local::stream_protocol(), connected, failure);
  if (failure) co_return host_error("taking over a monitor's socket: " + failure.message());
  std::ignore = owned.release();  // the socket has it now
  client made(std::make_shared<session>(std::move(socket), time, options));
  made.session_->start();
  auto negotiated = co_await session::negotiated(made.session_, options.deadline);
  if (!negotiated) co_return negotiated.error();
  co_return made;
}

loop::awaitable<result<client>> client::connect(asio::any_io_executor executor, loop::clock& time,
                                                std::string path, client_options options) {
  auto const circumstance = "connecting to the monitor " + path;
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    co_return host_error(fmt::format("a socket's path may have {} bytes, this one has {}",
                                     sizeof(sockaddr_un::sun_path) - 1, path.size()))
        .within(circumstance);
  auto const end = time.now() + options.deadline;
  auto pause = shortest_pause;
  for (;;) {
    int error_number = 0;
    int const connected = try_to_connect(path, error_number);
    if (connected >= 0) {
      options.deadline = std::max(end - time.now(), shortest_pause);
      auto made = co_await adopt(executor, time, connected, options);
      if (!made) co_return error(made.error()).within(circumstance);
      co_return std::move(*made);
    }
    auto const left = end - time.now();
    if (!worth_another_try(error_number))
      co_return system_failure(path, error_number).within(circumstance);
    if (left <= loop::duration::zero()) {
      auto const tried = std::chrono::duration_cast<microseconds>(options.deadline);
      co_return host_error(
          fmt::format("{} (tried for {})", std::strerror(error_number), describe_duration(tried)))
          .within(circumstance);
    }
    co_await time.sleep_for(std::min(pause, left));
    pause = std::min(pause * 2, longest_pause);
  }
}

loop::awaitable<result<json::value>> client::execute(std::string name, json::object arguments,
                                                     loop::duration limit) {
  ensure(session_ != nullptr, "an empty QMP client was used");
  command what{std::move(name), std::move(arguments)};
  return session::perform(session_, std::move(what), descriptor(), limit);
}

loop::awaitable<result<json::value>> client::execute(std::string name, loop::duration limit) {
  return execute(std::move(name), json::object(), limit);
}

loop::awaitable<result<json::value>> client::execute_oob(std::string name, json::object arguments,
                                                         loop::duration limit) {
  ensure(session_ != nullptr, "an empty QMP client was used");
  command what{.name = std::move(name), .arguments = std::move(arguments), .out_of_band = true};
  return session::perform(session_, std::move(what), descriptor(), limit);
}

loop::awaitable<result<json::value>> client::execute_with_descriptor(std::string name,
                                                                     json::object arguments,
                                                                     int carried,
                                                                     loop::duration limit) {
  ensure(session_ != nullptr, "an empty QMP client was used");
  command what{
      .name = std::move(name), .arguments = std::move(arguments), .carries_descriptor = true};
  descriptor copy(::fcntl(carried, F_DUPFD_CLOEXEC, 3));
  return session::perform(session_, std::move(what), std::move(copy), limit);
}

subscription client::listen() {
  ensure(session_ != nullptr, "an empty QMP client was used");
  return subscription(session_->listen());
}

std::optional<error> client::failure() const {
  ensure(session_ != nullptr, "an empty QMP client was used");
  return session_->talk().failure();
}

greeting const& client::hello() const {
  ensure(session_ != nullptr, "an empty QMP client was used");
  return session_->talk().hello();
}

bool client::oob_enabled() const {
  ensure(session_ != nullptr, "an empty QMP client was used");
  return session_->talk().oob_enabled();
}

std::size_t client::unanswered() const {
  ensure(session_ != nullptr, "an empty QMP client was used");
  return session_->talk().in_flight() + session_->talk().waiting();
}

}  // namespace wedgehog::qmp
