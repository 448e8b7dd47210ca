// What a performer stands on: the host, the image and the clock, the same for every run that is
// played on them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <string>

#include "conductor/live_control.hpp"
#include "loop/interruption.hpp"
#include "vm/backend.hpp"
#include "vm/image.hpp"

namespace wedgehog::conductor {

struct stage {
  loop::clock& time;
  loop::asio::any_io_executor pool;  // runs what blocks
  loop::interruption& stop;
  vm::backend& backend;
  vm::image image;
  double time_scale = 1;  // that the plan's budgets were stretched by
  std::string version{};
  std::string templates{};    // the folder of the machines that were frozen; empty: there are none
  fault_reader read_fault{};  // for faults that are injected by hand
};

}  // namespace wedgehog::conductor
