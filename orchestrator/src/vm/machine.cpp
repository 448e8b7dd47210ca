#include "vm/machine.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <boost/asio/this_coro.hpp>
#include <fstream>

#include "base/units.hpp"
#include "loop/within.hpp"

namespace wedgehog::vm {
namespace {

// The host's OOM killer takes a guest first: it is the one that is stressed, and it leaves a
// record.
constexpr int qemu_oom_score_adjust = 500;

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
  }
}

}  // namespace

machine::machine(loop::clock& time, machine_spec spec, std::vector<std::string> argv,
                 loop::process qemu, console_reader console, std::string qemu_log)
    : time_(time),
      spec_(std::move(spec)),
      argv_(std::move(argv)),
      qemu_log_(std::move(qemu_log)),
      qemu_(std::move(qemu)),
      console_(std::move(console)) {}

std::unique_ptr<machine> machine::assemble(loop::clock& time, parts from) {
  std::unique_ptr<machine> made(new machine(time, std::move(from.spec), {}, std::move(from.qemu),
                                            std::move(from.console), {}));
  made->monitor_ = std::move(from.monitor);
  made->vcpu_threads_ = std::move(from.vcpu_threads);
  return made;
}

machine::~machine() = default;

std::string machine::last_words() const {
  return tail_of(qemu_log_, 2000);
}

loop::awaitable<result<std::unique_ptr<machine>>> machine::start(loop::clock& time,
                                                                 machine_spec spec,
                                                                 guest_profile guest,
                                                                 std::string qemu_log,
                                                                 loop::duration deadline) {
  auto const executor = co_await loop::asio::this_coro::executor;
  auto argv = command_line(spec, guest);
  auto console = console_reader::open(executor, spec.console_file);
  if (!console) co_return console.error();
  loop::process_options options;
  options.argv = argv;
  options.output_file = qemu_log;
  options.oom_score_adjust = qemu_oom_score_adjust;
  auto qemu = loop::process::start(executor, options);
  if (!qemu) {
    auto failure = qemu.error();
    co_return std::move(failure).within(
        "starting the machine; is QEMU installed (apt-get install qemu-system-x86)?");
  }
  std::unique_ptr<machine> made(new machine(time, std::move(spec), std::move(argv),
                                            std::move(qemu.value()), std::move(console.value()),
                                            std::move(qemu_log)));
  auto opened = co_await made->open_monitors(deadline);
  if (!opened) {
    auto const words = made->last_words();
    error failure(blame::host, words.empty() ? opened.error().message()
                                             : fmt::format("{}; QEMU said: {}",
                                                           opened.error().message(), words));
    co_return std::move(failure).within("starting machine " + made->spec_.name);
  }
  co_return std::move(made);
}

loop::awaitable<result<void>> machine::open_monitors(loop::duration deadline) {
  auto first = co_await connect_or_death(time_, qemu_, spec_.paths.monitor(), deadline);
  if (!first) co_return first.error();
  monitor_ = std::move(first.value());
  auto second = co_await connect_or_death(time_, qemu_, spec_.paths.second_monitor(), deadline);
  if (!second) co_return second.error();
  second_monitor_ = std::move(second.value());
  auto const cpus = co_await monitor_.execute("query-cpus-fast", deadline);
  if (!cpus) co_return cpus.error();
  if (auto const* list = cpus->if_array()) {
    for (auto const& one : *list) {
      auto const* thread = one.is_object() ? one.get_object().if_contains("thread-id") : nullptr;
      vcpu_threads_.push_back(
          thread != nullptr && thread->is_int64() ? static_cast<int>(thread->get_int64()) : 0);
    }
  }
  co_return result<void>();
}

loop::awaitable<void> machine::stop(loop::duration patience) {
  if (qemu_.poll()) co_return;
  // A stopped process would neither answer nor leave.
  qemu_.signal(SIGCONT);
  auto const quitting = co_await monitor_.execute("quit", patience);
  if (quitting) {
    auto gone = co_await loop::within<loop::exit_status>(time_, patience, qemu_.wait());
    if (gone) co_return;
  }
  if (qemu_.poll()) co_return;
  // A main loop that waits for a held request never leaves by itself.
  qemu_.kill_group(SIGKILL);
  co_await qemu_.wait();
}

}  // namespace wedgehog::vm
