// A simulated QEMU's line to a fault disk: a real NBD client over the disk's real socket, so that a
// held request really holds whoever waits for it.
#pragma once

#include "vm/simulated/hardware.hpp"

namespace wedgehog::simulation {

loop::awaitable<result<std::unique_ptr<vm::simulated::drive>>> make_nbd_drive(
    loop::asio::any_io_executor executor, loop::clock& time, vm::disk_spec const& disk);

}  // namespace wedgehog::simulation
