#include "vm/libvirt/domain_events.hpp"

#include <libvirt/libvirt-qemu.h>

namespace wedgehog::vm::libvirt {
namespace {

// Held by libvirt. On its thread nothing is locked: the last to hold a part is the loop.
struct listener {
  loop::asio::any_io_executor executor;
  std::weak_ptr<fate> ends;
  std::weak_ptr<monitor_relay> relay;
};

void forget(void* opaque) {
  delete static_cast<listener*>(opaque);
}

int lifecycle(virConnectPtr, virDomainPtr, int event, int detail, void* opaque) {
  if (event != VIR_DOMAIN_EVENT_STOPPED) return 0;
  auto const& to = *static_cast<listener*>(opaque);
  loop::asio::post(to.executor, [ends = to.ends, relay = to.relay, detail] {
    if (auto const one = ends.lock()) one->stopped(detail);
    if (auto const one = relay.lock()) one->close();
  });
  return 0;
}

void said(virConnectPtr, virDomainPtr, char const* event, long long seconds, unsigned micros,
          char const* details, void* opaque) {
  auto const& to = *static_cast<listener*>(opaque);
  loop::asio::post(to.executor, [relay = to.relay, name = std::string(event), seconds, micros,
                                 more = std::string(details == nullptr ? "" : details)] {
    if (auto const one = relay.lock()) one->announce(name, more, seconds, micros);
  });
}

}  // namespace

loop::awaitable<result<domain_events>> domain_events::listen(std::shared_ptr<connection> by,
                                                             domain_handle domain,
                                                             std::shared_ptr<fate> fate,
                                                             std::shared_ptr<monitor_relay> relay,
                                                             loop::duration limit) {
  listener const to{by->executor(), fate, relay};
  std::function<result<numbers>(virConnectPtr)> const work =
      [domain, to](virConnectPtr on) -> result<numbers> {
    numbers known;
    auto* const for_ends = new listener(to);
    known.ends =
        virConnectDomainEventRegisterAny(on, domain.get(), VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         VIR_DOMAIN_EVENT_CALLBACK(lifecycle), for_ends, forget);
    if (known.ends < 0) {
      forget(for_ends);
      return last_error();
    }
    auto* const for_monitor = new listener(to);
    known.monitor = virConnectDomainQemuMonitorEventRegister(on, domain.get(), nullptr, said,
                                                             for_monitor, forget, 0);
    if (known.monitor < 0) {
      forget(for_monitor);
      return last_error();
    }
    return known;
  };
  auto const known = co_await by->call<numbers>("listening to the domain", limit, work);
  if (!known) co_return known.error();
  co_return domain_events(std::move(by), *known);
}

domain_events::~domain_events() {
  if (!by_) return;
  by_->let([known = numbers_](virConnectPtr on) {
    virConnectDomainEventDeregisterAny(on, known.ends);
    virConnectDomainQemuMonitorEventDeregister(on, known.monitor);
  });
}

}  // namespace wedgehog::vm::libvirt
