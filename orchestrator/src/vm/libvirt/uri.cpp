#include "vm/libvirt/uri.hpp"

#include <libvirt/virterror.h>

namespace wedgehog::vm::libvirt {
namespace {

constexpr std::string_view scheme = "qemu";

std::string_view transport_of(std::string_view uri) {
  auto const colon = uri.find(':');
  auto const plus = uri.substr(0, colon).find('+');
  return plus == std::string_view::npos ? std::string_view()
                                        : uri.substr(plus + 1, colon - plus - 1);
}

}  // namespace

bool is_uri(std::string_view word) {
  auto const colon = word.find(':');
  if (colon == std::string_view::npos || !word.substr(colon).starts_with("://")) return false;
  auto const driver = word.substr(0, colon);
  return driver == scheme || driver.starts_with(std::string(scheme) + "+");
}

std::string host_in(std::string_view uri) {
  auto const begin = uri.find("://");
  if (begin == std::string_view::npos) return {};
  auto authority = uri.substr(begin + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (auto const at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  // RFC 3986, 3.2.2: an IPv6 address stands in brackets.
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

bool is_local(std::string_view uri) {
  auto const transport = transport_of(uri);
  return transport == "unix" || (host_in(uri).empty() && transport.empty());
}

bool is_session(std::string_view uri) {
  // The rest of a URI may name a socket, whatever that is called.
  auto const path = uri.substr(0, uri.find_first_of("?#"));
  return path.ends_with("/session");
}

std::string remedy_for(std::string_view uri, int code) {
  bool const session = is_session(uri);
  switch (code) {
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
      return " (who may use qemu:///system is in the group libvirt: adduser YOU libvirt, and log "
             "in anew)";
    case VIR_ERR_SYSTEM_ERROR:
      if (!is_local(uri)) return " (does the daemon listen there, and is its name right?)";
      return session ? " (is libvirt-daemon installed? A session daemon starts by itself)"
                     : " (is the daemon installed and running? apt-get install "
                       "libvirt-daemon-system; systemctl start libvirtd; and are you in the group "
                       "libvirt?)";
    case VIR_ERR_INVALID_ARG:
    case VIR_ERR_NO_CONNECT:
      return " (known: qemu:///session, qemu:///system, qemu+ssh://HOST/system, "
             "qemu+tcp://HOST/system)";
    default:
      return {};
  }
}

}  // namespace wedgehog::vm::libvirt
