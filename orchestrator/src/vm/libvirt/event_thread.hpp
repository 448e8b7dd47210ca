// libvirt's own event loop on a thread of its own: it watches connections and streams and calls
// back from there. Lives as long as somebody holds it.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

namespace wedgehog::vm::libvirt {

class event_thread {
 public:
  // The one of this process. Get it before the first connection is opened.
  static std::shared_ptr<event_thread> of_process();
  event_thread();
  ~event_thread();
  event_thread(event_thread const&) = delete;
  event_thread& operator=(event_thread const&) = delete;

 private:
  void run();

  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace wedgehog::vm::libvirt
