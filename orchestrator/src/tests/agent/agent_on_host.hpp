// The real agent as a process on this host, behind a socket where a guest's port would be.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agent/link.hpp"
#include "loop/nursery.hpp"
#include "loop/process.hpp"
#include "loop/temporary.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::agent {

using namespace std::chrono_literals;

inline constexpr auto patience =
    20s;  // for a loaded machine; nothing waits that long when it works

struct agent_on_host {
  agent_on_host(asio::io_context& context, std::string noise = {})
      : executor(context.get_executor()),
        home(loop::temporary_directory::make().value()),
        nursery(executor),
        noise_first(std::move(noise)) {}

  awaitable<void> begin() {
    auto const path = home.path() + "/port";
    loop::process_options options;
    options.argv = {WEDGEHOG_AGENT, "--socket", path};
    options.output_file = home.path() + "/agent.log";
    process.emplace(loop::process::start(executor, options).value());
    link_options wanted;
    wanted.connect_limit = patience;
    wanted.on_event = [this](event const& one) { events.push_back(one); };
    auto connected = co_await link::connect(executor, time, path, std::move(wanted));
    line = std::move(connected.value());
    nursery.spawn(line->serve());
  }

  awaitable<void> end() {
    line->close();
    co_await nursery.stop();
    if (process) co_await process->wait();  // it ends with its line
  }

  // Until an event pleases, or patience ends.
  awaitable<bool> saw(std::function<bool(event const&)> pleases) {
    auto const deadline = time.now() + patience;
    std::size_t looked_at = 0;
    while (time.now() < deadline) {
      for (; looked_at < events.size(); ++looked_at)
        if (pleases(events[looked_at])) co_return true;
      co_await time.sleep_for(10ms);
    }
    co_return false;
  }

  asio::any_io_executor executor;
  loop::real_clock time;
  loop::temporary_directory home;
  loop::nursery nursery;
  std::string noise_first;
  std::optional<loop::process> process;
  std::unique_ptr<link> line;
  std::vector<event> events;
};

using scenario = awaitable<void> (*)(agent_on_host&);

inline awaitable<void> play(agent_on_host& all, scenario body) {
  co_await all.begin();
  std::exception_ptr thrown;
  try {
    co_await body(all);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await all.end();
  if (thrown) std::rethrow_exception(thrown);
}

inline void perform(scenario body) {
  asio::io_context context;
  agent_on_host all(context);
  testing::run_to_end(context, play(all, body), 60s);
}

}  // namespace wedgehog::agent
