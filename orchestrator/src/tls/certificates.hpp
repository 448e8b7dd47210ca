// The certificates by which disks that leave this host are encrypted: a folder with the names that
// QEMU uses, read and checked as a whole, so that what is wrong with it is said with its file
// before anything is served.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

struct ssl_ctx_st;
struct x509_st;

namespace wedgehog::tls {

inline constexpr std::string_view server_certificate = "server-cert.pem";
inline constexpr std::string_view server_key = "server-key.pem";
inline constexpr std::string_view authority = "ca-cert.pem";

class certificates {
 public:
  // The folder must hold the server's certificate (others that lead to its authority may follow it
  // there) and its key. Where it has an authority, too, every client must bring a certificate of
  // that one. Blame: recipe, naming the file and the remedy.
  static result<std::shared_ptr<certificates const>> read(std::string const& folder);
  ~certificates();
  certificates(certificates const&) = delete;
  certificates& operator=(certificates const&) = delete;

  [[nodiscard]] std::string const& folder() const { return folder_; }
  [[nodiscard]] bool demands_clients_certificate() const { return demands_; }
  // Whom a client must expect who reaches us at this address (in numbers): the address itself where
  // the certificate names it, else the first that it names.
  [[nodiscard]] std::string name_at(std::string const& address) const;
  // The end of its validity, as OpenSSL writes it.
  [[nodiscard]] std::string const& valid_until() const { return valid_until_; }
  // For sessions.
  [[nodiscard]] ssl_ctx_st* context() const { return context_.get(); }

 private:
  struct freed {
    void operator()(ssl_ctx_st* context) const;
    void operator()(x509_st* certificate) const;
  };
  certificates() = default;
  result<void> use_certificate(std::string const& file);
  result<void> use_key(std::string const& file);
  result<void> use_authority(std::string const& file);

  std::string folder_;
  std::unique_ptr<ssl_ctx_st, freed> context_;
  std::unique_ptr<x509_st, freed> ours_;
  std::vector<std::string> names_;  // that are no addresses first
  std::string valid_until_;
  bool demands_ = false;
};

}  // namespace wedgehog::tls
