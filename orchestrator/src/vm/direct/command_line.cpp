#include "vm/direct/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "vm/monitor_names.hpp"

namespace wedgehog::vm::direct {
namespace {

// What we start ourselves we name ourselves.
monitor_names const names;

// QEMU's option parser: a comma in a value is doubled.
std::string comma_safe(std::string const& value) {
  std::string safe;
  for (char c : value) {
    safe += c;
    if (c == ',') safe += c;
  }
  return safe;
}

class arguments {
 public:
  explicit arguments(std::string const& program) : argv_{program} {}
  template <class... Values>
  void add(std::string_view option, fmt::format_string<Values...> format, Values&&... values) {
    argv_.emplace_back(option);
    argv_.push_back(fmt::format(format, std::forward<Values>(values)...));
  }
  void add(std::string_view option) { argv_.emplace_back(option); }
  std::vector<std::string> take() && { return std::move(argv_); }

 private:
  std::vector<std::string> argv_;
};

// Dotted keys, as -blockdev takes them: ",server.type=unix,server.path=…"
std::string dotted(json::object const& address) {
  std::string text;
  for (auto const& [key, value] : address)
    text += fmt::format(",server.{}={}", std::string_view(key),
                        comma_safe(std::string(value.as_string())));
  return text;
}

void add_disk(arguments& list, disk_spec const& disk, std::size_t number) {
  if (auto const server = dotted(server_address(disk.server)); !server.empty())
    list.add("-blockdev", "driver=nbd,node-name={}{},discard=unmap{}", names.disk_node(disk.name),
             server,
             disk.reconnect_s > 0 ? fmt::format(",reconnect-delay={}", disk.reconnect_s) : "");
  else
    list.add("-blockdev", "driver=file,node-name={},filename={},discard=unmap",
             names.disk_node(disk.name), comma_safe(disk.file));
  // QEMU 7.2: the size of an NBD node is what the server said when it connected. A raw node above
  // it can be given another NBD node (blockdev-reopen), and then learns the size of that.
  if (disk.resizable)
    list.add("-blockdev", "driver=raw,node-name={},file={}", names.disk_top(disk.name),
             names.disk_node(disk.name));
  // On the root bus, not behind a root port: there DragonFly would see a modern-only device, for
  // which it has no driver. But the root bus takes no device while the machine runs.
  if (disk.hotplug)
    list.add("-device", "pcie-root-port,id={},chassis={},slot={}", names.disk_port(disk.name),
             number, number);
  std::string properties;
  for (auto const& [key, value] : names.disk_properties(disk))
    if (key != "driver")
      properties += fmt::format(",{}={}", std::string_view(key), std::string(value.as_string()));
  list.add("-device", "virtio-blk-pci{}", properties);
}

void add_socket(arguments& list, std::string_view id, std::string const& path) {
  list.add("-chardev", "socket,id={},path={},server=on,wait=off", id, comma_safe(path));
}

void add_agent(arguments& list, sockets const& place, guest_profile const& guest) {
  add_socket(list, "agent", place.agent());
  if (guest.agent.transport == guest::agent_transport::virtio_serial) {
    list.add("-device", "virtio-serial-pci,id=serial-bus");
    list.add("-device", "virtserialport,bus=serial-bus.0,chardev=agent,name={}",
             comma_safe(guest.agent.port));
  } else {
    // DragonFly 5.9, seen 2026-11: serial units are numbered in reverse order of creation, so COM2
    // is made first.
    list.add("-device", "isa-serial,chardev=agent,index=1");
  }
}

void add_install_medium(arguments& list, std::string const& file) {
  if (file.empty()) return;
  list.add("-blockdev", "driver=file,node-name=install-medium,read-only=on,filename={}",
           comma_safe(file));
  list.add("-device", "ide-cd,id=install-cd,drive=install-medium,bootindex=0");
}

// The system disk is an overlay in the run's folder: what the guest writes ends with the run.
void add_boot(arguments& list, machine_spec const& machine, guest_profile const& guest,
              accelerator accel) {
  bool const ide = guest.disks.bus == guest::disk_bus::ide;
  switch (guest.boot.from) {
    case guest::boot_medium::kernel:
      if (machine.begins_as && !machine.reboots) return;
      list.add("-kernel", "{}", machine.kernel);
      if (!machine.initramfs.empty()) list.add("-initrd", "{}", machine.initramfs);
      list.add("-append", "{}", machine.kernel_line(accel));
      return;
    case guest::boot_medium::disk:
      list.add("-blockdev", "driver=qcow2,node-name=system,file.driver=file,file.filename={}",
               comma_safe(system_disk(machine.place)));
      list.add("-device", "{},id=system-disk,drive=system,bootindex={}",
               ide ? "ide-hd" : "virtio-blk-pci", machine.install_medium.empty() ? 0 : 1);
      add_install_medium(list, machine.install_medium);
      return;
    case guest::boot_medium::cd:
      list.add("-blockdev", "driver=file,node-name=system,read-only=on,filename={}",
               comma_safe(machine.medium));
      list.add("-device", "ide-cd,id=system-cd,drive=system,bootindex=0");
      return;
  }
}

struct brought {
  std::string_view id;
  std::string_view serial;
  std::string const& file;
};

// After the others, so that they do not shift their names in the guest.
void add_brought_disk(arguments& list, brought const& what, guest_profile const& guest) {
  if (what.file.empty()) return;
  if (guest.disks.brought == guest::brought_disk::read_only)
    list.add("-blockdev", "driver=file,node-name={},read-only=on,filename={}", what.id,
             comma_safe(what.file));
  else
    list.add("-drive", "if=none,id={},format=raw,snapshot=on,file={}", what.id,
             comma_safe(what.file));
  list.add("-device", "virtio-blk-pci,id={0},drive={0},serial={1}", what.id, what.serial);
}

void add_devices(arguments& list, machine_spec const& machine, guest_profile const& guest) {
  auto const has = [&guest](guest::device what) { return guest.devices.contains(what); };
  if (machine.network && has(guest::device::network)) {
    list.add("-netdev", "user,id=net{}", machine.network_reaches ? "" : ",restrict=on");
    list.add("-device", "virtio-net-pci,id={},netdev=net", names.network_card());
  }
  if (has(guest::device::core_info)) list.add("-device", "vmcoreinfo");
  if (has(guest::device::panic_pci)) list.add("-device", "pvpanic-pci");
  if (has(guest::device::panic_isa)) list.add("-device", "pvpanic");
  if (machine.balloon && has(guest::device::balloon))
    list.add("-device", "virtio-balloon-pci,id=balloon");
  if (has(guest::device::entropy)) {
    list.add("-object", "rng-random,id=entropy,filename=/dev/urandom");
    list.add("-device", "virtio-rng-pci,rng=entropy");
  }
}

}  // namespace

std::vector<std::string> command_line(program const& qemu, machine_spec const& machine,
                                      guest_profile const& guest) {
  sockets const place{machine.place.runtime_folder};
  arguments list(qemu.path);
  list.add("-name", "guest={},debug-threads=on", comma_safe(machine.name));
  std::string options;
  for (auto const& option : guest.machine) options += "," + comma_safe(option);
  list.add("-machine", "q35,memory-backend=ram{}", options);
  if (qemu.accel == accelerator::kvm) {
    list.add("-accel", "kvm");
    list.add("-cpu", "host");
  } else {
    // Of hundreds of copies each would keep much more translated code than it runs.
    list.add("-accel", "tcg,thread=multi{}", machine.begins_as ? ",tb-size=32" : "");
    // Told of "enhanced rep movsb" (ERMS), kernels clear and copy pages byte by byte, which TCG
    // emulates one by one: without it Linux 6.1 reached its init in 17 % less time.
    list.add("-cpu", "max,-erms");
  }
  list.add("-smp", "{}", machine.vcpus);
  list.add("-m", "size={}B", machine.memory_bytes);
  // A copy writes to pages of its own: what all of them read stays as it was frozen.
  list.add("-object", "memory-backend-file,id=ram,size={}B,mem-path={},share={}",
           machine.memory_bytes,
           comma_safe(machine.begins_as ? machine.begins_as->memory() : place.memory()),
           machine.begins_as ? "off" : "on");
  if (machine.begins_as) list.add("-incoming", "defer");
  list.add("-nodefaults");
  list.add("-no-user-config");
  list.add("-display", "none");
  list.add("-msg", "timestamp=on");
  list.add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  // The evidence stays: a panic, a reset and a power-off all leave the machine paused with its
  // memory, but for a panic of which the guest has yet to speak.
  list.add("-action", "panic={},reboot=shutdown,shutdown=pause,watchdog=pause",
           guest.after_panic == guest::panic_action::pause ? "pause" : "none");

  add_boot(list, machine, guest, qemu.accel);

  add_socket(list, "monitor", place.monitor());
  list.add("-mon", "chardev=monitor,mode=control");
  add_socket(list, "second-monitor", place.second_monitor());
  list.add("-mon", "chardev=second-monitor,mode=control");

  add_agent(list, place, guest);
  list.add("-chardev", "socket,id={},path={},server=on,wait=off,logfile={},logappend=on",
           names.console_line, comma_safe(place.console()),
           comma_safe(console_file(machine.place)));
  list.add("-device", "isa-serial,chardev={},index=0", names.console_line);

  for (std::size_t i = 0; i < machine.disks.size(); ++i) add_disk(list, machine.disks[i], i + 1);
  add_brought_disk(list, {"agent-disk", "wedgehog-agent", machine.agent_disk}, guest);
  add_brought_disk(list, {"files-disk", guest::files_disk, machine.files_disk}, guest);
  add_devices(list, machine, guest);
  return std::move(list).take();
}

std::string console_file(machine_place const& place) {
  return place.run_folder + "/console.raw";
}

std::string system_disk(machine_place const& place) {
  return place.run_folder + "/system.qcow2";
}

std::string log_file(machine_place const& place) {
  return place.run_folder + "/qemu.log";
}

std::string pasteable(std::vector<std::string> const& argv) {
  auto const plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-_=./,:+@%").find(c) != std::string_view::npos;
  };
  std::string text;
  for (auto const& argument : argv) {
    bool const option = argument.size() > 1 && argument[0] == '-';
    if (!text.empty()) text += option ? " \\\n  " : " ";
    if (!argument.empty() && std::all_of(argument.begin(), argument.end(), plain)) {
      text += argument;
      continue;
    }
    text += '\'';
    for (char c : argument) {
      if (c == '\'')
        text += "'\\''";
      else
        text += c;
    }
    text += '\'';
  }
  return text;
}

}  // namespace wedgehog::vm::direct
