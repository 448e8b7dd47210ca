#include "tls/certificates.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "loop/small_file.hpp"
#include "tls/failure.hpp"

namespace wedgehog::tls {
namespace {

constexpr std::size_t largest_file = 1U << 20U;

struct freed_values {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(X509* one) const { X509_free(one); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class T>
using owned = std::unique_ptr<T, freed_values>;

owned<BIO> reader_of(std::string const& text) {
  return owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Without this OpenSSL asks on the terminal.
int nobody_types(char*, int, int, void*) {
  return -1;
}

std::string written(ASN1_TIME const* time) {
  owned<BIO> const to(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(to.get(), time);
  char* text = nullptr;
  auto const size = BIO_get_mem_data(to.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

result<void> check_validity(std::string const& file, X509 const* one) {
  auto const* const from = X509_get0_notBefore(one);
  auto const* const until = X509_get0_notAfter(one);
  if (X509_cmp_current_time(until) < 0)
    return recipe_error(fmt::format("{}: the certificate has expired ({}); put a new one there",
                                    file, written(until)));
  if (X509_cmp_current_time(from) > 0)
    return recipe_error(
        fmt::format("{}: the certificate is valid from {} only; is this host's clock right?", file,
                    written(from)));
  return {};
}

std::string text_of(ASN1_STRING const* from) {
  return {reinterpret_cast<char const*>(ASN1_STRING_get0_data(from)),
          static_cast<std::size_t>(ASN1_STRING_length(from))};
}

std::string address_in(ASN1_OCTET_STRING const* from) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  int const size = ASN1_STRING_length(from);
  if (size != 4 && size != 16) return {};
  ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(from), text.data(),
              text.size());
  return text.data();
}

std::string common_name(X509 const* one) {
  auto* const subject = X509_get_subject_name(one);
  int const at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

// One that a client may look for: where a certificate is for all names of a domain, one of them.
std::string one_of(std::string name) {
  if (name.starts_with("*.")) name.replace(0, 1, "disks");
  return name;
}

// What it may be known by, addresses last. A common name counts where there is no other.
std::vector<std::string> names_in(X509 const* one) {
  std::vector<std::string> names;
  std::vector<std::string> addresses;
  owned<GENERAL_NAMES> const all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(one, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    auto const* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back(one_of(text_of(name->d.dNSName)));
    if (name->type == GEN_IPADD) addresses.push_back(address_in(name->d.iPAddress));
  }
  names.insert(names.end(), addresses.begin(), addresses.end());
  if (names.empty()) names.push_back(common_name(one));
  std::erase_if(names, [](std::string const& name) {
    return name.empty() || name.find('\0') != std::string::npos;
  });
  return names;
}

result<std::string> read_file(std::string const& file) {
  auto text = loop::read_small_file(file, largest_file);
  if (!text && !std::string_view(file).ends_with(authority))
    return recipe_error(fmt::format(
        "{}: a folder of certificates for disks has {} and {}, both for this host, as QEMU has "
        "them",
        text.error().message(), server_certificate, server_key));
  return text;
}

}  // namespace

void certificates::freed::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}
void certificates::freed::operator()(x509_st* certificate) const {
  X509_free(certificate);
}

certificates::~certificates() = default;

result<std::shared_ptr<certificates const>> certificates::read(std::string const& folder) {
  std::shared_ptr<certificates> made(new certificates);
  made->folder_ = folder;
  made->context_.reset(SSL_CTX_new(TLS_server_method()));
  auto* const context = made->context_.get();
  if (context == nullptr) return host_error("OpenSSL makes no context: " + last_failure());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Who was let in once is asked again.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  auto const path = [&folder](std::string_view name) { return folder + "/" + std::string(name); };
  if (auto used = made->use_certificate(path(server_certificate)); !used) return used.error();
  if (auto used = made->use_key(path(server_key)); !used) return used.error();
  if (auto used = made->use_authority(path(authority)); !used) return used.error();
  return std::shared_ptr<certificates const>(std::move(made));
}

result<void> certificates::use_certificate(std::string const& file) {
  auto const text = read_file(file);
  if (!text) return text.error();
  auto const from = reader_of(*text);
  ours_.reset(PEM_read_bio_X509(from.get(), nullptr, nobody_types, nullptr));
  if (!ours_)
    return recipe_error(fmt::format("{}: no certificate in PEM: {}", file, last_failure()));
  if (auto valid = check_validity(file, ours_.get()); !valid) return valid;
  names_ = names_in(ours_.get());
  if (names_.empty())
    return recipe_error(
        fmt::format("{}: the certificate names nobody: give it a subjectAltName, with this host's "
                    "name or the address that disks are reached at",
                    file));
  valid_until_ = written(X509_get0_notAfter(ours_.get()));
  if (SSL_CTX_use_certificate(context_.get(), ours_.get()) != 1)
    return recipe_error(fmt::format("{}: {}", file, last_failure()));
  for (;;) {
    owned<X509> const next(PEM_read_bio_X509(from.get(), nullptr, nobody_types, nullptr));
    if (!next) break;
    SSL_CTX_add1_chain_cert(context_.get(), next.get());
  }
  ERR_clear_error();
  return {};
}

result<void> certificates::use_key(std::string const& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) == 0 && (found.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
    return recipe_error(fmt::format("{}: others than its owner may {} this key: chmod 600 {}", file,
                                    (found.st_mode & S_IROTH) != 0 ? "read" : "write", file));
  auto text = read_file(file);
  if (!text) return text.error();
  owned<EVP_PKEY> const key(
      PEM_read_bio_PrivateKey(reader_of(*text).get(), nullptr, nobody_types, nullptr));
  OPENSSL_cleanse(text->data(), text->size());
  if (!key)
    return recipe_error(
        fmt::format("{}: no private key in PEM, without a passphrase: {}", file, last_failure()));
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1) return {};
  return recipe_error(
      fmt::format("{}: not the key of {} beside it: {}", file, server_certificate, last_failure()));
}

result<void> certificates::use_authority(std::string const& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0 && errno == ENOENT) return {};
  auto const text = read_file(file);
  if (!text) return text.error();
  auto const from = reader_of(*text);
  int count = 0;
  for (;; ++count) {
    owned<X509> const one(PEM_read_bio_X509(from.get(), nullptr, nobody_types, nullptr));
    if (!one) break;
    if (count == 0)
      if (auto valid = check_validity(file, one.get()); !valid) return valid;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), one.get());
    SSL_CTX_add_client_CA(context_.get(), one.get());
  }
  if (count == 0)
    return recipe_error(fmt::format("{}: no certificate in PEM: {}", file, last_failure()));
  ERR_clear_error();
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  demands_ = true;
  return {};
}

std::string certificates::name_at(std::string const& address) const {
  return X509_check_ip_asc(ours_.get(), address.c_str(), 0) == 1 ? address : names_.front();
}

}  // namespace wedgehog::tls
