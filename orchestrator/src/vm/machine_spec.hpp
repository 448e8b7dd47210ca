// What a machine is made of, as plain values: everything that command_line needs and nothing that
// moves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wedgehog::vm {

// How the agent's byte stream reaches the host: virtio-serial where the guest has a driver (Linux),
// else a second ISA UART (DragonFly, illumos).
enum class agent_transport { virtio_serial, isa_serial };

// What differs from one guest OS to the next on QEMU's command line.
struct guest_profile {
  std::string os = "linux";
  std::string kernel_arguments;  // "console=ttyS0 loglevel=7 …"
  agent_transport transport = agent_transport::virtio_serial;
  std::string agent_port = "org.wedgehog.agent.0";
};

enum class on_error { report, stop };  // what QEMU does when a disk's backend fails a request

struct disk_spec {
  std::string name;        // also its serial number, as the guest sees it; at most 20 bytes
  std::string nbd_socket;  // served by our fault disk …
  std::string file;        // … or a raw file
  on_error read_error = on_error::report;
  on_error write_error = on_error::report;
  bool volatile_cache = false;  // the guest is told so, and flushes
  int reconnect_s = 0;          // how long requests wait for a dropped server; 0: they fail
  // Both only where a plan needs it: the plain disk is the one that every guest OS knows.
  bool hotplug = false;    // behind a port of its own, so that it can be pulled
  bool resizable = false;  // its node can be exchanged for a larger one
};

enum class accelerator { tcg, kvm };

// Where a machine's sockets and memory live: short paths (a UNIX socket's path has 107 bytes), on
// tmpfs.
struct machine_paths {
  std::string directory;
  [[nodiscard]] std::string monitor() const { return directory + "/qmp"; }
  [[nodiscard]] std::string second_monitor() const { return directory + "/oob"; }
  [[nodiscard]] std::string console() const { return directory + "/console"; }
  [[nodiscard]] std::string agent() const { return directory + "/agent"; }
  [[nodiscard]] std::string memory() const { return directory + "/ram"; }
};

struct machine_spec {
  std::string qemu = "qemu-system-x86_64";
  std::string name;
  accelerator accel = accelerator::tcg;
  int vcpus = 2;
  std::uint64_t memory_bytes = 256U << 20U;
  std::string kernel;
  std::string initramfs;
  std::string extra_kernel_arguments;  // after the profile's, so that they win
  std::vector<disk_spec> disks;
  bool network = false;  // a card on QEMU's own network, which reaches nobody
  machine_paths paths;
  std::string console_file;  // QEMU itself writes every console byte here, whoever listens
};

}  // namespace wedgehog::vm
