// What a libvirt URI says without anybody being asked: pure.
#pragma once

#include <string>
#include <string_view>

namespace wedgehog::vm::libvirt {

// Whether the word names a libvirt daemon: "qemu:///session", "qemu+ssh://host/system".
[[nodiscard]] bool is_uri(std::string_view word);
// The daemon is on this host: there is no host in it, or its transport is a UNIX socket.
[[nodiscard]] bool is_local(std::string_view uri);
// The daemon of one user, who may differ from the one of the whole host.
[[nodiscard]] bool is_session(std::string_view uri);
// The host in it, without user and port; empty: this one.
[[nodiscard]] std::string host_in(std::string_view uri);
// " (…)": what a person does about a connection that failed with this VIR_ERR_… number; empty when
// there is nothing to say.
[[nodiscard]] std::string remedy_for(std::string_view uri, int code);

}  // namespace wedgehog::vm::libvirt
