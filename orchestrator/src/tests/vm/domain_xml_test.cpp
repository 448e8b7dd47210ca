// Domains against descriptions that a person has read. WEDGEHOG_REWRITE=1 writes them anew: read
// the diff. A test of the peers asks libvirt's own schema whether they are what it wants.
#include "vm/libvirt/domain_xml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/file_text.hpp"
#include "vm/image.hpp"

namespace wedgehog::vm::libvirt {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

guest_profile profile(std::string const& file) {
  return vm::read_profile(std::string(WEDGEHOG_SOURCE_DIR) + "/" + file).value();
}

machine_spec three_disks(std::string const& tls_name = {}) {
  machine_spec machine;
  machine.name = "m & co";
  machine.kernel = "/k/vmlinuz";
  machine.initramfs = "/k/initramfs";
  machine.emulated_arguments = "norandmaps";
  machine.kernel_arguments = "console=ttyS0 what=\"<this>\"";
  machine.medium = "/i/system.iso";
  machine.agent_disk = "/i/agent.img";
  machine.files_disk = "/w/files.tar";
  machine.place = {"/run/m", "/w"};
  machine.disks = {{.name = "near", .server = unix_socket{"/run/m/disk-near"}},
                   {.name = "far",
                    .server = tcp_address{"10.0.0.1", 10810, "a-secret", tls_name},
                    .write_error = on_error::stop,
                    .volatile_cache = true},
                   {.name = "plain", .file = "/w/disks/plain.raw"}};
  return machine;
}

struct described_domain {
  char const* file;
  char const* profile;
  bool near;
  char const* tls_name = "";
};

class domains : public ::testing::TestWithParam<described_domain> {};

TEST_P(domains, are_as_they_were_read) {
  auto const file = std::filesystem::path(WEDGEHOG_TESTDATA) / "libvirt" / GetParam().file;
  domain_terms terms{.name = "wedgehog-a-run-1-1", .owner = "here 1 1000"};
  terms.system_disk = "/w/system.qcow2";
  if (GetParam().near) terms.second_monitor = "/run/m,or,so/oob";
  auto const written =
      domain_xml(three_disks(GetParam().tls_name), profile(GetParam().profile), terms);
  if (std::getenv("WEDGEHOG_REWRITE") != nullptr) {
    std::ofstream(file, std::ios::binary) << written;
    GTEST_SKIP() << "wrote " << file;
  }
  auto const expected = testing::text_of(file);
  EXPECT_EQ(written, expected) << "WEDGEHOG_REWRITE=1 writes " << file;
}

INSTANTIATE_TEST_SUITE_P(
    golden, domains,
    ::testing::Values(
        described_domain{"linux-near.xml", "images/linux/profile.yaml", true},
        described_domain{"linux-far.xml", "images/linux/profile.yaml", false},
        described_domain{"linux-far-tls.xml", "images/linux/profile.yaml", false, "disks.example"},
        described_domain{"linux-disk.xml", "images/linux-disk/profile.yaml", false},
        described_domain{"dragonfly.xml", "orchestrator/src/tests/testdata/guest/dragonfly.yaml",
                         true},
        described_domain{"illumos.xml", "orchestrator/src/tests/testdata/guest/illumos.yaml",
                         false}));

TEST(domain_xml, kvm_is_another_type_with_the_hosts_processor) {
  domain_terms const terms{.accel = accelerator::kvm, .emulator = "/opt/qemu"};
  auto const text = domain_xml(three_disks(), profile("images/linux/profile.yaml"), terms);
  EXPECT_THAT(text, HasSubstr("<domain type=\"kvm\""));
  EXPECT_THAT(text, Not(HasSubstr("norandmaps")));
  EXPECT_THAT(text, HasSubstr("<cpu mode=\"host-passthrough\" />"));
  EXPECT_THAT(text, HasSubstr("<emulator>/opt/qemu</emulator>"));
}

// libvirt wants it only where it is another than the host's.
TEST(domain_xml, a_certificate_for_the_address_needs_no_name) {
  auto const named = domain_xml(three_disks("10.0.0.1"), profile("images/linux/profile.yaml"), {});
  EXPECT_THAT(named, HasSubstr("name=\"a-secret\" tls=\"yes\">"));
  auto const open = domain_xml(three_disks(), profile("images/linux/profile.yaml"), {});
  EXPECT_THAT(open, Not(HasSubstr("tls")));
}

TEST(domain_xml, only_a_near_one_has_a_monitor_of_ours) {
  auto const far = domain_xml(three_disks(), profile("images/linux/profile.yaml"), {});
  EXPECT_THAT(far, Not(HasSubstr("second-monitor")));
}

}  // namespace
}  // namespace wedgehog::vm::libvirt
