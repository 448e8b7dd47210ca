// Fetches a vendor's medium with curl, onto a shelf where media stand by their checksums. What is
// there of it is not fetched again, also after a cut, a Ctrl-C or a power failure.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <string>

#include "base/error.hpp"
#include "guest/medium.hpp"
#include "loop/clock.hpp"

namespace wedgehog::medium {

struct errand {
  loop::clock& time;
  loop::asio::thread_pool& pool;
  double time_scale = 1;
  std::function<void(std::string const&)> tell;  // one line of progress
};

// The file, whose checksum is right. A server that is silent for a minute or answers nothing is
// asked again, as long as each time brings something, and then three times. Blame: recipe when it
// is not there, too large or another file; host for the rest.
loop::awaitable<result<std::string>> fetch(errand const& by, guest::medium const& what,
                                           std::string const& shelf);

}  // namespace wedgehog::medium
