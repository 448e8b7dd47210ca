#include "vm/hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wedgehog::vm {
namespace {

using ::testing::HasSubstr;

TEST(hosts, are_read_with_their_limits) {
  auto const read = read_hosts(R"(
format: 1
hosts:
  farm3:
    {uri: "qemu+ssh://farm3/system", disks_from: 10.0.0.1, disks_tls: pki, slots: 8, memory: 64GiB}
  here: {uri: "qemu:///session"}
)");
  EXPECT_TRUE(read.complaints.empty()) << recipe::print(read.complaints, "hosts.yaml");
  ASSERT_EQ(read.hosts.size(), 2U);
  EXPECT_EQ(read.hosts[0], (named_host{"farm3", "qemu+ssh://farm3/system", "10.0.0.1", "pki", 8,
                                       std::uint64_t{64} << 30U}));
  EXPECT_EQ(read.hosts[1], (named_host{"here", "qemu:///session"}));
}

TEST(hosts, a_mistake_is_named_with_its_place) {
  auto const complaints_of = [](char const* text) {
    return recipe::print(read_hosts(text).complaints, "hosts.yaml");
  };
  EXPECT_THAT(complaints_of("format: 1\nhosts:\n  a: {uri: xen:///}\n"),
              HasSubstr("hosts.yaml:3:12: a: uri: 'xen:///' is no libvirt URI"));
  EXPECT_THAT(complaints_of("format: 1\nhosts:\n  a: {uri: \"qemu:///system\", slot: 3}\n"),
              HasSubstr("slot"));
  EXPECT_THAT(complaints_of("format: 1\nhosts:\n  a: qemu\n"), HasSubstr("must be a mapping"));
  EXPECT_THAT(complaints_of("format: 1\nhosts:\n  a: {slots: 3}\n"), HasSubstr("uri"));
  EXPECT_THAT(complaints_of("hosts: {}\n"), HasSubstr("format"));
}

TEST(hosts, limit_how_many_machines_are_there_at_once) {
  named_host const host{"a", "qemu:///system", "", "", 8, 1U << 30U};
  EXPECT_EQ(at_once_on(host, 20, 64U << 20U), 8U);
  EXPECT_EQ(at_once_on(host, 20, 256U << 20U), 4U);
  EXPECT_EQ(at_once_on(host, 2, 256U << 20U), 2U);
  EXPECT_EQ(at_once_on(host, 20, std::uint64_t{2} << 30U), 1U);
  EXPECT_EQ(at_once_on({"b", "qemu:///system"}, 20, 1U << 30U), 20U);
}

}  // namespace
}  // namespace wedgehog::vm
