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
  EXPECT_EQ(found[0], (vcpu_registers{0, true, true, 0, 0xffffffff81e4a61bU, 1, 0x6e3ecU}));
  EXPECT_EQ(found[1], (vcpu_registers{1, false, false, 3, 0xffffffffc0204010U}));
}

TEST(registers, real_mode_has_shorter_names) {
  auto const found = parse_registers(
      "\r\nCPU#0\r\nEIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0\r\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (vcpu_registers{0, false, false, 0, 0xfff0U}));
}

// clear_page_erms of Linux 6.1 under QEMU 7.2's TCG, a quarter of a second apart.
TEST(string_rate, a_page_that_is_cleared_byte_by_byte_crawls) {
  auto const look = [](std::uint64_t count, std::uint64_t destination) {
    return vcpu_registers{0, false, true, 0, 0xffffffffba7c29b7U, count, destination};
  };
  std::uint64_t const page = 0xff3c88bac31c4000U;
  auto const at = [&](std::uint64_t done) { return look(0x1000 - done, page + done); };
  EXPECT_DOUBLE_EQ(string_rate(at(100), at(104), 0.25).value(), 16);
  // Eight bytes at once.
  EXPECT_DOUBLE_EQ(string_rate(look(512, page), look(502, page + 80), 1).value(), 10);
  EXPECT_FALSE(string_rate(at(100), at(100), 0.25)) << "stands still: nothing is known";
  EXPECT_FALSE(string_rate(at(104), at(100), 0.25)) << "another run of the same instruction";
  EXPECT_FALSE(string_rate(at(100), look(0x1000 - 104, page + 0x5104), 0.25)) << "another page";
  EXPECT_FALSE(string_rate(at(100), at(104), 0));
  auto elsewhere = at(104);
  elsewhere.instruction_pointer += 7;
  EXPECT_FALSE(string_rate(at(100), elsewhere, 0.25));
  auto rests = at(104);
  rests.halted = true;
  EXPECT_FALSE(string_rate(at(100), rests, 0.25));
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
