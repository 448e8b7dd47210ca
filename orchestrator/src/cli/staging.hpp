// The stage on which runs are played, found out once for all of them: accelerator, time scale,
// QEMU.
#pragma once

#include <optional>

#include "cli/commands.hpp"
#include "cli/interruptible.hpp"
#include "cli/places.hpp"
#include "cli/session.hpp"
#include "folder/run_order.hpp"
#include "loop/clock.hpp"

namespace wedgehog::cli {

// An order without a recipe, an image and a ticket. Nothing: it was interrupted. Blame: host, or
// recipe for a place that is none.
loop::awaitable<result<std::optional<folder::run_order>>> order_of_stage(
    loop::clock& time, loop::interruption& stop, session_options const& options,
    common_options const& common, places const& where);

}  // namespace wedgehog::cli
