// What a QEMU says that cannot reach its disks over TLS, and the remedy: libvirt checks none of it
// beforehand, and QEMU's words name neither the host nor the file that is meant. Pure.
#pragma once

#include <string_view>

namespace wedgehog::vm::libvirt {

// Empty where it speaks of something else.
[[nodiscard]] std::string_view tls_remedy(std::string_view said);

}  // namespace wedgehog::vm::libvirt
