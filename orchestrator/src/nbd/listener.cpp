#include "nbd/listener.hpp"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/ensure.hpp"
#include "loop/socket_file.hpp"

namespace wedgehog::nbd {
namespace {

namespace asio = loop::asio;

}  // namespace

listener::listener(asio::any_io_executor executor, place where)
    : executor_(std::move(executor)),
      where_(std::move(where)),
      path_(executor_),
      port_(executor_) {}

result<void> listener::open() {
  if (auto const* const path = std::get_if<std::string>(&where_)) return open_path(*path);
  return open_port(std::get<tcp_place>(where_));
}

result<void> listener::open_path(std::string const& path) {
  if (path.size() >= 108)
    return host_error("the socket path " + path + " is longer than the 107 bytes that UNIX allows");
  asio::local::stream_protocol::endpoint const where(path);
  boost::system::error_code failed;
  // A file left over from a killed server refuses connections; one that is served does not.
  asio::local::stream_protocol::socket probe(executor_);
  probe.connect(where, failed);
  if (!failed) return host_error("the socket " + path + " is already served by somebody");
  if (auto removed = loop::remove_old_socket(path); !removed) return removed.error();
  path_.open({}, failed);
  if (!failed) path_.bind(where, failed);
  if (!failed) path_.listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) return {};
  boost::system::error_code ignored;
  path_.close(ignored);
  return host_error("listening on " + path + ": " + failed.message());
}

result<void> listener::open_port(tcp_place& at) {
  ensure(!at.export_name.empty(), "a stranger must not guess the export's name");
  boost::system::error_code failed;
  auto const address = asio::ip::make_address(at.address, failed);
  if (failed) return host_error(fmt::format("'{}' is no IP address", at.address));
  asio::ip::tcp::endpoint const where(address, at.port);
  port_.open(where.protocol(), failed);
  // The port is wanted again at once when a cable was pulled for a while.
  if (!failed) port_.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed) port_.bind(where, failed);
  if (!failed) port_.listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) {
    at.port = port_.local_endpoint(failed).port();
    return {};
  }
  boost::system::error_code ignored;
  port_.close(ignored);
  return host_error(
      fmt::format("listening on {} port {}: {}", at.address, at.port, failed.message()));
}

void listener::close() {
  boost::system::error_code ignored;
  port_.close(ignored);
  if (!path_.is_open()) return;
  path_.close(ignored);
  static_cast<void>(loop::remove_old_socket(std::get<std::string>(where_)));
}

loop::awaitable<listener::socket> listener::accept(boost::system::error_code& failed) {
  if (path_.is_open()) {
    auto one = co_await path_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
    if (failed) co_return socket(executor_);
    co_return socket(std::move(one));
  }
  auto one = co_await port_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
  if (failed) co_return socket(executor_);
  boost::system::error_code ignored;
  one.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return socket(std::move(one));
}

}  // namespace wedgehog::nbd
