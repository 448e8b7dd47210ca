#include "qmp/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/described.hpp"

namespace wedgehog::qmp {
namespace {

namespace json = boost::json;

// QEMU 7.2, query-qmp-schema.
constexpr known_command commands[] = {
    // What is QEMU, and how is it?
    {"query-version", ""},
    {"query-commands", ""},
    {"query-qmp-schema", ""},
    {"query-status", ""},
    {"query-kvm", ""},
    {"query-cpus-fast", ""},
    {"query-hotpluggable-cpus", ""},
    {"query-iothreads", ""},
    {"query-chardev", ""},
    {"query-memory-size-summary", ""},
    {"human-monitor-command", "command-line cpu-index?"},
    {"qom-get", "path property"},
    {"qom-list", "path"},
    {"qom-set", "path property value"},
    // Running, stopping
    {"stop", ""},
    {"cont", ""},
    {"quit", ""},
    {"system_reset", ""},
    {"system_powerdown", ""},
    {"inject-nmi", ""},
    {"set-action", "reboot? shutdown? panic? watchdog?"},
    {"watchdog-set-action", "action"},
    {"chardev-send-break", "id"},
    {"yank", "instances", true},
    // Disks
    {"query-block", ""},
    {"query-blockstats", "query-nodes?"},
    {"query-named-block-nodes", "flat?"},
    {"x-query-virtio", ""},
    {"x-query-virtio-status", "path"},
    {"x-query-virtio-queue-status", "path queue"},
    {"blockdev-add", "driver node-name?"},
    {"blockdev-del", "node-name"},
    {"blockdev-reopen", "options"},
    {"block_resize", "device? node-name? size"},
    // Devices
    {"device_add", "driver bus? id?"},
    {"device_del", "id"},
    {"object-add", "qom-type id"},
    {"object-del", "id"},
    {"set_link", "name up"},
    {"balloon", "value"},
    {"query-balloon", ""},
    // Taking memory and state
    {"dump-guest-memory", "paging protocol detach? format?"},
    {"query-dump", ""},
    {"query-dump-guest-memory-capability", ""},
    {"pmemsave", "val size filename"},
    {"memsave", "val size filename cpu-index?"},
    {"migrate", "uri detach?"},
    {"migrate-incoming", "uri"},
    {"migrate-set-capabilities", "capabilities"},
    {"migrate-set-parameters", "max-bandwidth? downtime-limit?"},
    {"migrate_cancel", ""},
    {"query-migrate", ""},
    {"screendump", "filename"},
    // Descriptors
    {"getfd", "fdname"},
    {"closefd", "fdname"},
    {"add-fd", "fdset-id? opaque?"},
    // QEMU 7.2, monitor/fds: the descriptor is closed only while the machine runs.
    {"remove-fd", "fdset-id fd?"},
};

constexpr std::string_view events[] = {
    "STOP",
    "RESUME",
    "SHUTDOWN",
    "RESET",
    "POWERDOWN",
    "GUEST_PANICKED",
    "GUEST_CRASHLOADED",
    "WATCHDOG",
    "BLOCK_IO_ERROR",
    "DEVICE_DELETED",
    "BALLOON_CHANGE",
    "DUMP_COMPLETED",
    "MIGRATION",
    "MEMORY_DEVICE_SIZE_CHANGE",
    "NIC_RX_FILTER_CHANGED",
};

// The schema is an array of objects that refer to each other by name.
class schema_index {
 public:
  explicit schema_index(json::value const& schema) {
    auto const* all = schema.if_array();
    if (all == nullptr) return;
    for (auto const& one : *all)
      if (auto const* object = one.if_object())
        by_name_[text_at(*object, "meta-type") + " " + text_at(*object, "name")] = object;
  }
  [[nodiscard]] json::object const* find(std::string_view kind, std::string_view name) const {
    auto const found = by_name_.find(fmt::format("{} {}", kind, name));
    return found == by_name_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, json::object const*, std::less<>> by_name_;
};

// Name -> may be left out. QEMU's qapi introspection: a member with "default" is optional.
std::map<std::string, bool> members_of(json::object const& type) {
  std::map<std::string, bool> members;
  auto const* list = type.if_contains("members");
  if (list == nullptr || !list->is_array()) return members;
  for (auto const& one : list->get_array())
    if (auto const* member = one.if_object())
      members[text_at(*member, "name")] = member->contains("default");
  return members;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> list;
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    if (end > 0) list.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return list;
}

void check(known_command const& ours, schema_index const& schema,
           std::vector<std::string>& complaints) {
  auto const* theirs = schema.find("command", ours.name);
  if (theirs == nullptr) {
    complaints.push_back(fmt::format("there is no command {}", ours.name));
    return;
  }
  auto const* oob = theirs->if_contains("allow-oob");
  if (ours.out_of_band && (oob == nullptr || *oob != true))
    complaints.push_back(fmt::format("{} cannot be sent out of band", ours.name));
  auto const* type = schema.find("object", text_at(*theirs, "arg-type"));
  auto unsent = type != nullptr ? members_of(*type) : std::map<std::string, bool>();
  for (auto word : words(ours.arguments)) {
    bool const always = !word.ends_with('?');
    if (!always) word.remove_suffix(1);
    auto const found = unsent.find(std::string(word));
    if (found == unsent.end())
      complaints.push_back(fmt::format("{} has no argument {}", ours.name, word));
    else if (!always && !found->second)
      complaints.push_back(
          fmt::format("{} needs {}, which we leave out at times", ours.name, word));
    if (found != unsent.end()) unsent.erase(found);
  }
  for (auto const& [name, optional] : unsent)
    if (!optional) complaints.push_back(fmt::format("{} needs {}, unknown to us", ours.name, name));
}

}  // namespace

std::span<known_command const> commands_in_use() {
  return commands;
}

std::span<std::string_view const> events_in_use() {
  return events;
}

std::vector<std::string> lacking(json::value const& schema) {
  schema_index const index(schema);
  std::vector<std::string> complaints;
  for (auto const& one : commands) check(one, index, complaints);
  for (auto const& one : events)
    if (index.find("event", one) == nullptr)
      complaints.push_back(fmt::format("there is no event {}", one));
  return complaints;
}

}  // namespace wedgehog::qmp
