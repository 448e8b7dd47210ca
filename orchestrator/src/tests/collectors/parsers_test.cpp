#include <gtest/gtest.h>
#include <unistd.h>

#include "collectors/process_times.hpp"
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

TEST(process_stat, names_may_hold_anything) {
  auto const stat =
      parse_stat("42 (CPU 0/TCG) x) S 1 42 42 0 -1 64 1 2 3 4 250 150 0 0 20 0 4 0 99", 100);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_DOUBLE_EQ(stat->cpu_s, 4.0);
}

TEST(process_stat, cut_text_is_refused) {
  EXPECT_FALSE(parse_stat("", 100));
  EXPECT_FALSE(parse_stat("42 (x)", 100));
  EXPECT_FALSE(parse_stat("42 (x) S 1 2 3", 100));
}

TEST(process_stat, reads_this_very_thread) {
  auto const stat = read_stat(::getpid(), ::getpid());
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'R');
  EXPECT_FALSE(read_stat(::getpid(), 1));
}

}  // namespace
}  // namespace wedgehog::collectors
