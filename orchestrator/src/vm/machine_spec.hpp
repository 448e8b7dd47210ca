// What a machine is made of, as plain values: everything that a backend needs to start one and
// nothing that moves.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/enum_words.hpp"
#include "guest/profile.hpp"

namespace wedgehog::vm {

// What differs from one guest system to the next.
using guest_profile = guest::profile;

enum class on_error { report, stop };  // what QEMU does when a disk's backend fails a request

// Where the machine finds the server of a disk, which speaks NBD.
struct no_server {};  // there is none: the machine opens the raw file itself
struct unix_socket {
  std::string path;
};
struct tcp_address {
  std::string host;
  std::uint16_t port = 10809;
  std::string export_name{};  // what only whoever may have the disk knows; empty: the only export
  // Whom the server's certificate names, where it speaks TLS and nothing else; empty: unencrypted.
  std::string tls_name{};
};
using disk_server = std::variant<no_server, unix_socket, tcp_address>;

struct disk_spec {
  std::string name;  // also its serial number, as the guest sees it; at most 20 bytes
  disk_server server;
  std::string file;  // the raw file behind it, whoever opens it
  on_error read_error = on_error::report;
  on_error write_error = on_error::report;
  bool volatile_cache = false;  // the guest is told so, and flushes
  int reconnect_s = 0;          // how long requests wait for a dropped server; 0: they fail
  // Both only where a plan needs it: the plain disk is the one that every guest OS knows.
  bool hotplug = false;    // behind a port of its own, so that it can be pulled
  bool resizable = false;  // its node can be exchanged for a larger one
};

enum class accelerator { tcg, kvm };
BOOST_DESCRIBE_ENUM(accelerator, tcg, kvm)
using wedgehog::name_of;

// Where the files of a machine go that are on this host.
struct machine_place {
  std::string runtime_folder;  // sockets and memory: a short path (107 bytes), on tmpfs
  std::string run_folder;      // what is kept: console.raw, qemu.log
  // Where QEMU reaches the disks that are served here: their ports and export names are not known
  // before. None: by a socket in the runtime folder.
  std::optional<tcp_address> disk_server{};
};

// A machine that was booted and then frozen, which others begin as copies of. Its files are never
// written to.
struct frozen_machine {
  std::string folder;
  [[nodiscard]] std::string memory() const { return folder + "/memory"; }
  // What else there is of it, as QEMU migrates it.
  [[nodiscard]] std::string devices() const { return folder + "/devices"; }
  // Where the guest boots from a disk: an overlay above the image's.
  [[nodiscard]] std::string system_disk() const { return folder + "/system.qcow2"; }
};

struct machine_spec {
  std::string name;
  int vcpus = 2;
  std::uint64_t memory_bytes = 256U << 20U;
  // One of the two, as the profile says it boots.
  std::string kernel;
  std::string initramfs;
  std::string kernel_arguments;    // the profile's, then the recipe's, which win
  std::string emulated_arguments;  // before them, where it is emulated
  [[nodiscard]] std::string kernel_line(accelerator on) const {
    bool const as_it_is = on != accelerator::tcg || emulated_arguments.empty();
    return as_it_is ? kernel_arguments : emulated_arguments + " " + kernel_arguments;
  }
  std::string medium;  // a qcow2 image of the system disk, or a CD; never written to
  // A CD that it boots from rather than its system disk, which stands beside it. Only where the
  // profile boots from a disk; empty: there is none.
  std::string install_medium;
  std::string agent_disk;  // read-only, raw; empty: there is none
  std::string files_disk;  // the same, with the recipe's files
  // SHA-256 of those of the files above that others use, too, by their paths.
  std::map<std::string, std::string> sha256{};
  std::vector<disk_spec> disks;
  bool network = false;          // a card on a network of its own, which reaches nobody …
  bool network_reaches = false;  // … but for this: then it reaches what this host reaches
  // The profile's, where it has one. A frozen machine and its copies have none.
  bool balloon = true;
  // It is to boot again while its QEMU lives: only then a copy needs a kernel, of which QEMU keeps
  // the whole file in memory.
  bool reboots = true;
  // It begins as a copy of this. Its parts must be those of the other. Only with ability::clone.
  std::optional<frozen_machine> begins_as{};
  machine_place place;
};

}  // namespace wedgehog::vm
