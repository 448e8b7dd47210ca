#include "collectors/monitor_events.hpp"

namespace wedgehog::collectors {

loop::awaitable<void> monitor_events::run() {
  while (auto const happened = co_await events_.next()) {
    if (happened->is_gap())
      out_(timeline::gap{"qmp", happened->missed});
    else
      out_(timeline::qmp_event{happened->name, json::serialize(happened->data)});
  }
}

}  // namespace wedgehog::collectors
