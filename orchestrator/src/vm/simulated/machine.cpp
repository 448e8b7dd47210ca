#include "vm/simulated/machine.hpp"

#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <cerrno>

#include "base/ensure.hpp"
#include "loop/nursery.hpp"
#include "loop/socket_pair.hpp"
#include "loop/within.hpp"
#include "vm/monitor_requests.hpp"

namespace wedgehog::vm::simulated {
namespace {

using namespace std::chrono_literals;

class model_keyboard final : public keyboard {
 public:
  explicit model_keyboard(qemu& to) : to_(to) {}
  loop::awaitable<result<void>> write(std::string bytes) override {
    to_.type(bytes);
    co_return result<void>();
  }
  // The model's kernels speak to those who follow the console, and have no debugger.
  void listen(std::function<void(std::string_view)>) override {}
  loop::awaitable<result<void>> send_break() override {
    to_.send_break();
    co_return result<void>();
  }

 private:
  qemu& to_;
};

class model_console final : public serial_console {
 public:
  model_console(loop::clock& time, std::shared_ptr<qemu> of) : time_(time), of_(std::move(of)) {}

  loop::awaitable<void> follow(line_cutter::sink out) override {
    for (;;) {
      drain(out);
      bool const more = co_await loop::within(time_, 1s, of_->printing().wait());
      if (!more && cutter_.pending()) cutter_.flush(out);
      // As it is followed on a file: a burst comes at once.
      if (more) co_await time_.sleep_for(20ms);
    }
  }
  void finish(line_cutter::sink const& out) override {
    drain(out);
    cutter_.flush(out);
  }
  void close() override { closed_ = true; }
  loop::awaitable<result<void>> type(typing const& work) override {
    if (of_->status()) co_return host_error("QEMU closed the console's socket");
    model_keyboard keys(*of_);
    co_return co_await work(keys);
  }
  [[nodiscard]] std::uint64_t bytes() const override { return read_; }
  [[nodiscard]] std::uint64_t forgotten() const override { return 0; }

 private:
  void drain(line_cutter::sink const& out) {
    if (closed_) return;
    auto const fresh = std::string(of_->printed().substr(read_));
    read_ = of_->printed().size();
    cutter_.feed(fresh, out);
  }

  loop::clock& time_;
  std::shared_ptr<qemu> of_;
  line_cutter cutter_;
  std::size_t read_ = 0;
  bool closed_ = false;
};

class model_machine final : public vm::machine, private host_process {
 public:
  model_machine(loop::clock& time, std::shared_ptr<qemu> of)
      : time_(time), of_(std::move(of)), console_(time, of_) {}
  ~model_machine() override { of_->end({.signal = SIGKILL}); }

  loop::awaitable<result<void>> open_monitors(int first, int second, loop::duration limit) {
    auto const executor = of_->executor();
    qmp::client_options options;
    options.deadline = limit;
    auto one = co_await qmp::client::adopt(executor, time_, first, options);
    auto other = co_await qmp::client::adopt(executor, time_, second, options);
    if (!one) co_return one.error();
    if (!other) co_return other.error();
    monitor_ = std::move(one.value());
    second_monitor_ = std::move(other.value());
    co_return result<void>();
  }

  [[nodiscard]] machine_spec const& spec() const override { return of_->spec(); }
  [[nodiscard]] abilities const& can() const override { return can_do(); }
  [[nodiscard]] monitor_names const& names() const override { return names_; }
  [[nodiscard]] qmp::client& monitor() override { return monitor_; }
  [[nodiscard]] qmp::client& second_monitor() override { return second_monitor_; }
  [[nodiscard]] serial_console& console() override { return console_; }
  loop::awaitable<result<loop::descriptor>> open_agent_line(loop::duration) override {
    if (of_->status()) co_return host_error("QEMU is gone, and the agent's line with it");
    auto made = loop::make_socket_pair();
    if (!made) co_return made.error();
    of_->connect_agent(made->theirs.release());
    co_return std::move(made->ours);
  }
  [[nodiscard]] host_process* process() override { return this; }
  std::optional<ending> ended() override {
    if (!of_->status()) return std::nullopt;
    return ending{*of_->status(), by_us_};
  }
  loop::awaitable<ending> wait() override {
    auto const status = co_await of_->wait();
    co_return ending{status, by_us_};
  }
  void kill() override {
    if (of_->status()) return;
    by_us_ = true;
    of_->end({.signal = SIGKILL});
  }
  loop::awaitable<void> stop(loop::duration patience) override {
    if (of_->status()) co_return;
    by_us_ = true;
    of_->signal(SIGCONT);
    auto const quitting = co_await monitor_.execute("quit", patience);
    if (quitting) {
      auto const gone = co_await loop::within<loop::exit_status>(time_, patience, of_->wait());
      if (gone) co_return;
    }
    of_->end({.signal = SIGKILL});
  }
  [[nodiscard]] result<memory_place> memory_file() const override {
    return host_error("a model of a machine has no memory");
  }
  loop::awaitable<result<void>> dump_memory(int into, loop::duration limit) override {
    co_return co_await dump_memory_over(monitor_, into, limit);
  }
  [[nodiscard]] std::string last_words() const override { return of_->last_words(); }

 private:
  [[nodiscard]] pid_t pid() const override { return 0; }
  bool signal(int number) override { return of_->signal(number); }
  [[nodiscard]] std::optional<thread_stat> main_thread() const override {
    if (of_->status()) return std::nullopt;
    return thread_stat{of_->stopped() ? 'T' : 'S', 0};
  }
  [[nodiscard]] std::optional<thread_stat> vcpu_thread(std::size_t index) const override {
    if (of_->status() || index >= vcpu_threads()) return std::nullopt;
    char const state = of_->stopped() ? 'T' : of_->processor_wants(index) ? 'R' : 'S';
    return thread_stat{state, of_->processor_seconds(index)};
  }
  [[nodiscard]] std::size_t vcpu_threads() const override {
    return static_cast<std::size_t>(of_->spec().vcpus);
  }

  loop::clock& time_;
  std::shared_ptr<qemu> of_;
  monitor_names names_;
  model_console console_;
  qmp::client monitor_;
  qmp::client second_monitor_;
  bool by_us_ = false;
};

void end_of_model(std::exception_ptr thrown) {
  if (thrown && !loop::is_cancellation(thrown)) std::rethrow_exception(thrown);
}

}  // namespace

abilities const& can_do() {
  static abilities const all = [] {
    abilities some(all_abilities().begin(), all_abilities().end());
    some.erase(ability::process_group);
    some.erase(ability::memory_file);
    some.erase(ability::clone);
    return some;
  }();
  return all;
}

loop::awaitable<result<std::unique_ptr<vm::machine>>> backend::start(machine_spec const& spec,
                                                                     guest_profile const&,
                                                                     loop::duration limit) {
  auto const executor = co_await loop::asio::this_coro::executor;
  auto how = make_(starts_++, spec);
  auto const made = std::make_shared<qemu>(executor, time_, spec, std::move(how));
  auto const prepared = co_await made->prepare();
  if (!prepared) {
    made->end({.code = 1});
    co_return error(prepared.error()).within("starting machine " + made->spec().name);
  }
  auto first = loop::make_socket_pair();
  auto second = loop::make_socket_pair();
  if (!first || !second) co_return first ? second.error() : first.error();
  made_.push_back(made);
  auto machine = std::make_unique<model_machine>(time_, made);
  loop::asio::co_spawn(
      executor, qemu::live(made, first->theirs.release(), second->theirs.release()), end_of_model);
  int const ours = first->ours.release();
  int const others = second->ours.release();
  auto const opened = co_await machine->open_monitors(ours, others, limit);
  if (!opened) co_return error(opened.error()).within("starting machine " + made->spec().name);
  co_return std::unique_ptr<vm::machine>(std::move(machine));
}

std::size_t backend::alive() const {
  return static_cast<std::size_t>(
      std::count_if(made_.begin(), made_.end(), [](auto const& one) { return !one->gone(); }));
}

}  // namespace wedgehog::vm::simulated
