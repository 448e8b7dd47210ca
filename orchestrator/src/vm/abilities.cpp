#include "vm/abilities.hpp"

#include "base/meanings.hpp"

namespace wedgehog::vm {
namespace {

constexpr meanings<ability> ability_meanings{{
    {ability::monitor, "a QMP session"},
    {ability::out_of_band_monitor, "a second QMP session that answers when the first is stuck"},
    {ability::host_process, "a process whose threads can be looked at"},
    {ability::stop_by_signal, "SIGSTOP and SIGCONT reach it"},
    {ability::process_group, "a pid of this host, to put into a cgroup"},
    {ability::kill, "it can be ended at once, in whatever state it is"},
    {ability::memory_file, "guest memory can be copied on this host without QEMU's doing"},
    {ability::memory_dump, "guest memory comes as an ELF core"},
    {ability::kernel_command_line, "its kernel is booted directly, with arguments of ours"},
    {ability::console_write, "what a person would type reaches its console"},
    {ability::serial_break, "a break on the line of its console"},
    {ability::hotplug, "disks come and go while it runs"},
    {ability::network_card, "a card whose cable can be pulled"},
    {ability::keeps_requests,
     "what a disk fails is kept, and asked again when the machine goes on"},
    {ability::disk_reconnects, "a disk whose server went away waits for it to come back"},
    {ability::balloon, "a balloon that takes memory from the guest"},
    {ability::clone, "it can begin as a copy of one that was booted and frozen"},
}};
static_assert(complete<ability>(ability_meanings));

}  // namespace

std::string_view meaning_of(ability what) {
  return ability_meanings[static_cast<std::size_t>(what)].text;
}

abilities of_clone(abilities of) {
  of.erase(ability::balloon);
  return of;
}

std::vector<ability> const& all_abilities() {
  static std::vector<ability> const all = all_values<ability>();
  return all;
}

}  // namespace wedgehog::vm
