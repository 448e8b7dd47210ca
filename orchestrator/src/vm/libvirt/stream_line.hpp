// A domain's console or channel as a connected socket: whoever has the socket needs to know nothing
// of libvirt. Bytes are carried both ways on libvirt's own thread, and neither side can make the
// other's memory grow.
#pragma once

#include <string>

#include "loop/descriptor.hpp"
#include "vm/libvirt/connection.hpp"

namespace wedgehog::vm::libvirt {

enum class line_kind { console, channel };

struct line_choice {
  line_kind what = line_kind::console;
  std::string name;  // the alias of a serial port; the name of a channel
};

// Takes the line from whoever had it. Closing the socket gives it back. Blame: host.
loop::awaitable<result<loop::descriptor>> open_line(std::shared_ptr<connection> by,
                                                    domain_handle domain, line_choice which,
                                                    loop::duration limit);

}  // namespace wedgehog::vm::libvirt
