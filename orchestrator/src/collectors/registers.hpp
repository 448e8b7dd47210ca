// "info registers -a" of QEMU's human monitor -> what each vCPU was doing at that moment. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wedgehog::collectors {

struct vcpu_registers {
  int index = 0;
  bool halted = false;
  bool interrupts_on = false;  // EFLAGS.IF
  int ring = 0;                // current privilege level
  std::uint64_t instruction_pointer = 0;
  std::uint64_t count = 0;        // RCX: what a repeated string instruction has still to do
  std::uint64_t destination = 0;  // RDI: where it is
  bool operator==(vcpu_registers const&) const = default;
};

// QEMU 7.2, target/i386/cpu-dump.c: "CPU#0", then "RIP=… RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1
// SMM=0 HLT=1". What is not there is left out; text of another shape gives an empty list.
[[nodiscard]] std::vector<vcpu_registers> parse_registers(std::string_view text);

// Iterations a second of a repeated string instruction ("rep stosb" and its like) that both looks
// at a vCPU, elapsed_s apart, found in the middle; nothing where they did not find the same one.
// Hardware makes billions, QEMU's TCG some ten millions. It crawls at 10 to 2,500 where the page
// that is written once held code and QEMU 7.2 looks through a long list of its translations for
// each step (seen: a page took a minute to clear).
[[nodiscard]] std::optional<double> string_rate(vcpu_registers const& earlier,
                                                vcpu_registers const& later, double elapsed_s);

}  // namespace wedgehog::collectors
