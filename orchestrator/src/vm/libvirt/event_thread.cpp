#include "vm/libvirt/event_thread.hpp"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <mutex>

namespace wedgehog::vm::libvirt {
namespace {

// It prints errors otherwise; everybody here returns them.
void say_nothing(void*, virErrorPtr) {}

void begin_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    virInitialize();
    virSetErrorFunc(nullptr, say_nothing);
    // For the process, and for ever: libvirt has no way back.
    virEventRegisterDefaultImpl();
  });
}

void wake_up(int, void*) {}

}  // namespace

std::shared_ptr<event_thread> event_thread::of_process() {
  static std::mutex guard;
  static std::weak_ptr<event_thread> known;
  std::lock_guard const locked(guard);
  auto found = known.lock();
  if (!found) known = found = std::make_shared<event_thread>();
  return found;
}

event_thread::event_thread() {
  begin_once();
  thread_ = std::thread([this] { run(); });
}

event_thread::~event_thread() {
  ending_ = true;
  // Ends the round that it waits in.
  int const timer = virEventAddTimeout(0, wake_up, nullptr, nullptr);
  thread_.join();
  if (timer >= 0) virEventRemoveTimeout(timer);
}

void event_thread::run() {
  while (!ending_) virEventRunDefaultImpl();
}

}  // namespace wedgehog::vm::libvirt
