#include "tls/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/own_folder.hpp"
#include "tests/tls/authority.hpp"

namespace wedgehog::tls {
namespace {

using ::testing::AllOf;
using testing::authority;
using ::testing::HasSubstr;
using testing::own_folder;
using testing::signed_pair;
using testing::write_certificates;

std::string complaint_about(std::filesystem::path const& folder) {
  auto const read = certificates::read(folder);
  return read ? "nothing is wrong" : read.error().message();
}

std::shared_ptr<certificates const> with_names(authority const& root,
                                               testing::certificate_wish const& wish) {
  own_folder const place;
  write_certificates(place / "pki", root.sign(wish));
  auto const read = certificates::read(place / "pki");
  EXPECT_TRUE(read) << (read ? "" : read.error().message());
  return read ? *read : nullptr;
}

TEST(certificates, demand_one_of_clients_where_there_is_an_authority) {
  own_folder const place;
  authority const root;
  write_certificates(place / "open", root.sign());
  write_certificates(place / "closed", root.sign(), root.certificate());
  auto const open = certificates::read(place / "open");
  auto const closed = certificates::read(place / "closed");
  ASSERT_TRUE(open && closed);
  EXPECT_FALSE((*open)->demands_clients_certificate());
  EXPECT_TRUE((*closed)->demands_clients_certificate());
  EXPECT_THAT((*open)->valid_until(), HasSubstr("GMT"));
}

TEST(certificates, name_the_address_where_they_can_and_else_a_host) {
  authority const root;
  auto const both = with_names(root, {.alternative = "IP:10.0.0.1,DNS:disks.example,IP:fd00::1"});
  EXPECT_EQ(both->name_at("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(both->name_at("fd00::1"), "fd00::1");
  EXPECT_EQ(both->name_at("10.0.0.2"), "disks.example") << "what else a client can look for";
  EXPECT_EQ(with_names(root, {.alternative = "IP:10.0.0.1"})->name_at("10.0.0.2"), "10.0.0.1");
  EXPECT_EQ(with_names(root, {.common_name = "old", .alternative = ""})->name_at("10.0.0.2"),
            "old");
  EXPECT_EQ(with_names(root, {.alternative = "DNS:*.example"})->name_at("10.0.0.2"),
            "disks.example");
}

TEST(certificates, what_is_wrong_is_said_with_its_file_and_what_to_do) {
  own_folder const place;
  authority const root;
  auto const folder = place / "pki";
  EXPECT_THAT(complaint_about(folder),
              AllOf(HasSubstr("pki/server-cert.pem: No such file"), HasSubstr("server-key.pem")));
  write_certificates(folder, root.sign());
  EXPECT_EQ(complaint_about(folder), "nothing is wrong");
  std::filesystem::remove(folder / "server-key.pem");
  EXPECT_THAT(complaint_about(folder), HasSubstr("pki/server-key.pem: No such file"));

  auto const rewrite = [&folder](char const* file, std::string const& text) {
    std::ofstream(folder / file) << text;
  };
  auto const other = root.sign();
  write_certificates(folder, {root.sign().certificate, other.key});
  EXPECT_THAT(complaint_about(folder),
              HasSubstr("server-key.pem: not the key of server-cert.pem beside it"));
  rewrite("server-key.pem", "not a key");
  EXPECT_THAT(complaint_about(folder), HasSubstr("server-key.pem: no private key in PEM"));
  rewrite("server-cert.pem", "not a certificate");
  EXPECT_THAT(complaint_about(folder), HasSubstr("server-cert.pem: no certificate in PEM"));
  write_certificates(folder, root.sign(), "no authority");
  EXPECT_THAT(complaint_about(folder), HasSubstr("ca-cert.pem: no certificate in PEM"));
  std::filesystem::remove(folder / "ca-cert.pem");
  std::filesystem::create_directory(folder / "ca-cert.pem");
  EXPECT_THAT(complaint_about(folder), HasSubstr("ca-cert.pem is no ordinary file"));
}

TEST(certificates, a_key_that_others_may_read_is_refused) {
  own_folder const place;
  authority const root;
  auto const folder = place / "pki";
  write_certificates(folder, root.sign());
  auto const key = folder / "server-key.pem";
  for (auto const mode : {0644, 0604, 0602, 0620}) {
    ::chmod(key.c_str(), static_cast<mode_t>(mode));
    EXPECT_THAT(complaint_about(folder), HasSubstr("chmod 600 " + key.string())) << mode;
  }
  for (auto const mode : {0600, 0400, 0640}) {
    ::chmod(key.c_str(), static_cast<mode_t>(mode));
    EXPECT_EQ(complaint_about(folder), "nothing is wrong") << mode;
  }
}

TEST(certificates, out_of_their_time_are_refused) {
  own_folder const place;
  authority const root;
  write_certificates(place / "old", root.sign({.until_s = -60}));
  EXPECT_THAT(complaint_about(place / "old"),
              HasSubstr("server-cert.pem: the certificate has expired"));
  write_certificates(place / "new", root.sign({.from_s = 3600}));
  EXPECT_THAT(complaint_about(place / "new"), HasSubstr("is this host's clock right?"));
}

TEST(certificates, that_name_nobody_are_refused) {
  own_folder const place;
  authority const root;
  write_certificates(place / "pki", root.sign({.common_name = "", .alternative = ""}));
  EXPECT_THAT(complaint_about(place / "pki"), HasSubstr("subjectAltName"));
}

TEST(certificates, a_key_with_a_passphrase_is_refused_and_nobody_is_asked) {
  own_folder const place;
  authority const root;
  auto const folder = place / "pki";
  auto const ours = root.sign();
  write_certificates(folder, ours);
  testing::openssl_owned<BIO> const from(
      BIO_new_mem_buf(ours.key.data(), static_cast<int>(ours.key.size())));
  testing::openssl_owned<EVP_PKEY> const key(
      PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, nullptr));
  testing::openssl_owned<BIO> const to(BIO_new_file((folder / "server-key.pem").c_str(), "w"));
  char word[] = "word";
  PEM_write_bio_PrivateKey(to.get(), key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, word);
  BIO_flush(to.get());
  EXPECT_THAT(complaint_about(folder), HasSubstr("without a passphrase"));
}

}  // namespace
}  // namespace wedgehog::tls
