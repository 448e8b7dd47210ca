#include "guest/read_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "guest/fields.hpp"

namespace wedgehog::guest {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_arguments = 64;
constexpr std::size_t most_exchanges = 64;
constexpr std::size_t most_collectors = 32;
constexpr std::size_t longest_prompt = 40;
constexpr std::size_t most_commands = 32;
constexpr auto longest_exchange = std::chrono::hours(1);

template <class Value>
using word_table = std::vector<std::pair<std::string, Value>>;

word_table<boot_medium> const media{
    {"kernel", boot_medium::kernel}, {"disk", boot_medium::disk}, {"cd", boot_medium::cd}};
word_table<agent_transport> const transports{{"virtio-serial", agent_transport::virtio_serial},
                                             {"isa-serial", agent_transport::isa_serial}};
word_table<agent_delivery> const deliveries{{"image", agent_delivery::image},
                                            {"disk", agent_delivery::disk}};
word_table<disk_bus> const buses{{"virtio", disk_bus::virtio}, {"ide", disk_bus::ide}};
word_table<brought_disk> const broughts{{"read-only", brought_disk::read_only},
                                        {"writable", brought_disk::writable}};
word_table<device> const all_devices{
    {"virtio-balloon-pci", device::balloon}, {"virtio-rng-pci", device::entropy},
    {"pvpanic-pci", device::panic_pci},      {"pvpanic", device::panic_isa},
    {"vmcoreinfo", device::core_info},       {"virtio-net-pci", device::network}};
word_table<panic_action> const panic_actions{{"pause", panic_action::pause},
                                             {"run", panic_action::run}};
// Those that no other key tells.
word_table<ability> const told_abilities{
    {"power-button", ability::power_button}, {"hotplug", ability::hotplug},
    {"disk-growth", ability::disk_growth},   {"processor-offline", ability::processor_offline},
    {"clock-step", ability::clock_step},     {"memory-hog", ability::memory_hog}};

template <class Value>
std::vector<std::string> words_of(word_table<Value> const& all) {
  std::vector<std::string> words;
  for (auto const& [word, value] : all) words.push_back(word);
  return words;
}

template <class Value>
Value value_of(word_table<Value> const& all, std::string_view word) {
  return std::find_if(all.begin(), all.end(), [&](auto const& row) { return row.first == word; })
      ->second;
}

template <class Value>
void choose(fields& from, std::string_view key, word_table<Value> const& all, Value& into) {
  if (auto const word = from.one_of(key, words_of(all))) into = value_of(all, *word);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// A text that something is filled into: each {key} once, and no other brace.
void want_places(fields& from, std::string_view key, std::string const& text,
                 std::vector<std::string> const& places) {
  std::string rest = text;
  for (auto const& place : places) {
    auto const at = rest.find(place);
    if (at == std::string::npos) return from.complain(key, "needs " + place + " in it");
    rest.erase(at, place.size());
  }
  for (auto const& place : places)
    if (rest.find(place) != std::string::npos)
      return from.complain(key, "has " + place + " in it twice");
}

void read_exchange(node const& item, boot_profile& into, std::vector<complaint>& complaints) {
  fields line(&item, "boot: dialogue", complaints);
  exchange one;
  line.require("expect");
  one.expect = line.text("expect").value_or("");
  one.send = line.has("send") ? line.script("send").value_or("") : "";
  line.require("limit");
  one.limit = line.duration("limit", longest_exchange).value_or(1s);
  line.refuse_others();
  into.dialogue.push_back(std::move(one));
}

void read_boot(node const* map, boot_profile& into, std::vector<complaint>& complaints) {
  fields boot(map, "boot", complaints);
  boot.require("from");
  choose(boot, "from", media, into.from);
  into.kernel_arguments = boot.texts("kernel_arguments", most_arguments);
  into.emulated_kernel_arguments = boot.texts("emulated_kernel_arguments", most_arguments);
  into.sysctl = boot.text("sysctl").value_or("");
  if (!into.sysctl.empty()) want_places(boot, "sysctl", into.sysctl, {"{name}", "{value}"});
  into.modules = boot.text("modules").value_or("");
  if (!into.modules.empty()) want_places(boot, "modules", into.modules, {"{names}"});
  if (into.from != boot_medium::kernel)
    for (auto const* key : {"kernel_arguments", "emulated_kernel_arguments", "sysctl", "modules"})
      if (boot.has(key))
        boot.complain(key, "only a kernel that is booted directly (from: kernel) takes arguments");
  for (auto const* item : boot.list("dialogue", most_exchanges)) {
    if (item->kind == recipe::node_kind::mapping)
      read_exchange(*item, into, complaints);
    else
      boot.complain("dialogue", "each item wants `expect`, `send` and `limit`");
  }
  boot.refuse_others();
}

void read_agent(node const* map, agent_profile& into, std::vector<complaint>& complaints) {
  fields agent(map, "agent", complaints);
  agent.require("transport");
  choose(agent, "transport", transports, into.transport);
  bool const named = into.transport == agent_transport::virtio_serial;
  if (auto const port = agent.text("port", 64)) {
    if (!named) agent.complain("port", "only ports of virtio-serial have a name");
    if (port->find(',') != std::string::npos) agent.complain("port", "a name has no comma");
    into.port = *port;
  }
  choose(agent, "delivery", deliveries, into.delivery);
  agent.refuse_others();
}

void read_disks(node const* map, disks_profile& into, std::vector<complaint>& complaints) {
  fields disks(map, "disks", complaints);
  disks.require("path");
  if (auto const path = disks.text("path")) {
    want_places(disks, "path", *path, {"{name}"});
    into.path = *path;
  }
  if (auto const length = disks.number("serial_length", 1, 20)) into.serial_length = *length;
  choose(disks, "bus", buses, into.bus);
  choose(disks, "brought", broughts, into.brought);
  into.unpack = disks.script("unpack").value_or("");
  if (!into.unpack.empty()) want_places(disks, "unpack", into.unpack, {"{disk}"});
  disks.refuse_others();
}

void read_settings(node const* map, settings_profile& into, std::vector<complaint>& complaints) {
  fields settings(map, "settings", complaints);
  into.sysctl = settings.script("sysctl").value_or("");
  if (!into.sysctl.empty()) want_places(settings, "sysctl", into.sysctl, {"{name}", "{value}"});
  into.modules = settings.script("modules").value_or("");
  if (!into.modules.empty()) want_places(settings, "modules", into.modules, {"{names}"});
  settings.refuse_others();
}

void read_probes(node const* map, probes_profile& into, std::vector<complaint>& complaints) {
  fields probes(map, "probes", complaints);
  into.io = probes.script("io").value_or("");
  if (!into.io.empty()) want_places(probes, "io", into.io, {"{disk}"});
  into.sysrq_answer = probes.text("sysrq_answer").value_or("");
  into.nmi_answer = probes.text("nmi_answer").value_or("");
  probes.refuse_others();
}

void read_debugger(node const* map, debugger_profile& into, std::vector<complaint>& complaints) {
  if (map == nullptr) return;
  fields debugger(map, "debugger", complaints);
  for (auto const* key : {"prompt", "commands", "go_on"}) debugger.require(key);
  into.prompt = debugger.text("prompt", longest_prompt).value_or("");
  into.pager = debugger.text("pager", longest_prompt).value_or("");
  into.commands = debugger.texts("commands", most_commands);
  into.go_on = debugger.text("go_on").value_or("");
  debugger.refuse_others();
}

void read_machine(fields& root, profile& into) {
  into.machine = root.texts("machine", 16);
  for (auto const& option : into.machine) {
    auto const equals = option.find('=');
    bool const good = equals != std::string::npos && is_name(option.substr(0, equals)) &&
                      is_name(option.substr(equals + 1));
    if (!good)
      root.complain("machine", fmt::format("'{}' is no option of QEMU's -machine (NAME=VALUE)",
                                           recipe::shown(option)));
  }
  for (auto const& word : root.words("devices", words_of(all_devices)))
    into.devices.insert(value_of(all_devices, word));
  choose(root, "after_panic", panic_actions, into.after_panic);
}

void read_looks(fields& root, profile& into, std::vector<complaint>& complaints) {
  read_probes(root.mapping("probes"), into.probes, complaints);
  read_debugger(root.mapping("debugger"), into.debugger, complaints);
  into.collectors = root.texts("collectors", most_collectors);
  for (auto const& name : into.collectors)
    if (!is_name(name)) root.complain("collectors", "a name has letters, digits, '-', '_' and '.'");
  if (auto const letter = root.text("blocked_state", 1)) into.blocked_state = *letter;
  fields memory(root.mapping("memory"), "memory", complaints);
  into.least_memory = memory.size("least").value_or(0);
  memory.refuse_others();
}

void imply_abilities(profile& of) {
  auto const grant = [&of](bool has, ability what) {
    if (has) of.can.insert(what);
  };
  bool const direct = of.boot.from == boot_medium::kernel;
  grant(direct, ability::kernel_arguments);
  grant(direct && !of.boot.sysctl.empty(), ability::sysctls);
  grant(direct && !of.boot.modules.empty(), ability::kernel_modules);
  grant(!of.settings.sysctl.empty(), ability::sysctls);
  grant(!of.settings.modules.empty(), ability::kernel_modules);
  grant(!of.probes.sysrq_answer.empty(), ability::console_keys);
  grant(!of.debugger.prompt.empty(), ability::debugger);
  grant(!of.probes.io.empty(), ability::io_probe);
  grant(of.devices.contains(device::balloon), ability::balloon);
  grant(of.devices.contains(device::network), ability::network_card);
}

void read_root(node const* map, profile_reading& into) {
  auto& complaints = into.complaints;
  auto& made = into.value;
  fields root(map, "", complaints);
  root.require("format");
  root.number("format", 1, 1);
  root.require("name");
  made.name = root.text("name", 64).value_or("");
  if (!made.name.empty() && !is_name(made.name))
    root.complain("name", "wants letters, digits, '-', '_' and '.'");
  root.require("os");
  made.os = root.text("os", 64).value_or("");
  if (!made.os.empty() && !is_name(made.os))
    root.complain("os", "wants letters, digits, '-', '_' and '.'");
  for (auto const* key : {"boot", "agent", "disks"}) root.require(key);
  if (auto const* boot = root.mapping("boot")) read_boot(boot, made.boot, complaints);
  if (auto const* agent = root.mapping("agent")) read_agent(agent, made.agent, complaints);
  if (auto const* disks = root.mapping("disks")) read_disks(disks, made.disks, complaints);
  read_settings(root.mapping("settings"), made.settings, complaints);
  if (made.boot.from == boot_medium::kernel && made.settings != settings_profile{})
    root.complain("settings", "a kernel that is booted directly is told at boot (boot: sysctl)");
  read_machine(root, made);
  read_looks(root, made, complaints);
  for (auto const& word : root.words("can", words_of(told_abilities)))
    made.can.insert(value_of(told_abilities, word));
  root.refuse_others();
  imply_abilities(made);
}

}  // namespace

profile_reading read_profile(std::string_view text) {
  profile_reading made;
  if (text.size() > longest_profile) {
    made.complaints.push_back(
        {.message = fmt::format("a profile has at most {}", print_size(longest_profile))});
    return made;
  }
  auto const document = recipe::read_document(text);
  made.complaints = document.complaints;
  if (!document.root) return made;
  if (document.root->kind != recipe::node_kind::mapping) {
    made.complaints.push_back({.message = "a profile is a mapping of keys and values"});
    return made;
  }
  read_root(document.root.get(), made);
  return made;
}

}  // namespace wedgehog::guest
