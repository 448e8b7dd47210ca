// What must be known of a guest system to start it, to talk to it and to look into it: everything
// that differs from one system to the next and is not in the agent. Read from
// images/OS/profile.yaml, in which each key has an effect and no other is accepted.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "guest/abilities.hpp"

namespace wedgehog::guest {

enum class boot_medium {
  kernel,  // a kernel and an initramfs, with arguments of ours
  disk,    // an overlay above the image's system disk, which is never written to
  cd,      // read-only
};

// How the agent's byte stream reaches the host: virtio-serial where the guest has a driver (Linux),
// else a second ISA UART (DragonFly, illumos).
enum class agent_transport { virtio_serial, isa_serial };

// How the agent's program comes into the guest.
enum class agent_delivery {
  image,  // it is in there, and starts by itself or by the dialogue
  disk,   // it is on a small read-only disk beside the others
};

enum class disk_bus { virtio, ide };

// A disk that brings something: the agent, a recipe's files.
enum class brought_disk {
  read_only,
  writable,  // what is written to it goes nowhere
};

// What the host adds to a machine because the guest has a driver for it.
enum class device { balloon, entropy, panic_pci, panic_isa, core_info, network };

// What becomes of a machine whose kernel has told QEMU that it panics (pvpanic).
enum class panic_action {
  pause,  // it stays as it is
  run,    // its kernel prints the panic only then
};

// One line of the talk with the console between power-on and the agent's first word.
struct exchange {
  std::string expect;    // appears on the console
  std::string send;      // what is then typed; may be nothing
  microseconds limit{};  // for it to appear
  bool operator==(exchange const&) const = default;
};

struct boot_profile {
  boot_medium from = boot_medium::kernel;
  std::vector<std::string> kernel_arguments{};           // only with boot_medium::kernel
  std::vector<std::string> emulated_kernel_arguments{};  // likewise, under TCG: before the others
  std::string sysctl{};   // an argument with {name} and {value}; empty: none
  std::string modules{};  // an argument with {names}, A,B; empty: none
  std::vector<exchange> dialogue{};
  bool operator==(boot_profile const&) const = default;
};

struct agent_profile {
  agent_transport transport = agent_transport::virtio_serial;
  std::string port = "org.wedgehog.agent.0";  // its name on virtio-serial
  agent_delivery delivery = agent_delivery::image;
  bool operator==(agent_profile const&) const = default;
};

struct disks_profile {
  std::string path = "/dev/wedgehog/{name}";  // of the disk whose serial number is {name}
  std::uint64_t serial_length = 20;           // of longer names the guest sees the beginning
  disk_bus bus = disk_bus::virtio;            // of the system disk
  brought_disk brought = brought_disk::read_only;
  std::string unpack{};  // a script that unpacks the tar on {disk} over /; empty: there is none
  bool operator==(disks_profile const&) const = default;
};

// Scripts by which the agent of a system that takes no arguments from us does before the first step
// what others are told at boot.
struct settings_profile {
  std::string sysctl{};   // with {name} and {value}; empty: it cannot
  std::string modules{};  // with {names}, separated by blanks; empty: it cannot
  bool operator==(settings_profile const&) const = default;
};

struct probes_profile {
  std::string io{};            // a script that reads past all caches from {disk}; empty: none
  std::string sysrq_answer{};  // on the console, after a break and a key; empty: there are no keys
  std::string nmi_answer{};    // on the console, after a non-maskable interrupt; empty: silence
  bool operator==(probes_profile const&) const = default;
};

// The kernel's own debugger, on the console: entered by a break or an NMI, or by a panic.
struct debugger_profile {
  std::string prompt{};                 // "db> "; empty: there is none
  std::string pager{};                  // what it says before the next page; a blank turns it
  std::vector<std::string> commands{};  // asked when a recipe names none
  std::string go_on{};                  // lets the system go on
  bool operator==(debugger_profile const&) const = default;
};

struct profile {
  std::string name = "linux";  // the image's
  std::string os = "linux";    // whose console table and agent port it has
  boot_profile boot{};
  agent_profile agent{};
  disks_profile disks{};
  settings_profile settings{};
  probes_profile probes{};
  debugger_profile debugger{};
  panic_action after_panic = panic_action::pause;
  std::uint64_t least_memory = 0;      // bytes with which it boots; 0: nobody measured it
  std::vector<std::string> machine{};  // QEMU's -machine options that it needs: "hpet=off"
  std::set<device> devices{};
  std::vector<std::string> collectors{};  // what its agent offers, in the order of evidence
  std::string blocked_state = "D";        // the letter of a task that cannot be interrupted
  abilities can{};                        // all of it, with what the keys above imply
  bool operator==(profile const&) const = default;
};

// "console=ttyS0 loglevel=7 …"
[[nodiscard]] std::string joined(std::vector<std::string> const& arguments);
// A text with {key} in it, filled; what is filled in is not looked at again.
using filling = std::pair<std::string_view, std::string_view>;
[[nodiscard]] std::string filled(std::string_view text, std::vector<filling> const& with);
// The serial number of the read-only disk that carries a recipe's files.
inline constexpr std::string_view files_disk = "wedgehog-files";
// The path of a disk in the guest.
[[nodiscard]] std::string disk_path(profile const& of, std::string_view disk);

}  // namespace wedgehog::guest
