#include "vm/libvirt/tls_refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wedgehog::vm::libvirt {
namespace {

using ::testing::HasSubstr;

std::string const options =
    R"(-blockdev {"driver":"nbd","server":{"type":"inet","host":"10.0.0.1","port":"10999"},)"
    R"("export":"e","tls-creds":"objlibvirt-1-storage_tls0","node-name":"libvirt-1-storage"}: )";

// As libvirt 9.0 passed them on.
TEST(tls_refusal, each_has_a_remedy_that_names_what_is_missing) {
  EXPECT_THAT(tls_remedy("Unable to access credentials /etc/pki/qemu/ca-cert.pem: No such file or "
                         "directory"),
              HasSubstr("put that ca-cert.pem into /etc/pki/qemu"));
  EXPECT_THAT(tls_remedy("Cannot load certificate '/p/client-cert.pem' & key "
                         "'/p/client-key.pem': Error while reading file."),
              HasSubstr("must be able to read"));
  EXPECT_THAT(tls_remedy(options + "Certificate does not match the hostname 10.0.0.1"),
              HasSubstr("does not name this host"));
  EXPECT_THAT(tls_remedy(options + "The certificate hasn't got a known issuer"),
              HasSubstr("is not that of who signed"));
  EXPECT_THAT(tls_remedy(options + "TLS handshake failed: something new"),
              HasSubstr("docs/libvirt.md"));
  EXPECT_THAT(tls_remedy(options + "Failed to read option reply: Cannot read from TLS channel: "
                                   "Input/output error"),
              HasSubstr("put client-cert.pem and client-key.pem into"));
}

TEST(tls_refusal, what_has_another_reason_is_left_alone) {
  EXPECT_EQ(tls_remedy(options + "Failed to connect to '10.0.0.1:10999': Connection refused"), "");
  EXPECT_EQ(tls_remedy("could not open kernel file"), "");
}

}  // namespace
}  // namespace wedgehog::vm::libvirt
