#include "tls/session.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/ensure.hpp"
#include "tls/failure.hpp"

namespace wedgehog::tls {
namespace {

error failed(ssl_st* session, std::string_view doing) {
  auto why = last_failure();
  // "certificate verify failed" alone does not say what is wrong with it.
  if (auto const verified = SSL_get_verify_result(session); verified != X509_V_OK)
    why += fmt::format(" ({})", X509_verify_cert_error_string(verified));
  return host_error(fmt::format("{}: {}", doing, why));
}

}  // namespace

std::string last_failure() {
  auto const code = ERR_peek_last_error();
  auto const* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  if (reason != nullptr) return reason;
  return code == 0 ? "no reason was given" : fmt::format("OpenSSL's error {:x}", code);
}

void session::freed::operator()(ssl_st* session) const {
  SSL_free(session);
}

session::session(certificates const& ours)
    : ssl_(SSL_new(ours.context())),
      arrived_(BIO_new(BIO_s_mem())),
      leaving_(BIO_new(BIO_s_mem())) {
  ensure(ssl_ && arrived_ != nullptr && leaving_ != nullptr, "OpenSSL has no memory");
  SSL_set_bio(ssl_.get(), arrived_, leaving_);
  SSL_set_accept_state(ssl_.get());
}

session::~session() = default;

void session::take(std::span<std::byte const> sealed) {
  if (sealed.empty()) return;
  auto const taken = BIO_write(arrived_, sealed.data(), static_cast<int>(sealed.size()));
  ensure(taken == static_cast<int>(sealed.size()), "memory takes all bytes");
}

result<bool> session::shake_hands() {
  ERR_clear_error();
  int const done = SSL_do_handshake(ssl_.get());
  if (done == 1) return true;
  if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return false;
  return failed(ssl_.get(), "the client's TLS handshake failed");
}

result<std::size_t> session::open(std::span<std::byte> room) {
  std::size_t opened = 0;
  while (opened < room.size() && !ended_) {
    ERR_clear_error();
    std::size_t count = 0;
    int const done = SSL_read_ex(ssl_.get(), room.data() + opened, room.size() - opened, &count);
    opened += count;
    if (done == 1) continue;
    auto const why = SSL_get_error(ssl_.get(), done);
    if (why == SSL_ERROR_WANT_READ) break;
    if (why != SSL_ERROR_ZERO_RETURN) return failed(ssl_.get(), "reading what the client sealed");
    ended_ = true;
  }
  return opened;
}

result<void> session::seal(std::span<std::byte const> plain) {
  if (plain.empty()) return {};
  ERR_clear_error();
  std::size_t count = 0;
  if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &count) != 1)
    return failed(ssl_.get(), "sealing what the client gets");
  ensure(count == plain.size(), "memory takes all bytes");
  return {};
}

std::size_t session::sealed() const {
  return BIO_ctrl_pending(leaving_);
}

void session::take_sealed(std::span<std::byte> into) {
  ensure(into.size() <= sealed(), "no more is taken than there is");
  if (!into.empty()) BIO_read(leaving_, into.data(), static_cast<int>(into.size()));
}

}  // namespace wedgehog::tls
