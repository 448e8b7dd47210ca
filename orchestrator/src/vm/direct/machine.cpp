#include "vm/direct/machine.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <fstream>

#include "base/units.hpp"
#include "loop/within.hpp"
#include "vm/frozen.hpp"
#include "vm/monitor_requests.hpp"
#include "vm/overlay.hpp"

namespace wedgehog::vm::direct {
namespace {

using namespace std::chrono_literals;
using loop::asio::local::stream_protocol;

// The host's OOM killer takes a guest first: it is the one that is stressed, and it leaves a
// record.
constexpr int qemu_oom_score_adjust = 500;
constexpr auto pause_between_tries = 20ms;

std::string tail_of(std::string const& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.size() <= most ? text : "…" + text.substr(text.size() - most);
}

loop::awaitable<result<qmp::client>> connect_or_death(loop::clock& time, loop::process& qemu,
                                                      std::string path, loop::duration deadline) {
  auto const executor = co_await loop::asio::this_coro::executor;
  qmp::client_options options;
  options.deadline = deadline;
  // In short turns, so that a QEMU that died is noticed at once and not when the deadline passes.
  loop::time_point const until = time.now() + deadline;
  for (;;) {
    options.deadline = std::min<loop::duration>(std::chrono::milliseconds(500), until - time.now());
    auto connected = co_await qmp::client::connect(executor, time, path, options);
    if (connected) co_return connected;
    if (auto const ended = qemu.poll())
      co_return host_error("QEMU ended with " + loop::describe(*ended));
    if (time.now() >= until)
      co_return host_error(
          fmt::format("QEMU runs, but its monitor did not answer within {} ({}): is the host "
                      "overloaded, or --qemu another program?",
                      describe_duration(std::chrono::duration_cast<microseconds>(deadline)),
                      connected.error().message()));
    // A connection that fails at once (no descriptor is left) must not keep a core busy.
    co_await time.sleep_for(pause_between_tries);
  }
}

}  // namespace

abilities const& can_do() {
  static abilities const all(all_abilities().begin(), all_abilities().end());
  return all;
}

machine::machine(loop::clock& time, machine_spec spec, loop::process qemu, direct::console console)
    : time_(time), spec_(std::move(spec)), qemu_(std::move(qemu)), console_(std::move(console)) {
  console_.send_breaks_by(monitor_);
}

std::unique_ptr<vm::machine> machine::assemble(loop::clock& time, parts from) {
  std::unique_ptr<machine> made(
      new machine(time, std::move(from.spec), std::move(from.qemu), std::move(from.console)));
  made->monitor_ = std::move(from.monitor);
  made->vcpu_threads_ = std::move(from.vcpu_threads);
  return made;
}

std::string machine::last_words() const {
  return tail_of(log_file(spec_.place), 2000);
}

loop::awaitable<result<std::unique_ptr<vm::machine>>> machine::start(loop::clock& time,
                                                                     program const& qemu,
                                                                     machine_spec const& spec,
                                                                     guest_profile const& guest,
                                                                     loop::duration limit) {
  auto const executor = co_await loop::asio::this_coro::executor;
  sockets const place{spec.place.runtime_folder};
  // Memory does not outlive the power.
  std::error_code ignored;
  std::filesystem::remove(place.memory(), ignored);
  if (guest.boot.from == guest::boot_medium::disk) {
    auto const below = spec.begins_as ? spec.begins_as->system_disk() : spec.medium;
    if (auto const made = make_overlay(below, system_disk(spec.place)); !made)
      co_return made.error();
  }
  auto console = direct::console::open(executor, time, console_file(spec.place), place.console());
  if (!console) co_return console.error();
  loop::process_options options;
  options.argv = command_line(qemu, spec, guest);
  options.output_file = log_file(spec.place);
  options.oom_score_adjust = qemu_oom_score_adjust;
  // What a copy has of its own is a little of much: a tenth of it would be unused parts of huge
  // pages.
  options.huge_pages = !spec.begins_as;
  auto child = loop::process::start(executor, options);
  if (!child) {
    auto failure = child.error();
    co_return std::move(failure).within(
        "starting the machine; is QEMU installed (apt-get install qemu-system-x86)?");
  }
  std::unique_ptr<machine> made(
      new machine(time, spec, std::move(child.value()), std::move(console.value())));
  auto opened = co_await made->open_monitors(limit);
  if (opened && spec.begins_as) opened = co_await made->begin_as_copy(limit);
  if (!opened) {
    auto const words = made->last_words();
    error failure(blame::host, words.empty() ? opened.error().message()
                                             : fmt::format("{}; QEMU said: {}",
                                                           opened.error().message(), words));
    co_return std::move(failure).within("starting machine " + made->spec_.name);
  }
  co_return std::unique_ptr<vm::machine>(std::move(made));
}

loop::awaitable<result<void>> machine::begin_as_copy(loop::duration limit) {
  // Now, while the file that it has mapped is still there under its name.
  memory_of_copy_ = memory_of_copy(pid(), *spec_.begins_as, spec_.memory_bytes);
  if (!memory_of_copy_) co_return memory_of_copy_.error();
  co_return co_await thaw(monitor_, time_, *spec_.begins_as, limit);
}

loop::awaitable<result<void>> machine::open_monitors(loop::duration deadline) {
  sockets const place{spec_.place.runtime_folder};
  auto first = co_await connect_or_death(time_, qemu_, place.monitor(), deadline);
  if (!first) co_return first.error();
  monitor_ = std::move(first.value());
  auto second = co_await connect_or_death(time_, qemu_, place.second_monitor(), deadline);
  if (!second) co_return second.error();
  second_monitor_ = std::move(second.value());
  auto const cpus = co_await monitor_.execute("query-cpus-fast", deadline);
  if (!cpus) co_return cpus.error();
  vcpu_threads_ = vcpu_threads_in(cpus.value());
  co_return result<void>();
}

loop::awaitable<result<loop::descriptor>> machine::open_agent_line(loop::duration limit) {
  auto const path = sockets{spec_.place.runtime_folder}.agent();
  auto const until = time_.now() + limit;
  for (;;) {
    stream_protocol::socket line(co_await loop::asio::this_coro::executor);
    boost::system::error_code failed;
    co_await line.async_connect(stream_protocol::endpoint(path),
                                boost::asio::redirect_error(boost::asio::use_awaitable, failed));
    co_await boost::asio::this_coro::throw_if_cancelled(true);
    if (!failed) co_return loop::descriptor(line.release());
    if (time_.now() >= until)
      co_return system_failure("connecting to the guest agent's line " + path, failed.value());
    co_await time_.sleep_for(pause_between_tries);
  }
}

std::optional<ending> machine::ended() {
  auto const status = qemu_.poll();
  if (!status) return std::nullopt;
  return ending{*status, ended_by_us_};
}

loop::awaitable<ending> machine::wait() {
  auto const status = co_await qemu_.wait();
  co_return ending{status, ended_by_us_};
}

void machine::kill() {
  if (qemu_.poll()) return;
  ended_by_us_ = true;
  qemu_.kill_group(SIGKILL);
}

loop::awaitable<void> machine::stop(loop::duration patience) {
  if (qemu_.poll()) co_return;
  ended_by_us_ = true;
  // A stopped process would neither answer nor leave.
  qemu_.signal(SIGCONT);
  auto const quitting = co_await monitor_.execute("quit", patience);
  if (quitting) {
    auto gone = co_await loop::within<loop::exit_status>(time_, patience, qemu_.wait());
    if (gone) co_return;
  }
  // A main loop that waits for a held request never leaves by itself.
  kill();
  co_await qemu_.wait();
}

result<memory_place> machine::memory_file() const {
  if (!spec_.begins_as) return memory_place{sockets{spec_.place.runtime_folder}.memory()};
  return memory_of_copy_;
}

loop::awaitable<result<void>> machine::dump_memory(int into, loop::duration limit) {
  co_return co_await dump_memory_over(monitor_, into, limit);
}

std::optional<thread_stat> machine::main_thread() const {
  return read_stat(qemu_.pid(), qemu_.pid());
}

std::optional<thread_stat> machine::vcpu_thread(std::size_t index) const {
  if (index >= vcpu_threads_.size()) return std::nullopt;
  return read_stat(qemu_.pid(), vcpu_threads_[index]);
}

}  // namespace wedgehog::vm::direct
