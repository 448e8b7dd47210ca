#include <gtest/gtest.h>

#include "collectors/registers.hpp"

namespace wedgehog::collectors {
namespace {

// QEMU 7.2, two vCPUs of a Linux guest: the first halted in its idle loop, the second spinning with
// interrupts off.
constexpr std::string_view two_vcpus = R"(
CPU#0
RAX=00000000000c4b41 RBX=0000000000000000 RCX=0000000000000001 RDX=4000000000000000
RSI=ffffffff82c0e4b8 RDI=000000000006e3ec RBP=0000000000000000 RSP=ffffffff82e03e80
RIP=ffffffff81e4a61b RFL=00000202 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=1
ES =0000 0000000000000000 ffffffff 00c00000
EFER=0000000000000d01

CPU#1
RAX=0000000000000001 RBX=ffff888003e3a000 RCX=0000000000000000 RDX=0000000000000000
RIP=ffffffffc0204010 RFL=00000046 [---Z-P-] CPL=3 II=0 A20=1 SMM=0 HLT=0
)";

TEST(registers, what_each_vcpu_was_doing) {
  auto const found = parse_registers(two_vcpus);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (vcpu_registers{0, true, true, 0, 0xffffffff81e4a61bU}));
  EXPECT_EQ(found[1], (vcpu_registers{1, false, false, 3, 0xffffffffc0204010U}));
}

TEST(registers, real_mode_has_shorter_names) {
  auto const found = parse_registers(
      "\r\nCPU#0\r\nEIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (vcpu_registers{0, false, false, 0, 0xfff0U}));
}

TEST(registers, text_of_another_shape_gives_nothing) {
  EXPECT_TRUE(parse_registers("").empty());
  EXPECT_TRUE(parse_registers("unknown command: 'info registers -a'").empty());
  EXPECT_TRUE(parse_registers("CPU#0\nRIP=zz RFL=").empty());
  EXPECT_TRUE(parse_registers("RIP=1 RFL=2 HLT=1").empty());
}

TEST(registers, every_prefix_is_survived) {
  for (std::size_t i = 0; i <= two_vcpus.size(); ++i)
    EXPECT_LE(parse_registers(two_vcpus.substr(0, i)).size(), 2U);
}

}  // namespace
}  // namespace wedgehog::collectors
