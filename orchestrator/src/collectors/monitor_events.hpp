// QMP events -> signals. Subscribes when it is made, so that nothing that a later command causes is
// missed.
#pragma once

#include "collectors/sink.hpp"
#include "loop/clock.hpp"
#include "qmp/client.hpp"

namespace wedgehog::collectors {

class monitor_events {
 public:
  monitor_events(qmp::client& monitor, sink out)
      : events_(monitor.listen()), out_(std::move(out)) {}

  // Until the session ends or the caller is cancelled.
  loop::awaitable<void> run();

 private:
  qmp::subscription events_;
  sink out_;
};

}  // namespace wedgehog::collectors
