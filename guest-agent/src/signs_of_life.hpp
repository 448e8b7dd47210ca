// The threads that run whatever else happens: two beats, the observer, and the one that writes to
// the port. None of them waits for the supervisor or for a disk; only the observer may get stuck.
#pragma once

#include <string>
#include <vector>

#include "board.hpp"
#include "outbox.hpp"
#include "port.hpp"

namespace wedgehog::guest {

// Must be called once, before anything is put into `out`. Adds what failed to `complaints`. All
// arguments but the last must live as long as the process.
void start_signs_of_life(port const& line, outbox& out, board& shown,
                         std::vector<std::string>& complaints);

}  // namespace wedgehog::guest
