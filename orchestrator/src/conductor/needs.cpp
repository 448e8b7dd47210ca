#include "conductor/needs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "conductor/probes.hpp"
#include "faults/fault.hpp"
#include "plan/schedule.hpp"

namespace wedgehog::conductor {
namespace {

using machine = vm::ability;
using system = guest::ability;

class comparison {
 public:
  comparison(vm::abilities const& machine, guest::profile const& guest)
      : machine_(machine), guest_(guest) {}

  void look(std::string const& what, vm::needs const& needs, bool refuses = true) {
    for (auto& why : vm::missing(needs, machine_, guest_.can)) {
      lack one{what, std::move(why), refuses};
      if (std::find(all_.begin(), all_.end(), one) == all_.end()) all_.push_back(std::move(one));
    }
  }
  void note(std::string what, std::string why) {
    all_.push_back({std::move(what), std::move(why), true});
  }
  std::vector<lack> take() && { return std::move(all_); }

 private:
  vm::abilities const& machine_;
  guest::profile const& guest_;
  std::vector<lack> all_;
};

void look_at_machine(comparison& with, plan::plan const& what, guest::profile const& guest) {
  if (what.guest.start == plan::beginning::clone)
    with.look("machine: start", {{machine::clone}, {}});
  if (!what.guest.kernel_arguments.empty())
    with.look("machine: kernel_arguments",
              {{machine::kernel_command_line}, {system::kernel_arguments}});
  if (!what.guest.sysctls.empty())
    with.look("machine: sysctls", {{machine::kernel_command_line}, {system::sysctls}});
  if (!what.guest.modules.empty())
    with.look("machine: modules", {{machine::kernel_command_line}, {system::kernel_modules}});
  if (!guest.boot.dialogue.empty())
    with.look("image " + what.image, {{machine::console_write}, {}});
  if (what.guest.memory < guest.least_memory)
    with.note("machine: memory", fmt::format("the guest does not boot with less than {}",
                                             print_size(guest.least_memory)));
}

void look_at_disks(comparison& with, plan::plan const& what, guest::profile const& guest) {
  for (auto const& disk : what.disks) {
    bool const keeps = disk.read_errors == plan::error_policy::stop ||
                       disk.write_errors == plan::error_policy::stop;
    if (keeps) with.look("disk " + disk.name, {{machine::keeps_requests}, {}});
    if (disk.reconnect > microseconds(0))
      with.look(fmt::format("disk {}: reconnect", disk.name), {{machine::disk_reconnects}, {}});
    if (disk.name.size() > guest.disks.serial_length)
      with.note("disk " + disk.name,
                fmt::format("the guest sees only {} characters of its name: give it a shorter one",
                            guest.disks.serial_length));
  }
}

void look_at_files(comparison& with, plan::plan const& what, guest::profile const& guest) {
  if (!what.files.empty() && guest.disks.unpack.empty())
    with.note("files", "the guest's profile does not say how it unpacks them (disks: unpack)");
}

void look_at_steps(comparison& with, plan::plan const& what) {
  plan::visit_steps(what, [&with](plan::step const& one) {
    auto const word = plan::word_of(one);
    for (auto const& kind : step_catalogue())
      if (kind.word == word)
        with.look(fmt::format("step {}{}", word, plan::place_of(one)), kind.needs);
  });
}

void look_at_faults(comparison& with, plan::plan const& what) {
  for (auto const& one : plan::planned(what))
    if (auto const* const kind = faults::find_kind(one.fault))
      with.look(fmt::format("fault {} ({})", one.fault, one.as), kind->needs);
}

void look_at_probes(comparison& with, plan::plan const& what) {
  for (auto const& kind : probe_catalogue()) {
    auto const has = [&kind](std::vector<std::string> const& names) {
      return std::find(names.begin(), names.end(), kind.name) != names.end();
    };
    bool const wanted = has(what.expects.answers);
    if (wanted || has(what.on_failure.probes))
      with.look(fmt::format("probe {}", kind.name), kind.needs, wanted);
  }
}

void look_at_evidence(comparison& with, plan::plan const& what, guest::profile const& guest) {
  for (auto const& kind : evidence_catalogue())
    with.look(fmt::format("evidence {}", kind.name), kind.needs, false);
  auto const unknown = [&guest](std::string const& name) {
    return std::find(guest.collectors.begin(), guest.collectors.end(), name) ==
           guest.collectors.end();
  };
  for (auto const& name : what.on_failure.collect)
    if (unknown(name)) with.note("collection " + name, "the guest's agent does not offer it");
}

}  // namespace

std::vector<step_kind> const& step_catalogue() {
  static std::vector<step_kind> const all{
      {plan::run::word, {}},
      {plan::workload::word, {}},
      {plan::wait::word, {}},
      {plan::loop::word, {}},
      {plan::parallel::word, {}},
      {plan::canary::word, {}},
      {plan::expect::word, {}},
      {plan::collect::word, {}},
      {plan::fetch::word, {}},
      {plan::inject::word, {}},  // as its fault
      {plan::heal::word, {}},
      {plan::power_off::word, {}},
      {plan::reset::word, {{machine::monitor}, {}}},
      {plan::power_cut::word, {{machine::kill}, {}}},
      {plan::reboot::word, {{machine::monitor}, {}}},
      {plan::kill_qemu::word, {{machine::kill}, {}}},
      {plan::pause::word, {{machine::monitor}, {}}},
      {plan::resume::word, {{machine::monitor}, {}}},
  };
  return all;
}

std::vector<evidence_kind> const& evidence_catalogue() {
  static std::vector<evidence_kind> const all{
      {"monitor", {{machine::monitor}, {}}},
      {"virtqueues", {{machine::monitor}, {}}},
      {"registers", {{machine::monitor}, {}}},
      {"memory", {{machine::memory_dump}, {}}},
      {"memory-file", {{machine::memory_file, machine::stop_by_signal}, {}}},
  };
  return all;
}

std::vector<lack> lacks_of(plan::plan const& what, vm::abilities const& machine,
                           guest::profile const& guest) {
  auto const can = what.guest.start == plan::beginning::clone ? vm::of_clone(machine) : machine;
  comparison with(can, guest);
  look_at_machine(with, what, guest);
  look_at_disks(with, what, guest);
  look_at_files(with, what, guest);
  look_at_steps(with, what);
  look_at_faults(with, what);
  look_at_probes(with, what);
  look_at_evidence(with, what, guest);
  return std::move(with).take();
}

std::string refusal_of(std::vector<lack> const& all) {
  std::string text;
  for (auto const& one : all)
    if (one.refuses) text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", one.what, one.why);
  return text;
}

}  // namespace wedgehog::conductor
