// A TLS client for tests, as values: what it would send comes out, what it is sent goes in.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>

#include "tests/tls/authority.hpp"

namespace wedgehog::testing {

class tls_client {
 public:
  // Trusts that authority and no other; shows `ours` when it is asked.
  explicit tls_client(std::string const& trusted, signed_pair const& ours = {},
                      int newest = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    if (newest < TLS1_2_VERSION) {
      SSL_CTX_set_min_proto_version(context_.get(), newest);
      SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
    }
    openssl_owned<X509> const root(
        PEM_read_bio_X509(reads(trusted).get(), nullptr, nullptr, nullptr));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), root.get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (!ours.key.empty()) {
      openssl_owned<X509> const one(
          PEM_read_bio_X509(reads(ours.certificate).get(), nullptr, nullptr, nullptr));
      openssl_owned<EVP_PKEY> const key(
          PEM_read_bio_PrivateKey(reads(ours.key).get(), nullptr, nullptr, nullptr));
      SSL_CTX_use_certificate(context_.get(), one.get());
      SSL_CTX_use_PrivateKey(context_.get(), key.get());
    }
    ssl_.reset(SSL_new(context_.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
  }

  void take(std::string const& sealed) {
    if (!sealed.empty()) BIO_write(in_, sealed.data(), static_cast<int>(sealed.size()));
  }
  std::string to_send() {
    std::string text(BIO_ctrl_pending(out_), '\0');
    if (!text.empty()) BIO_read(out_, text.data(), static_cast<int>(text.size()));
    return text;
  }
  // True once both have shown who they are; `failed` when that will never be.
  bool shake_hands() {
    ERR_clear_error();
    int const done = SSL_do_handshake(ssl_.get());
    if (done != 1 && SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ) note_failure();
    return done == 1;
  }
  void say(std::string const& plain) {
    if (!plain.empty()) SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  }
  // All that it was told.
  std::string heard() {
    std::string text;
    char piece[16384];
    for (;;) {
      ERR_clear_error();
      int const count = SSL_read(ssl_.get(), piece, sizeof piece);
      if (count <= 0) {
        int const why = SSL_get_error(ssl_.get(), count);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN) note_failure();
        return text;
      }
      text.append(piece, static_cast<std::size_t>(count));
    }
  }
  void say_farewell() { SSL_shutdown(ssl_.get()); }
  void ask_for_new_keys() { SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED); }
  [[nodiscard]] std::string const& failure() const { return failure_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }

 private:
  static openssl_owned<BIO> reads(std::string const& text) {
    return openssl_owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  }
  void note_failure() {
    if (!failure_.empty()) return;
    auto const code = ERR_peek_last_error();
    auto const* const reason = ERR_reason_error_string(code);
    failure_ = reason == nullptr ? "it failed" : reason;
  }

  struct freed {
    void operator()(SSL* one) const { SSL_free(one); }
  };
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, freed> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  std::string failure_;
};

}  // namespace wedgehog::testing
