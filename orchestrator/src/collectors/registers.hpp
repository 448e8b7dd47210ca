// "info registers -a" of QEMU's human monitor -> what each vCPU was doing at that moment. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace wedgehog::collectors {

struct vcpu_registers {
  int index = 0;
  bool halted = false;
  bool interrupts_on = false;  // EFLAGS.IF
  int ring = 0;                // current privilege level
  std::uint64_t instruction_pointer = 0;
  bool operator==(vcpu_registers const&) const = default;
};

// QEMU 7.2, target/i386/cpu-dump.c: "CPU#0", then "RIP=… RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1
// SMM=0 HLT=1". What is not there is left out; text of another shape gives an empty list.
[[nodiscard]] std::vector<vcpu_registers> parse_registers(std::string_view text);

}  // namespace wedgehog::collectors
