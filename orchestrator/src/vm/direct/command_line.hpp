// Machine spec + guest profile -> QEMU's argument list: a pure function, so that --dry-run and the
// tests see what runs.
#pragma once

#include <string>
#include <vector>

#include "vm/machine_spec.hpp"

namespace wedgehog::vm::direct {

// Which QEMU, and how it runs its processors.
struct program {
  std::string path = "qemu-system-x86_64";
  accelerator accel = accelerator::tcg;
};

// Where QEMU's sockets and the guest's memory are, below the runtime folder.
struct sockets {
  std::string directory;
  [[nodiscard]] std::string monitor() const { return directory + "/qmp"; }
  [[nodiscard]] std::string second_monitor() const { return directory + "/oob"; }
  [[nodiscard]] std::string console() const { return directory + "/console"; }
  [[nodiscard]] std::string agent() const { return directory + "/agent"; }
  [[nodiscard]] std::string memory() const { return directory + "/ram"; }
};
// QEMU itself writes every console byte here, whoever listens.
[[nodiscard]] std::string console_file(machine_place const& place);
// The overlay above the image's system disk, where the guest boots from one.
[[nodiscard]] std::string system_disk(machine_place const& place);
// What it complains about.
[[nodiscard]] std::string log_file(machine_place const& place);

// argv, the program first. Written for QEMU 7.2.
[[nodiscard]] std::vector<std::string> command_line(program const& qemu,
                                                    machine_spec const& machine,
                                                    guest_profile const& guest);

// Quoted for a POSIX shell, one option a line, ready to paste.
[[nodiscard]] std::string pasteable(std::vector<std::string> const& argv);

}  // namespace wedgehog::vm::direct
