// The domains of ours on a daemon, told from those of others by the metadata that ours carry.
#pragma once

#include <string>
#include <vector>

#include "vm/libvirt/connection.hpp"

namespace wedgehog::vm::libvirt {

struct our_domain {
  std::string name;
  std::string run;         // the recipe that it plays
  std::string owner_host;  // who started it
  long owner_pid = 0;
  // On this host, and the process is gone: nobody will take it away.
  bool abandoned = false;
};

// Pure: of the metadata element; nothing when it is none of ours. `alive` says whether a process of
// this host lives.
struct here_and_now {
  std::string host;
  bool (*alive)(long pid);
};
[[nodiscard]] std::optional<our_domain> our_domain_in(std::string const& metadata,
                                                      here_and_now const& now);

// Blame: host.
loop::awaitable<result<std::vector<our_domain>>> list_our_domains(connection& by,
                                                                  loop::duration limit);
// Destroys those that are abandoned, and none else; their names. Blame: host.
loop::awaitable<result<std::vector<std::string>>> sweep_domains(connection& by,
                                                                loop::duration limit);

}  // namespace wedgehog::vm::libvirt
