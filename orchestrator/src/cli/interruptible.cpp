#include "cli/interruptible.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"

namespace wedgehog::cli {
namespace {

namespace asio = boost::asio;

void watch_signals(asio::signal_set& signals, loop::interruption& stop) {
  signals.async_wait([&](boost::system::error_code failure, int) {
    if (failure) return;
    if (stop.requested()) {
      tell("\nwedgehog: stopped at once\n");
      ::_exit(exit_interrupted);
    }
    tell("\nwedgehog: stopping; the evidence is being kept (once more: stop at once)\n");
    stop.request();
    watch_signals(signals, stop);
  });
}

}  // namespace

bool perform_interruptible(std::function<loop::awaitable<void>(work_context context)> const& work) {
  asio::io_context context(1);
  // Behind the loop, so that it goes first: a thread that handed its last result over is still
  // about to let go of the loop.
  asio::thread_pool pool(2);
  loop::interruption stop(context.get_executor());
  asio::signal_set signals(context, SIGINT, SIGTERM, SIGHUP);
  watch_signals(signals, stop);
  std::exception_ptr thrown;
  asio::co_spawn(context, work({stop, pool, context.get_executor()}),
                 [&](std::exception_ptr failure) {
                   thrown = failure;
                   signals.cancel();
                 });
  context.run();
  if (thrown) std::rethrow_exception(thrown);
  return stop.requested();
}

}  // namespace wedgehog::cli
