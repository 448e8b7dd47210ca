// What a performer stands on: the host, the image and the clock, the same for every run that is
// played on them.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <string>

#include "conductor/live_control.hpp"
#include "loop/interruption.hpp"
#include "vm/backend.hpp"
#include "vm/image.hpp"

namespace wedgehog::conductor {

struct stage {
  loop::clock& time;
  loop::asio::thread_pool& pool;  // for what blocks
  loop::interruption& stop;
  vm::backend& backend;
  vm::image image;
  double time_scale = 1;  // that the plan's budgets were stretched by
  std::string version{};
  fault_reader read_fault{};  // for faults that are injected by hand
};

}  // namespace wedgehog::conductor
