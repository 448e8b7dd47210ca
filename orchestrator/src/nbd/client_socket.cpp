#include "nbd/client_socket.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace wedgehog::nbd {
namespace {

namespace asio = loop::asio;
using boost::system::error_code;

// Of sealed bytes at once, either way.
constexpr std::size_t piece = 64U << 10U;
// A client that makes us answer (by new keys, say) and never reads is not listened to any more.
constexpr std::size_t most_held_back = 1U << 20U;

bool must_wait(error_code const& failed) {
  return failed == asio::error::would_block || failed == asio::error::try_again;
}

}  // namespace

client_socket::client_socket(listener::socket connected) : socket_(std::move(connected)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
}

void client_socket::shut_down() {
  error_code ignored;
  socket_.shutdown(listener::socket::shutdown_both, ignored);
}

loop::awaitable<result<void>> client_socket::begin_tls(tls::certificates const& ours) {
  tls_ = std::make_unique<tls::session>(ours);
  for (;;) {
    auto const done = tls_->shake_hands();
    collect_sealed();
    error_code failed;
    co_await send_sealed(failed);
    if (!done) co_return done.error();
    if (failed) co_return host_error("the client went: " + failed.message());
    if (*done) co_return result<void>();
    auto const got = co_await receive(arrived_.room(piece).first(piece), failed);
    if (failed) co_return host_error("the client went in the middle: " + failed.message());
    tls_->take({arrived_.data(), got});
  }
}

loop::awaitable<std::size_t> client_socket::receive(std::span<std::byte> room, error_code& failed) {
  co_return co_await socket_.async_read_some(asio::buffer(room.data(), room.size()),
                                             asio::redirect_error(asio::use_awaitable, failed));
}

loop::awaitable<void> client_socket::send_sealed(error_code& failed) {
  co_await asio::async_write(socket_, asio::buffer(sealed_.data(), sealed_.size()),
                             asio::redirect_error(asio::use_awaitable, failed));
  sealed_.consume(sealed_.size());
}

loop::awaitable<std::size_t> client_socket::read_some(std::span<std::byte> room,
                                                      error_code& failed) {
  while (tls_) {
    auto const opened = tls_->open(room);
    // What TLS itself has to say goes now, or with what is written next.
    collect_sealed();
    error_code ignored;
    flush(ignored);
    if (opened && *opened > 0) co_return *opened;
    if (!opened || tls_->ended() || sealed_.size() > most_held_back) {
      failed = asio::error::eof;
      co_return 0;
    }
    auto const got = co_await receive(arrived_.room(piece).first(piece), failed);
    if (failed) co_return 0;
    tls_->take({arrived_.data(), got});
  }
  co_return co_await receive(room, failed);
}

std::size_t client_socket::write_some(std::span<std::byte const> bytes, error_code& failed) {
  if (!tls_) return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), failed);
  flush(failed);
  if (failed || bytes.empty()) return 0;
  auto const taken = bytes.first(std::min(bytes.size(), piece));
  if (auto const sealed = tls_->seal(taken); !sealed) {
    failed = asio::error::eof;
    return 0;
  }
  collect_sealed();
  flush(failed);
  if (must_wait(failed)) failed.clear();  // these are taken
  return taken.size();
}

void client_socket::collect_sealed() {
  if (auto const size = tls_->sealed(); size > 0) tls_->take_sealed({sealed_.append(size), size});
}

void client_socket::flush(error_code& failed) {
  while (!sealed_.empty() && !failed)
    sealed_.consume(socket_.write_some(asio::buffer(sealed_.data(), sealed_.size()), failed));
}

}  // namespace wedgehog::nbd
