// What a machine lets itself be done to, as data: what a backend says that its machines can, and
// what faults, steps, probes and pieces of evidence say that they need. Compared before anything
// boots.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "base/enum_words.hpp"

namespace wedgehog::vm {

enum class ability {
  monitor,              // QMP
  out_of_band_monitor,  // a second session, for what is answered even by a QEMU that is stuck
  host_process,         // states and CPU times of its threads are known
  stop_by_signal,       // SIGSTOP and SIGCONT reach it
  process_group,        // it has a pid of this host, to put into a control group
  kill,                 // it can be ended at once, in whatever state it is
  memory_file,          // guest memory can be copied without its doing
  memory_dump,          // guest memory comes as an ELF core
  kernel_command_line,  // the kernel is booted directly, with arguments of ours
  console_write,        // what a person would type
  serial_break,         // a break on the console's line
  hotplug,              // disks come and go while it runs
  network_card,         // whose cable can be pulled
  keeps_requests,       // what a disk fails can be kept by QEMU instead of going to the guest
  disk_reconnects,      // a disk whose server went away waits for it
  balloon,              // memory can be taken from the guest through it
  clone,                // it can begin as a copy of one that was booted and frozen
};

using abilities = std::set<ability>;

BOOST_DESCRIBE_ENUM(ability, monitor, out_of_band_monitor, host_process, stop_by_signal,
                    process_group, kill, memory_file, memory_dump, kernel_command_line,
                    console_write, serial_break, hotplug, network_card, keeps_requests,
                    disk_reconnects, balloon, clone)
// "out-of-band-monitor"
[[nodiscard]] constexpr std::string_view word_of(ability what) {
  return name_of(what);
}

// What is left of them to a machine that begins as a copy: its memory is shared with others, and
// what a balloon gives back is taken from all of them.
[[nodiscard]] abilities of_clone(abilities of);

// What it is, for a person who is told that it is missing.
[[nodiscard]] std::string_view meaning_of(ability what);
[[nodiscard]] std::vector<ability> const& all_abilities();

}  // namespace wedgehog::vm
