#include "vm/libvirt/domain_xml.hpp"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <sstream>

namespace wedgehog::vm::libvirt {
namespace {

using pugi::xml_node;

// Slots of the root bus, chosen here: left to itself libvirt puts each device behind a port of its
// own, and there a guest sees a modern-only device, for which DragonFly has no driver.
enum slot : int { first_slot = 3, last_slot = 0x1e };

class slots {
 public:
  void take(xml_node device) {
    auto address = device.append_child("address");
    address.append_attribute("type") = "pci";
    address.append_attribute("domain") = "0x0000";
    address.append_attribute("bus") = "0x00";
    address.append_attribute("slot") = fmt::format("0x{:02x}", next_).c_str();
    address.append_attribute("function") = "0x0";
    // More disks than slots: libvirt says so.
    if (next_ < last_slot) ++next_;
  }

 private:
  int next_ = first_slot;
};

xml_node text(xml_node parent, char const* name, std::string const& value) {
  auto made = parent.append_child(name);
  made.text().set(value.c_str());
  return made;
}

xml_node with(xml_node parent, char const* name, char const* attribute, std::string const& value) {
  auto made = parent.append_child(name);
  made.append_attribute(attribute) = value.c_str();
  return made;
}

void set(xml_node node, char const* attribute, std::string const& value) {
  node.append_attribute(attribute) = value.c_str();
}

std::string word(on_error policy) {
  return policy == on_error::stop ? "stop" : "report";
}

// "vda" … "vdz", "vdaa": only libvirt's own name for it.
std::string target(std::size_t number) {
  std::string letters;
  for (auto left = number + 1; left > 0; left = (left - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('a' + (left - 1) % 26));
  return letters;
}

class description {
 public:
  description(machine_spec const& machine, guest_profile const& guest, domain_terms const& terms)
      : machine_(machine), guest_(guest), terms_(terms) {}

  std::string write() {
    domain_ = document_.append_child("domain");
    set(domain_, "type", terms_.accel == accelerator::kvm ? "kvm" : "qemu");
    set(domain_, "xmlns:qemu", "http://libvirt.org/schemas/domain/qemu/1.0");
    text(domain_, "name", terms_.name);
    add_metadata();
    set(text(domain_, "memory", std::to_string(machine_.memory_bytes)), "unit", "b");
    auto backing = domain_.append_child("memoryBacking");
    with(backing, "source", "type", "memfd");
    with(backing, "access", "mode", "shared");
    text(domain_, "vcpu", std::to_string(machine_.vcpus));
    add_boot();
    auto features = domain_.append_child("features");
    features.append_child("acpi");
    features.append_child("apic");
    if (has(guest::device::core_info)) with(features, "vmcoreinfo", "state", "on");
    add_processor();
    text(domain_, "on_poweroff", "destroy");
    text(domain_, "on_reboot", "destroy");
    // The evidence stays.
    text(domain_, "on_crash", "preserve");
    add_devices();
    with(domain_, "seclabel", "type", "none");
    add_arguments();
    std::ostringstream made;
    document_.save(made, "  ", pugi::format_indent | pugi::format_no_declaration);
    return made.str();
  }

 private:
  [[nodiscard]] bool has(guest::device what) const { return guest_.devices.contains(what); }

  void add_metadata() {
    auto run = domain_.append_child("metadata").append_child("wedgehog:machine");
    set(run, "xmlns:wedgehog", metadata_uri);
    set(run, "run", machine_.name);
    set(run, "owner", terms_.owner);
  }

  // As the command line of the direct backend, and for its reasons.
  void add_processor() {
    bool const emulated = terms_.accel != accelerator::kvm;
    auto processor = domain_.append_child("cpu");
    set(processor, "mode", emulated ? "maximum" : "host-passthrough");
    if (!emulated) return;
    auto erms = processor.append_child("feature");
    set(erms, "policy", "disable");
    set(erms, "name", "erms");
  }

  void add_boot() {
    auto os = domain_.append_child("os");
    auto type = text(os, "type", "hvm");
    set(type, "arch", "x86_64");
    set(type, "machine", "q35");
    if (guest_.boot.from != guest::boot_medium::kernel) return;
    text(os, "kernel", machine_.kernel);
    if (!machine_.initramfs.empty()) text(os, "initrd", machine_.initramfs);
    text(os, "cmdline", machine_.kernel_line(terms_.accel));
  }

  void add_devices() {
    devices_ = domain_.append_child("devices");
    if (!terms_.emulator.empty()) text(devices_, "emulator", terms_.emulator);
    add_system_disk();
    for (auto const& disk : machine_.disks) add_disk(disk);
    // After the others, so that they do not shift their names in the guest.
    add_brought_disk("ua-agent-disk", "wedgehog-agent", machine_.agent_disk);
    add_brought_disk("ua-files-disk", std::string(guest::files_disk), machine_.files_disk);
    set(with(devices_, "controller", "type", "usb"), "model", "none");
    add_lines();
    auto balloon =
        with(devices_, "memballoon", "model", has(guest::device::balloon) ? "virtio" : "none");
    if (has(guest::device::balloon)) slots_.take(balloon);
    if (has(guest::device::entropy)) {
      auto entropy = with(devices_, "rng", "model", "virtio");
      set(text(entropy, "backend", "/dev/urandom"), "model", "random");
      slots_.take(entropy);
    }
    // libvirt 9.0 knows no PCI one: that comes among QEMU's own arguments.
    if (has(guest::device::panic_isa)) with(devices_, "panic", "model", "isa");
  }

  void add_system_disk() {
    if (guest_.boot.from == guest::boot_medium::kernel) return;
    bool const cd = guest_.boot.from == guest::boot_medium::cd;
    bool const sata = cd || guest_.disks.bus == guest::disk_bus::ide;
    auto disk = begin_disk("file", cd ? "cdrom" : "disk", cd ? "raw" : "qcow2");
    with(disk, "source", "file", cd ? machine_.medium : terms_.system_disk);
    aim(disk, sata);
    if (cd) disk.append_child("readonly");
    with(disk, "boot", "order", "1");
    with(disk, "alias", "name", cd ? "ua-system-cd" : "ua-system-disk");
    if (!sata) slots_.take(disk);
  }

  void add_disk(disk_spec const& spec) {
    bool const served = !std::holds_alternative<no_server>(spec.server);
    auto disk = begin_disk(served ? "network" : "file", "disk", "raw");
    auto driver = disk.child("driver");
    if (spec.volatile_cache) set(driver, "cache", "writeback");
    set(driver, "error_policy", word(spec.write_error));
    set(driver, "rerror_policy", word(spec.read_error));
    set(driver, "discard", "unmap");
    if (auto const* socket = std::get_if<unix_socket>(&spec.server)) {
      auto host = with(disk, "source", "protocol", "nbd").append_child("host");
      set(host, "transport", "unix");
      set(host, "socket", socket->path);
    } else if (auto const* address = std::get_if<tcp_address>(&spec.server)) {
      auto source = with(disk, "source", "protocol", "nbd");
      if (!address->export_name.empty()) set(source, "name", address->export_name);
      if (!address->tls_name.empty()) set(source, "tls", "yes");
      // libvirt 9.0: without, the host's own name or address must stand in the certificate.
      if (!address->tls_name.empty() && address->tls_name != address->host)
        set(source, "tlsHostname", address->tls_name);
      auto host = with(source, "host", "name", address->host);
      set(host, "port", std::to_string(address->port));
    } else {
      with(disk, "source", "file", spec.file);
    }
    aim(disk, false);
    text(disk, "serial", spec.name);
    with(disk, "alias", "name", alias_prefix + ("disk-" + spec.name));
    slots_.take(disk);
  }

  void add_brought_disk(char const* alias, std::string const& serial, std::string const& file) {
    if (file.empty()) return;
    auto disk = begin_disk("file", "disk", "raw");
    with(disk, "source", "file", file);
    aim(disk, false);
    // DragonFly reads zeroes of a read-only one: what it writes is forgotten.
    disk.append_child(guest_.disks.brought == guest::brought_disk::read_only ? "readonly"
                                                                             : "transient");
    text(disk, "serial", serial);
    with(disk, "alias", "name", alias);
    slots_.take(disk);
  }

  xml_node begin_disk(char const* type, char const* device, char const* format) {
    auto disk = with(devices_, "disk", "type", type);
    set(disk, "device", device);
    auto driver = with(disk, "driver", "name", "qemu");
    set(driver, "type", format);
    return disk;
  }

  void aim(xml_node disk, bool sata) {
    auto const name = (sata ? "sd" : "vd") + target(sata ? sata_++ : virtio_++);
    set(with(disk, "target", "dev", name), "bus", sata ? "sata" : "virtio");
  }

  // Units are numbered by some guests in reverse order of creation (DragonFly 5.9, seen 2026-11):
  // the second port is made first.
  void add_lines() {
    bool const virtio = guest_.agent.transport == guest::agent_transport::virtio_serial;
    if (!virtio) add_port("1", agent_alias);
    add_port("0", console_alias);
    if (!virtio) return;
    auto controller = with(devices_, "controller", "type", "virtio-serial");
    set(controller, "index", "0");
    slots_.take(controller);
    auto channel = with(devices_, "channel", "type", "unix");
    auto to = with(channel, "target", "type", "virtio");
    set(to, "name", guest_.agent.port);
    with(channel, "alias", "name", agent_alias);
  }

  void add_port(char const* number, char const* alias) {
    auto serial = with(devices_, "serial", "type", "pty");
    set(with(serial, "target", "type", "isa-serial"), "port", number);
    with(serial, "alias", "name", alias);
  }

  void add_argument(xml_node to, std::string const& option, std::string const& value) {
    with(to, "qemu:arg", "value", option);
    with(to, "qemu:arg", "value", value);
  }

  void add_arguments() {
    auto all = domain_.append_child("qemu:commandline");
    for (auto const& option : guest_.machine) add_argument(all, "-machine", option);
    // Else QEMU pauses it before it has said why.
    if (guest_.after_panic == guest::panic_action::run) add_argument(all, "-action", "panic=none");
    if (has(guest::device::panic_pci))
      add_argument(all, "-device",
                   fmt::format("pvpanic-pci,bus=pcie.0,addr=0x{:x}", +first_slot - 1));
    if (!terms_.second_monitor.empty()) {
      std::string safe;
      for (char const c : terms_.second_monitor) safe += c == ',' ? ",," : std::string(1, c);
      add_argument(all, "-chardev",
                   fmt::format("socket,id=second-monitor,path={},server=on,wait=off", safe));
      add_argument(all, "-mon", "chardev=second-monitor,mode=control");
    }
    if (!all.first_child()) domain_.remove_child(all);
  }

  machine_spec const& machine_;
  guest_profile const& guest_;
  domain_terms const& terms_;
  pugi::xml_document document_;
  xml_node domain_;
  xml_node devices_;
  slots slots_;
  std::size_t virtio_ = 0;
  std::size_t sata_ = 0;
};

}  // namespace

std::string domain_xml(machine_spec const& machine, guest_profile const& guest,
                       domain_terms const& terms) {
  return description(machine, guest, terms).write();
}

}  // namespace wedgehog::vm::libvirt
