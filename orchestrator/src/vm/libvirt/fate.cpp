#include "vm/libvirt/fate.hpp"

#include <libvirt/libvirt.h>
#include <signal.h>

namespace wedgehog::vm::libvirt {

void fate::stopped(int detail) {
  switch (detail) {
    case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN:
      return end({}, "the guest's machine was turned off");
    case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
      return end({.status = {.signal = SIGKILL}}, "somebody destroyed the domain");
    default:
      // It is the daemon's child, and the daemon does not say how it died.
      return end({.known = false}, "QEMU closed its monitor without a word");
  }
}

void fate::lose(std::string why) {
  end({.known = false, .host_fault = why}, why);
}

void fate::give_up(std::string why) {
  end({.known = false}, std::move(why));
}

void fate::end(ending how, std::string why) {
  if (status_) return;
  status_ = std::move(how);
  why_ = std::move(why);
  bell_.ring();
}

loop::awaitable<ending> fate::wait() {
  while (!status_) co_await bell_.wait();
  co_return *status_;
}

}  // namespace wedgehog::vm::libvirt
