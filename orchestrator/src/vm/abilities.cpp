#include "vm/abilities.hpp"

#include <algorithm>
#include <array>

#include "base/ensure.hpp"

namespace wedgehog::vm {
namespace {

struct row {
  ability what;
  std::string_view meaning;
};

constexpr std::array rows{
    row{ability::monitor, "a QMP session"},
    row{ability::out_of_band_monitor, "a second QMP session that answers when the first is stuck"},
    row{ability::host_process, "a process whose threads can be looked at"},
    row{ability::stop_by_signal, "SIGSTOP and SIGCONT reach it"},
    row{ability::process_group, "a pid of this host, to put into a cgroup"},
    row{ability::kill, "it can be ended at once, in whatever state it is"},
    row{ability::memory_file, "guest memory is a file of this host"},
    row{ability::memory_dump, "guest memory comes as an ELF core"},
    row{ability::kernel_command_line, "its kernel is booted directly, with arguments of ours"},
    row{ability::console_write, "what a person would type reaches its console"},
    row{ability::serial_break, "a break on the line of its console"},
    row{ability::hotplug, "disks come and go while it runs"},
    row{ability::network_card, "a card whose cable can be pulled"},
    row{ability::keeps_requests,
        "what a disk fails is kept, and asked again when the machine goes on"},
};

row const& row_of(ability what) {
  auto const found =
      std::find_if(rows.begin(), rows.end(), [what](row const& one) { return one.what == what; });
  ensure(found != rows.end(), "every ability has a meaning");
  return *found;
}

}  // namespace

std::string_view meaning_of(ability what) {
  return row_of(what).meaning;
}

std::vector<ability> const& all_abilities() {
  static std::vector<ability> const all = [] {
    std::vector<ability> list;
    for (auto const& one : rows) list.push_back(one.what);
    return list;
  }();
  return all;
}

}  // namespace wedgehog::vm
