#include "vm/libvirt/daemon.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <pugixml.hpp>

#include "vm/libvirt/uri.hpp"

namespace wedgehog::vm::libvirt {
namespace {

std::string version_text(unsigned long number) {
  return fmt::format("{}.{}.{}", number / 1'000'000, number / 1000 % 1000, number % 1000);
}

result<daemon_facts> asked(virConnectPtr on, std::string const& uri) {
  daemon_facts facts;
  unsigned long number = 0;
  if (virConnectGetLibVersion(on, &number) != 0) return last_error();
  facts.libvirt = version_text(number);
  if (virConnectGetVersion(on, &number) != 0) return last_error();
  facts.qemu = version_text(number);
  text_handle const host(virConnectGetHostname(on));
  if (host) facts.host = host.get();
  text_handle const capabilities(virConnectGetCapabilities(on));
  if (!capabilities) return last_error();
  facts.qemu_user = qemu_user_in(capabilities.get());
  facts.offers_kvm = offers_kvm(capabilities.get());
  facts.how = reach_of(uri, facts.qemu_user, ::geteuid());
  return facts;
}

abilities without(std::initializer_list<ability> gone) {
  abilities some(all_abilities().begin(), all_abilities().end());
  for (auto const one : gone) some.erase(one);
  return some;
}

}  // namespace

std::string_view name_of(reach how) {
  return how == reach::near ? "libvirt" : "libvirt-far";
}

abilities const& can_do(reach how) {
  // libvirt has a will of its own about devices that come and go, and knows no network that
  // reaches nobody.
  static abilities const near =
      without({ability::hotplug, ability::network_card, ability::disk_reconnects, ability::clone});
  static abilities const far =
      without({ability::hotplug, ability::network_card, ability::disk_reconnects,
               ability::out_of_band_monitor, ability::host_process, ability::stop_by_signal,
               ability::process_group, ability::kill, ability::memory_file, ability::clone});
  return how == reach::near ? near : far;
}

std::optional<unsigned> qemu_user_in(std::string const& capabilities) {
  pugi::xml_document document;
  if (!document.load_string(capabilities.c_str())) return std::nullopt;
  for (auto const model : document.child("capabilities").child("host").children("secmodel")) {
    if (std::string_view(model.child_value("model")) != "dac") continue;
    for (auto const label : model.children("baselabel")) {
      // libvirt: "+64055:+108", the plus says that it is a number.
      std::string_view text = label.child_value();
      if (!text.starts_with('+')) continue;
      text.remove_prefix(1);
      unsigned number = 0;
      auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
      if (read.ec == std::errc()) return number;
    }
  }
  return std::nullopt;
}

bool offers_kvm(std::string const& capabilities) {
  pugi::xml_document document;
  if (!document.load_string(capabilities.c_str())) return false;
  for (auto const guest : document.child("capabilities").children("guest"))
    for (auto const arch : guest.children("arch"))
      for (auto const domain : arch.children("domain"))
        if (std::string_view(domain.attribute("type").value()) == "kvm" &&
            std::string_view(arch.attribute("name").value()) == "x86_64")
          return true;
  return false;
}

reach reach_of(std::string_view uri, std::optional<unsigned> qemu_user, unsigned user) {
  if (!is_local(uri)) return reach::far;
  // A session daemon runs QEMU as its own user, and says nothing of it.
  if (is_session(uri)) return reach::near;
  bool const same = qemu_user && *qemu_user == user;
  return same ? reach::near : reach::far;
}

loop::awaitable<result<daemon_facts>> look_at(connection& daemon, loop::duration limit) {
  std::function<result<daemon_facts>(virConnectPtr)> const work =
      [uri = daemon.uri()](virConnectPtr on) { return asked(on, uri); };
  return daemon.call<daemon_facts>("asking what it has", limit, work);
}

}  // namespace wedgehog::vm::libvirt
