#include "vm/libvirt/inventory.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <pugixml.hpp>
#include <sstream>

#include "vm/libvirt/domain_xml.hpp"

namespace wedgehog::vm::libvirt {
namespace {

bool lives(long pid) {
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

here_and_now us() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return {name.data(), lives};
}

struct seen_domain {
  domain_handle handle;
  our_domain what;
};

result<std::vector<seen_domain>> seen(virConnectPtr on) {
  virDomainPtr* list = nullptr;
  int const count = virConnectListAllDomains(on, &list, 0);
  if (count < 0) return last_error();
  std::vector<domain_handle> all;
  for (int i = 0; i < count; ++i) all.push_back(own(list[i]));
  ::free(list);
  std::vector<seen_domain> ours;
  for (auto const& domain : all) {
    text_handle const text(
        virDomainGetMetadata(domain.get(), VIR_DOMAIN_METADATA_ELEMENT, metadata_uri, 0));
    if (!text) continue;
    auto one = our_domain_in(text.get(), us());
    if (!one) continue;
    one->name = virDomainGetName(domain.get());
    ours.push_back({domain, std::move(*one)});
  }
  return ours;
}

}  // namespace

std::optional<our_domain> our_domain_in(std::string const& metadata, here_and_now const& now) {
  pugi::xml_document document;
  if (!document.load_string(metadata.c_str())) return std::nullopt;
  auto const element = document.first_child();
  auto const owner = element.attribute("owner");
  if (!owner) return std::nullopt;
  our_domain one;
  one.run = element.attribute("run").value();
  std::istringstream words(owner.value());
  if (!(words >> one.owner_host >> one.owner_pid)) return std::nullopt;
  one.abandoned = one.owner_host == now.host && !now.alive(one.owner_pid);
  return one;
}

loop::awaitable<result<std::vector<our_domain>>> list_our_domains(connection& by,
                                                                  loop::duration limit) {
  using list = std::vector<our_domain>;
  std::function<result<list>(virConnectPtr)> const work = [](virConnectPtr on) -> result<list> {
    auto const found = seen(on);
    if (!found) return found.error();
    list all;
    for (auto const& one : *found) all.push_back(one.what);
    return all;
  };
  co_return co_await by.call<list>("listing domains", limit, work);
}

loop::awaitable<result<std::vector<std::string>>> sweep_domains(connection& by,
                                                                loop::duration limit) {
  using names = std::vector<std::string>;
  std::function<result<names>(virConnectPtr)> const work = [](virConnectPtr on) -> result<names> {
    auto const found = seen(on);
    if (!found) return found.error();
    names gone;
    for (auto const& one : *found)
      if (one.what.abandoned && virDomainDestroy(one.handle.get()) == 0)
        gone.push_back(one.what.name);
    return gone;
  };
  co_return co_await by.call<names>("sweeping domains", limit, work);
}

}  // namespace wedgehog::vm::libvirt
