#include "conductor/life.hpp"

#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;
using loop::asio::local::stream_protocol;

constexpr auto start_limit = 30s;
constexpr auto agent_line_limit = 10s;
// Longer than any command takes while the guest is watched; a dump waits for no disk.
constexpr auto monitor_patience = 15s;

// Without a second session nothing is left to free a QEMU that is stuck; it is tried all the same.
qmp::client& out_of_band(vm::machine& machine) {
  return machine.can().contains(vm::ability::out_of_band_monitor) ? machine.second_monitor()
                                                                  : machine.monitor();
}

}  // namespace

life::life(life_context const& context, std::unique_ptr<vm::machine> machine,
           guest::profile const& guest)
    : context_(context),
      machine_(std::move(machine)),
      talk_(context.executor, context.time, machine_->console(), guest.boot.dialogue),
      sampler_(context.time, *machine_, context.record, context.ask_server,
               [this] { return guest_rests(); }),
      blocked_state_(guest.blocked_state),
      agent_signals_(context.record, context.time, blocked_state_),
      watchers_(context.executor) {
  if (!machine_->can().contains(vm::ability::monitor)) return;
  events_.emplace(machine_->monitor(), context.record);
  guard_.emplace(faults::monitor_guard::guarded_monitors{context.time, machine_->monitor(),
                                                         out_of_band(*machine_), machine_->names(),
                                                         context.disks, context.record},
                 monitor_patience);
}

loop::awaitable<result<std::unique_ptr<life>>> life::begin(life_context const& context,
                                                           vm::backend& backend,
                                                           vm::machine_spec const& spec,
                                                           vm::guest_profile const& guest) {
  context.record(timeline::mark(timeline::reached::guest_os, guest.os));
  context.record(
      timeline::mark(timeline::reached::machine_started, std::string(backend.accelerator_name())));
  auto machine = co_await backend.start(spec, guest, start_limit);
  if (!machine) co_return machine.error();
  std::unique_ptr<life> begun(new life(context, std::move(machine.value()), guest));
  if (begun->events_) begun->watchers_.spawn(begun->events_->run());
  begun->watchers_.spawn(begun->sampler_.run());
  if (begun->guard_) begun->watchers_.spawn(begun->guard_->run());
  begun->watchers_.spawn(begun->machine_->console().follow(begun->listen_to_console()));
  co_return std::move(begun);
}

vm::line_cutter::sink life::listen_to_console() {
  return [this](std::string line, bool partial) {
    talk_.hear(line, partial);
    context_.console_line(std::move(line), partial);
  };
}

bool life::guest_rests() const {
  return agent_ && !agent_->closed() && !agent_->talk().asks() && rest_.rests(context_.time.now());
}

void life::hang_up() {
  if (!agent_) return;
  agent_->close();
  agent_signals_.finish();
  former_agent_ = std::move(agent_);
}

loop::awaitable<result<wire::hello>> life::greet(loop::duration limit) {
  hang_up();
  auto const until = context_.time.now() + limit;
  if (auto const talked = co_await talk_.hold(limit); !talked) co_return talked.error();
  agent_signals_ = collectors::agent_signals(context_.record, context_.time, blocked_state_);
  rest_ = {};
  agent::link_options options;
  options.on_event = [this](agent::event const& one) {
    rest_.take(one, context_.time.now());
    agent_signals_.take(one);
  };
  auto line = co_await machine_->open_agent_line(agent_line_limit);
  if (!line) co_return line.error();
  stream_protocol::socket connected(context_.executor, stream_protocol(), line.value().release());
  agent_ = std::make_unique<agent::link>(std::move(connected), context_.time, std::move(options));
  watchers_.spawn(agent_->serve());
  co_return co_await agent_->greet(until - context_.time.now());
}

loop::awaitable<void> life::end(loop::duration patience) {
  co_await machine_->stop(patience);
  machine_->console().finish(context_.console_line);
  if (agent_) agent_->close();
  agent_signals_.finish();
  co_await watchers_.stop();
  machine_->console().close();
}

}  // namespace wedgehog::conductor
