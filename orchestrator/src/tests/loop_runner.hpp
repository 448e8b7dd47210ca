// Runs one coroutine to its end on a fresh loop and rethrows what it threw; a test that hangs ends
// after `limit`.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>

#include "loop/clock.hpp"

namespace wedgehog::testing {

inline void run_to_end(boost::asio::io_context& context, loop::awaitable<void> body,
                       std::chrono::seconds limit = std::chrono::seconds(30)) {
  bool finished = false;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context, std::move(body), [&](std::exception_ptr error) {
    finished = true;
    thrown = error;
    context.stop();
  });
  context.restart();
  context.run_for(limit);
  if (!finished) ADD_FAILURE() << "the coroutine did not end";
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace wedgehog::testing
