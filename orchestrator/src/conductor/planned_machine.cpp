#include "conductor/planned_machine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "faults/base_image.hpp"
#include "faults/cpu_group.hpp"
#include "faults/injector.hpp"

namespace wedgehog::conductor {
namespace {

// The recipe's after the profile's, so that they win; sysctls and modules in the words that the
// guest knows.
std::string kernel_arguments_of(plan::plan const& what, guest::profile const& guest) {
  if (guest.boot.from != guest::boot_medium::kernel) return {};
  auto all = guest.boot.kernel_arguments;
  for (auto const& argument : what.guest.kernel_arguments) all.push_back(argument);
  for (auto const& [name, value] : what.guest.sysctls)
    all.push_back(guest::filled(guest.boot.sysctl, {{"name", name}, {"value", value}}));
  std::string modules;
  for (auto const& module : what.guest.modules) modules += (modules.empty() ? "" : ",") + module;
  if (!modules.empty()) all.push_back(guest::filled(guest.boot.modules, {{"names", modules}}));
  return guest::joined(all);
}

}  // namespace

namespace {

// For a shell, whatever is in it.
std::string shell_word(std::string_view text) {
  std::string all = "'";
  for (char const c : text) all += c == '\'' ? "'\\''" : std::string(1, c);
  return all + "'";
}

bool reboots(plan::plan const& what) {
  bool found = false;
  plan::visit_steps(what, [&found](plan::step const& each) {
    found = found || std::holds_alternative<plan::reboot>(each.what);
  });
  return found;
}

std::string by_hand(plan::disk const& one) {
  auto const file = fmt::format("./wedgehog-by-hand/disks/{}.raw", one.name);
  auto const copied =
      one.base.empty() ? "" : fmt::format("cp --sparse=always '{}' {}\n", one.base, file);
  return copied + fmt::format("truncate -s {} {}\n", one.size, file);
}

}  // namespace

std::string settings_script(plan::plan const& what, guest::profile const& guest) {
  if (guest.boot.from == guest::boot_medium::kernel) return {};
  std::string script;
  std::string names;
  for (auto const& module : what.guest.modules)
    names += (names.empty() ? "" : " ") + shell_word(module);
  if (!names.empty()) script += guest::filled(guest.settings.modules, {{"names", names}}) + "\n";
  for (auto const& [name, value] : what.guest.sysctls) {
    auto const name_word = shell_word(name);
    auto const value_word = shell_word(value);
    script +=
        guest::filled(guest.settings.sysctl, {{"name", name_word}, {"value", value_word}}) + "\n";
  }
  return script.empty() ? script : "set -e\n" + script;
}

std::string dry_command_line(plan::plan const& what, vm::image const& image,
                             vm::backend const& backend) {
  auto const spec = machine_spec_of(
      what, image, {"/dev/shm/wedgehog-by-hand", "./wedgehog-by-hand"}, disks_served::not_at_all);
  std::string text = "mkdir -p /dev/shm/wedgehog-by-hand ./wedgehog-by-hand/disks\n";
  for (auto const& disk : what.disks) text += by_hand(disk);
  if (!what.files.empty()) text += "# files.tar: what the recipe's `files` name, packed by tar\n";
  return text + backend.by_hand(spec, image.guest);
}

vm::machine_spec machine_spec_of(plan::plan const& what, vm::image const& image,
                                 vm::machine_place const& where, disks_served how) {
  vm::machine_spec spec;
  spec.name = what.name;
  spec.vcpus = static_cast<int>(what.guest.vcpus);
  spec.memory_bytes = what.guest.memory;
  spec.kernel = image.kernel;
  spec.initramfs = image.initramfs;
  spec.medium = image.medium;
  spec.agent_disk = image.agent_disk;
  if (!what.files.empty()) spec.files_disk = files_tar(where.run_folder);
  for (auto const& file : {spec.kernel, spec.initramfs, spec.medium, spec.agent_disk})
    if (auto const sum = vm::checksum_of(image, file); !sum.empty()) spec.sha256[file] = sum;
  spec.kernel_arguments = kernel_arguments_of(what, image.guest);
  spec.emulated_arguments = guest::joined(image.guest.boot.emulated_kernel_arguments);
  spec.place = where;
  spec.balloon = what.guest.start != plan::beginning::clone;
  for (auto const& disk : what.disks) {
    vm::disk_spec one;
    one.name = disk.name;
    // Of a disk with a base only the fault disk knows how to keep the changes apart.
    bool const changes_only = !disk.base.empty() && how == disks_served::by_fault_disks;
    one.file = where.run_folder + "/disks/" + disk.name + (changes_only ? ".changes" : ".raw");
    if (how == disks_served::by_fault_disks && !where.disk_server)
      one.server = vm::unix_socket{where.runtime_folder + "/disk-" + disk.name};
    else if (how == disks_served::by_fault_disks)
      one.server = *where.disk_server;
    one.read_error =
        disk.read_errors == plan::error_policy::stop ? vm::on_error::stop : vm::on_error::report;
    one.write_error =
        disk.write_errors == plan::error_policy::stop ? vm::on_error::stop : vm::on_error::report;
    one.volatile_cache = disk.cache == plan::disk_cache::volatile_;
    one.reconnect_s = static_cast<int>(disk.reconnect / std::chrono::seconds(1));
    for (auto const& fault : faults::planned(what)) {
      if (fault.disk != disk.name) continue;
      one.hotplug = one.hotplug || fault.fault == "unplug";
      one.resizable = one.resizable || fault.fault == "resize";
    }
    spec.disks.push_back(std::move(one));
  }
  spec.reboots = reboots(what);
  for (auto const& fault : faults::planned(what))
    spec.network = spec.network || fault.fault == "link";
  return spec;
}

std::string files_tar(std::string const& run_folder) {
  return run_folder + "/files.tar";
}

result<void> inputs_are_there(plan::plan const& what) {
  for (auto const& [to, from] : what.files)
    if (::access(from.c_str(), R_OK) != 0)
      return recipe_error(fmt::format("files: {}: {}", from,
                                      std::error_code(errno, std::system_category()).message()));
  for (auto const& disk : what.disks) {
    if (disk.base.empty()) continue;
    if (auto fits = faults::base_fits(disk.base, disk.size); !fits)
      return std::move(fits.error()).within("the disk " + disk.name);
  }
  return {};
}

std::string lacking_on_this_host(plan::plan const& what) {
  auto const all = faults::planned(what);
  bool const quota =
      std::any_of(all.begin(), all.end(), [](auto const& one) { return one.fault == "cpu-quota"; });
  return quota ? faults::why_no_quota() : std::string();
}

}  // namespace wedgehog::conductor
