// Certificates for tests: an authority of their own, what it signs, and folders of them as QEMU
// names the files. Made anew each time, so that none expires.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace wedgehog::testing {

struct openssl_freed {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(X509* one) const { X509_free(one); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509_EXTENSION* one) const { X509_EXTENSION_free(one); }
};
template <class T>
using openssl_owned = std::unique_ptr<T, openssl_freed>;

struct certificate_wish {
  std::string common_name = "a test";
  std::string alternative = "IP:127.0.0.1";  // as OpenSSL writes it; empty: none
  long from_s = -3600;                       // of now
  long until_s = 86400;
};

struct signed_pair {
  std::string certificate;  // both in PEM
  std::string key;
};

class authority {
 public:
  authority() : key_(new_key()) {
    static std::atomic<int> count{0};
    auto const name = "authority " + std::to_string(++count) + " of a test";
    ours_ = make({.common_name = name, .alternative = ""}, key_.get(), true);
  }

  [[nodiscard]] std::string certificate() const { return text_of(ours_.get()); }

  [[nodiscard]] signed_pair sign(certificate_wish const& wish = {}) const {
    openssl_owned<EVP_PKEY> const key(new_key());
    auto const made = make(wish, key.get(), false);
    openssl_owned<BIO> const to(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(to.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(made.get()), content(to.get())};
  }

 private:
  static EVP_PKEY* new_key() { return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"); }
  [[nodiscard]] openssl_owned<X509> make(certificate_wish const& wish, EVP_PKEY* key,
                                         bool signs_others) const {
    static std::atomic<long> serial{1};
    openssl_owned<X509> made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wish.from_s);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.until_s);
    X509_set_pubkey(made.get(), key);
    auto* const name = X509_get_subject_name(made.get());
    if (!wish.common_name.empty())
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<unsigned char const*>(wish.common_name.c_str()),
                                 -1, -1, 0);
    X509_set_issuer_name(made.get(), ours_ ? X509_get_subject_name(ours_.get()) : name);
    extend(made.get(), NID_basic_constraints, signs_others ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wish.alternative.empty()) extend(made.get(), NID_subject_alt_name, wish.alternative);
    EXPECT_GT(X509_sign(made.get(), key_.get(), EVP_sha256()), 0);
    return made;
  }

  static void extend(X509* one, int what, std::string const& value) {
    openssl_owned<X509_EXTENSION> const made(
        X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()));
    EXPECT_TRUE(made) << value;
    X509_add_ext(one, made.get(), -1);
  }
  static std::string content(BIO* of) {
    char* text = nullptr;
    auto const size = BIO_get_mem_data(of, &text);
    return {text, static_cast<std::size_t>(size)};
  }
  static std::string text_of(X509* one) {
    openssl_owned<BIO> const to(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(to.get(), one);
    return content(to.get());
  }

  openssl_owned<EVP_PKEY> key_;
  openssl_owned<X509> ours_;
};

// What a host that serves disks has.
inline void write_certificates(std::filesystem::path const& folder, signed_pair const& ours,
                               std::string const& demanded = {}) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "server-cert.pem") << ours.certificate;
  std::ofstream(folder / "server-key.pem") << ours.key;
  ::chmod((folder / "server-key.pem").c_str(), 0600);
  if (!demanded.empty()) std::ofstream(folder / "ca-cert.pem") << demanded;
}

}  // namespace wedgehog::testing
