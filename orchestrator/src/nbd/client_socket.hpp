// A client's connection as bytes that it means: over its socket as they are, or sealed by TLS from
// the moment on at which that was begun.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <span>

#include "nbd/bytes.hpp"
#include "nbd/listener.hpp"
#include "tls/session.hpp"

namespace wedgehog::nbd {

class client_socket {
 public:
  explicit client_socket(listener::socket connected);

  // Seals everything from here on, once both sides have shown who they are. Blame: host; the client
  // has been told why.
  loop::awaitable<result<void>> begin_tls(tls::certificates const& ours);

  // At least one byte; 0 with `failed` at the end or when the client cannot be understood.
  loop::awaitable<std::size_t> read_some(std::span<std::byte> room,
                                         boost::system::error_code& failed);
  // What goes without waiting; `failed` is would_block when nothing does.
  std::size_t write_some(std::span<std::byte const> bytes, boost::system::error_code& failed);
  // Bytes that write_some took have not left yet: it wants to be called again, if with nothing.
  [[nodiscard]] bool holds_back() const { return !sealed_.empty(); }
  // `then` may be called after this is gone.
  template <class Then>
  void when_writable(Then then) {
    socket_.async_wait(listener::socket::wait_write, std::move(then));
  }
  // Neither side hears any more of the other.
  void shut_down();

 private:
  loop::awaitable<std::size_t> receive(std::span<std::byte> room,
                                       boost::system::error_code& failed);
  loop::awaitable<void> send_sealed(boost::system::error_code& failed);
  void collect_sealed();
  void flush(boost::system::error_code& failed);

  listener::socket socket_;
  std::unique_ptr<tls::session> tls_;
  byte_buffer arrived_;
  byte_buffer sealed_;
};

}  // namespace wedgehog::nbd
