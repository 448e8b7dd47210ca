// What libvirt tells of one domain, brought to the loop: QEMU's events to the relay, its end to the
// fate.
#pragma once

#include <memory>

#include "vm/libvirt/connection.hpp"
#include "vm/libvirt/fate.hpp"
#include "vm/libvirt/monitor_relay.hpp"

namespace wedgehog::vm::libvirt {

class domain_events {
 public:
  // Listens when it returns, until destroyed. Blame: host.
  static loop::awaitable<result<domain_events>> listen(std::shared_ptr<connection> by,
                                                       domain_handle domain,
                                                       std::shared_ptr<fate> fate,
                                                       std::shared_ptr<monitor_relay> relay,
                                                       loop::duration limit);
  domain_events(domain_events&&) noexcept = default;
  domain_events& operator=(domain_events&&) = delete;
  ~domain_events();

 private:
  struct numbers {
    int ends = -1;
    int monitor = -1;
  };
  domain_events(std::shared_ptr<connection> by, numbers known)
      : by_(std::move(by)), numbers_(known) {}

  std::shared_ptr<connection> by_;
  numbers numbers_;
};

}  // namespace wedgehog::vm::libvirt
