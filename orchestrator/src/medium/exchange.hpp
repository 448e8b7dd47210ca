// A copy of a medium on which a few files have other content: its loader and its system then speak
// on the serial console. What is written is written behind what was there (a session more), so that
// the rest stays where it was, byte by byte, and it boots as before.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "guest/medium.hpp"
#include "loop/clock.hpp"

namespace wedgehog::medium {

struct copy_places {
  std::string from;
  std::string to;      // replaced when it is there
  std::string beside;  // a folder for what is needed meanwhile
};

// Needs xorriso. Blame: recipe when the medium has not got a file that is added to; host for the
// rest, also when there is no room for a copy.
loop::awaitable<result<void>> exchange(loop::asio::any_io_executor pool, copy_places where,
                                       std::vector<guest::exchanged_file> files);

// xorriso's arguments, which read one file of a medium.
[[nodiscard]] std::vector<std::string> extraction(std::string const& medium,
                                                  std::string const& path, std::string const& to);

}  // namespace wedgehog::medium
