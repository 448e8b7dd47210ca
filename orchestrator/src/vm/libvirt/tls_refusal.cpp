#include "vm/libvirt/tls_refusal.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace wedgehog::vm::libvirt {
namespace {

struct refusal {
  std::string_view words;  // in lower case
  std::string_view remedy;
};

// The first that fits. QEMU 7.2 with GnuTLS 3.7, on libvirt 9.0, seen 2026-11.
constexpr std::array<refusal, 10> refusals{{
    {"unable to access credentials",
     "QEMU there must know who signed our certificate: put that ca-cert.pem into /etc/pki/qemu of "
     "that host, or into the folder that nbd_tls_x509_cert_dir of its qemu.conf names"},
    {"cannot load certificate",
     "the user that QEMU runs as there must be able to read client-cert.pem and client-key.pem of "
     "its folder of certificates"},
    {"cannot load ca certificate",
     "the ca-cert.pem of QEMU's folder of certificates there is none"},
    {"known issuer",
     "the ca-cert.pem of QEMU's folder of certificates there is not that of who signed our "
     "server-cert.pem"},
    {"not trusted",
     "the ca-cert.pem of QEMU's folder of certificates there is not that of who signed our "
     "server-cert.pem"},
    {"does not match the hostname",
     "our server-cert.pem does not name this host, and a libvirt before 8.2 cannot be told whom "
     "else to expect"},
    {"certificate has expired",
     "compare the clocks of both hosts, and look at the dates of the certificates on both"},
    {"not yet activated",
     "compare the clocks of both hosts, and look at the dates of the certificates on both"},
    {"tls channel",
     "we want a certificate that our ca-cert.pem has signed: put client-cert.pem and "
     "client-key.pem into QEMU's folder of certificates there (or take ca-cert.pem out of ours)"},
    {"tls", "docs/libvirt.md says which certificates are wanted on that host"},
}};

}  // namespace

std::string_view tls_remedy(std::string_view said) {
  // The words of its options, in which TLS stands too, are not what it complains about.
  if (auto const options = said.rfind("}: "); options != std::string_view::npos)
    said.remove_prefix(options);
  std::string lower(said);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  for (auto const& one : refusals)
    if (lower.find(one.words) != std::string::npos) return one.remedy;
  return {};
}

}  // namespace wedgehog::vm::libvirt
