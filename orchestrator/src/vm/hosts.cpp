#include "vm/hosts.hpp"

#include <algorithm>

#include "guest/fields.hpp"
#include "guest/talk_fields.hpp"
#include "vm/libvirt/uri.hpp"

namespace wedgehog::vm {
namespace {

constexpr std::uint64_t most_slots = 1000;

named_host read_host(std::string const& name, recipe::node const& map, hosts_reading& into) {
  named_host one{name};
  guest::fields of(&map, name, into.complaints);
  of.require("uri");
  one.uri = of.text("uri").value_or("");
  if (!one.uri.empty() && !libvirt::is_uri(one.uri))
    of.complain("uri", "'" + one.uri + "' is no libvirt URI (qemu+ssh://HOST/system …)");
  one.disks_from = of.text("disks_from", 64).value_or("");
  one.disks_tls = of.text("disks_tls").value_or("");
  one.slots = of.number("slots", 1, most_slots).value_or(0);
  one.memory_bytes = of.size("memory").value_or(0);
  of.refuse_others();
  return one;
}

}  // namespace

hosts_reading read_hosts(std::string_view text) {
  hosts_reading made;
  auto const root = guest::mapping_of(text, made.complaints);
  if (!root) return made;
  guest::fields top(root.get(), "hosts.yaml", made.complaints);
  top.require("format");
  top.number("format", 1, 1);
  top.require("hosts");
  auto const* const map = top.mapping("hosts");
  for (auto const& [name, value] : map == nullptr ? decltype(map->entries)() : map->entries) {
    if (value->kind == recipe::node_kind::mapping)
      made.hosts.push_back(read_host(name->value, *value, made));
    else
      made.complaints.push_back(recipe::complaint_at(
          *value, "'" + name->value + "' must be a mapping with `uri`, and what limits it"));
  }
  top.refuse_others();
  return made;
}

std::size_t at_once_on(named_host const& host, std::size_t asked, std::uint64_t largest_machine) {
  std::uint64_t most = asked;
  if (host.slots > 0) most = std::min(most, host.slots);
  if (host.memory_bytes > 0 && largest_machine > 0)
    most = std::min(most, host.memory_bytes / largest_machine);
  return static_cast<std::size_t>(std::max<std::uint64_t>(most, 1));
}

}  // namespace wedgehog::vm
