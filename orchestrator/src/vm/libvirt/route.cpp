#include "vm/libvirt/route.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "loop/descriptor.hpp"
#include "vm/libvirt/uri.hpp"

namespace wedgehog::vm::libvirt {
namespace {

constexpr char const* loopback = "127.0.0.1";

struct freed_addresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// A datagram socket that is connected has sent nothing: it knows only where it would send to.
result<std::string> towards(std::string const& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_DGRAM;
  addrinfo* list = nullptr;
  if (int const failed = ::getaddrinfo(host.c_str(), "9", &wanted, &list); failed != 0)
    return host_error(
        fmt::format("which address of this host '{}' reaches is not known ({}): "
                    "--disks-from ADDRESS says it",
                    host, ::gai_strerror(failed)));
  std::unique_ptr<addrinfo, freed_addresses> const found(list);
  loop::descriptor const probe(
      ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, found->ai_protocol));
  sockaddr_storage ours{};
  socklen_t size = sizeof ours;
  if (!probe || ::connect(probe.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&ours), &size) != 0)
    return system_failure("finding a way to " + host, errno);
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&ours), size, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0)
    return host_error("this host's address towards " + host + " cannot be written");
  return std::string(text.data());
}

}  // namespace

loop::awaitable<result<std::string>> address_towards(connection& daemon, loop::duration limit) {
  auto const host = host_in(daemon.uri());
  if (host.empty() || is_local(daemon.uri())) co_return std::string(loopback);
  std::function<result<std::string>(virConnectPtr)> const work = [host](virConnectPtr) {
    return towards(host);
  };
  co_return co_await daemon.call<std::string>("looking for a way to " + host, limit, work);
}

}  // namespace wedgehog::vm::libvirt
