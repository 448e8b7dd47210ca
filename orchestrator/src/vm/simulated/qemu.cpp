#include "vm/simulated/qemu.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "loop/nursery.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::vm::simulated {
namespace {

using namespace std::chrono_literals;
using loop::asio::local::stream_protocol;

// A guest that talks to nobody is not kept waiting: a virtio port drops what no host reads.
constexpr std::size_t most_unread = 1U << 20U;

}  // namespace

qemu::qemu(loop::asio::any_io_executor executor, loop::clock& host, machine_spec spec, model how)
    : executor_(std::move(executor)),
      host_(host),
      spec_(std::move(spec)),
      how_(std::move(how)),
      time_(executor_, host),
      processors_(static_cast<std::size_t>(spec_.vcpus)),
      memory_left_(spec_.memory_bytes),
      ended_(executor_),
      awake_(executor_),
      settled_(executor_),
      helm_(executor_, 1),
      errands_(executor_, 16),
      wishes_(executor_, 16),
      printing_(executor_),
      agent_came_(executor_),
      agent_unsent_(executor_, 1) {
  helm_.push(true);
  for (auto& one : processors_) one.since = host_.now();
}

loop::awaitable<result<void>> qemu::prepare() {
  if (!how_.refuses_to_start.empty()) {
    last_words_ = how_.refuses_to_start;
    co_return host_error("QEMU ended with exit code 1; QEMU said: " + last_words_);
  }
  for (auto const& disk : spec_.disks) {
    auto line = co_await how_.make_drive(executor_, host_, disk);
    if (!line) co_return line.error();
    auto one = std::make_unique<device>();
    one->spec = disk;
    one->line = std::move(line.value());
    one->last = host_.now();
    devices_.push_back(std::move(one));
  }
  co_return result<void>();
}

loop::awaitable<void> qemu::live(std::shared_ptr<qemu> self, int first_monitor,
                                 int second_monitor) {
  auto& my = *self;
  monitor::owner const owner{my.host_,
                             [&my](monitor& from, std::string name, json::object with) {
                               return my.obey(from, std::move(name), std::move(with));
                             },
                             [&my](std::string const& name, json::object const& with) {
                               return my.obey_out_of_band(name, with);
                             },
                             [&my] { return my.until_awake(); }, my.how_.manners};
  my.first_ = std::make_unique<monitor>(my.executor_, first_monitor, owner);
  my.second_ = std::make_unique<monitor>(my.executor_, second_monitor, owner);
  my.time_.run(true);
  loop::nursery all(my.executor_);
  all.spawn(my.first_->serve());
  all.spawn(my.second_->serve());
  all.spawn(my.run_errands());
  all.spawn(my.read_agent());
  all.spawn(my.write_agent());
  all.spawn(my.die_some_day());
  loop::nursery inside(my.executor_);
  inside.spawn(my.play());
  while (!my.status_) co_await my.ended_.wait();
  my.wishes_.close();
  co_await inside.join();
  co_await my.say_the_last();
  for (auto& one : my.devices_) one->line->close();
  my.agent_.reset();
  co_await all.stop();
  my.gone_ = true;
}

// What a process wrote before its end can still be read.
loop::awaitable<void> qemu::say_the_last() {
  constexpr int enough = 20;
  first_->close();
  second_->close();
  for (int i = 0; i < enough && !(first_->quiet() && second_->quiet()); ++i)
    co_await loop::asio::post(executor_, loop::asio::use_awaitable);
}

// --- the process

loop::awaitable<loop::exit_status> qemu::wait() {
  auto const self = shared_from_this();
  while (!status_) co_await ended_.wait();
  co_return *status_;
}

void qemu::end(loop::exit_status how) {
  if (status_) return;
  for (auto& one : processors_) account(one);
  time_.run(false);
  status_ = how;
  stopped_ = false;
  awake_.ring();
  ended_.ring();
  printing_.ring();
  agent_came_.ring();
}

bool qemu::signal(int number) {
  if (status_) return false;
  if (number == SIGKILL || number == SIGTERM) {
    end({.signal = number});
  } else if (number == SIGSTOP || number == SIGCONT) {
    for (auto& one : processors_) account(one);
    stopped_ = number == SIGSTOP;
    time_.run(!stopped_ && state_ == "running");
    for (auto& one : devices_) one->line->listen(!stopped_);
    if (!stopped_) awake_.ring();
  }
  return true;
}

loop::awaitable<void> qemu::until_awake() {
  while (stopped_) co_await awake_.wait();
}

loop::awaitable<void> qemu::die_some_day() {
  if (!how_.dies_after) co_return;
  co_await host_.sleep_for(*how_.dies_after);
  last_words_ = "the model dies";
  end(how_.dies_with);
}

void qemu::account(seat& one) {
  auto const now = host_.now();
  double const share = one.now.load * how_.host_share;
  if (time_.running())
    one.seconds += share * std::chrono::duration<double>(now - one.since).count();
  one.since = now;
}

double qemu::processor_seconds(std::size_t index) const {
  auto one = processors_.at(index);
  double const share = one.now.load * how_.host_share;
  double const more = std::chrono::duration<double>(host_.now() - one.since).count();
  return one.seconds + (time_.running() ? share * more : 0);
}

bool qemu::processor_wants(std::size_t index) const {
  return time_.running() && processors_.at(index).now.load > 0.5;
}

void qemu::set_host_share(double share) {
  for (auto& one : processors_) account(one);
  how_.host_share = share;
}

// --- guests

loop::awaitable<void> qemu::play() {
  for (;;) {
    guest_ = how_.make_guest(boots_++);
    loop::nursery inside(executor_);
    inside.spawn(guest_->live(*this));
    auto const wanted = co_await wishes_.receive();
    co_await inside.stop();
    guest_.reset();
    if (!wanted) co_return;
    for (auto& one : devices_) {
      one->kept.clear();
      one->taken = one->at_server;
      one->loses_completions = false;
    }
    for (std::size_t i = 0; i < processors_.size(); ++i) set_processor(i, {});
  }
}

void qemu::print(std::string_view bytes) {
  printed_ += bytes;
  printing_.ring();
}

void qemu::type(std::string_view bytes) {
  if (bytes.empty()) return;
  if (std::exchange(break_came_, false) && guest_ && time_.running())
    guest_->break_and_key(bytes.front());
}

void qemu::connect_agent(int connected) {
  agent_.emplace(executor_, stream_protocol(), connected);
  to_agent_listener_.clear();
  agent_came_.ring();
}

void qemu::say(std::string_view bytes) {
  if (!agent_ || to_agent_listener_.size() > most_unread) return;
  to_agent_listener_ += bytes;
  agent_unsent_.push(true);
}

loop::awaitable<void> qemu::write_agent() {
  while (auto const more = co_await agent_unsent_.receive()) {
    co_await until_awake();
    if (!agent_) continue;
    auto const bytes = std::exchange(to_agent_listener_, {});
    boost::system::error_code failed;
    auto const all = loop::asio::buffer(bytes);
    co_await loop::asio::async_write(*agent_, all,
                                     loop::asio::redirect_error(loop::asio::use_awaitable, failed));
    co_await loop::asio::this_coro::throw_if_cancelled(true);
  }
}

loop::awaitable<void> qemu::read_agent() {
  for (;;) {
    while (!agent_ && !status_) co_await agent_came_.wait();
    if (status_) co_return;
    std::array<char, 4096> bytes;
    boost::system::error_code failed;
    auto const got = co_await agent_->async_read_some(
        loop::asio::buffer(bytes), loop::asio::redirect_error(loop::asio::use_awaitable, failed));
    co_await loop::asio::this_coro::throw_if_cancelled(true);
    // Another listener took the place of the one that was read from.
    if (failed == loop::asio::error::operation_aborted) continue;
    if (failed) {
      agent_.reset();
      continue;
    }
    co_await time_.until_running();
    if (guest_) guest_->hear({bytes.data(), got});
  }
}

void qemu::set_processor(std::size_t index, processor const& what) {
  if (index >= processors_.size()) return;
  account(processors_[index]);
  processors_[index].now = what;
}

// --- disks

qemu::device* qemu::find(std::string const& path_or_name) {
  for (auto& one : devices_)
    if (path_or_name == one->spec.name ||
        path_or_name == monitor_names().virtio_path(one->spec.name) ||
        path_or_name == monitor_names().disk_device(one->spec.name) ||
        path_or_name == monitor_names().disk_node(one->spec.name) ||
        path_or_name == monitor_names().disk_top(one->spec.name))
      return one.get();
  return nullptr;
}

loop::awaitable<int> qemu::ask_disk(std::string disk, block_request what) {
  auto* const to = find(disk);
  if (to == nullptr || !to->plugged) co_return ENODEV;
  auto const one = std::make_shared<flight>(flight{what, loop::bell(executor_)});
  ++to->taken;
  submit(*to, one);
  while (!one->done) co_await one->landed.wait();
  while (to->loses_completions) {
    loop::mailbox<bool> for_ever(executor_);
    co_await for_ever.receive();
  }
  co_await time_.until_running();
  co_return one->error;
}

void qemu::lose_completions(std::string const& disk, bool lost) {
  if (auto* const at = find(disk)) at->loses_completions = lost;
}

void qemu::submit(device& to, std::shared_ptr<flight> const& one) {
  ++to.at_server;
  to.line->submit(one->what, [self = weak_from_this(), &to, one](int error) {
    if (auto const still = self.lock()) still->landed(to, one, error);
  });
}

void qemu::landed(device& at, std::shared_ptr<flight> const& one, int error) {
  --at.at_server;
  at.last = host_.now();
  bool const read = one->what.what == block_operation::read;
  auto const policy = read ? at.spec.read_error : at.spec.write_error;
  if (error != 0) ++at.failed;
  if (error != 0 && policy == on_error::stop && !status_) {
    at.kept.push_back(one);
    announce("BLOCK_IO_ERROR", {{"device", ""},
                                {"node-name", monitor_names().disk_node(at.spec.name)},
                                {"operation", read ? "read" : "write"},
                                {"action", "stop"},
                                {"nospace", false},
                                {"reason", "Input/output error"}});
    if (time_.running()) {
      stand("io-error");
      errands_.push(true);
    }
  } else {
    if (error == 0)
      ++(read ? at.reads : one->what.what == block_operation::write ? at.writes : at.flushes);
    if (error != 0)
      announce("BLOCK_IO_ERROR", {{"device", ""},
                                  {"node-name", monitor_names().disk_node(at.spec.name)},
                                  {"operation", read ? "read" : "write"},
                                  {"action", "report"},
                                  {"nospace", false},
                                  {"reason", "Input/output error"}});
    if (at.taken > 0) --at.taken;
    one->error = error;
    one->done = true;
    one->landed.ring();
  }
  settled_.ring();
}

loop::awaitable<void> qemu::flush(device& one) {
  bool answered = false;
  ++one.at_server;
  one.line->submit({block_operation::flush, 0, 0}, [this, &one, &answered](int) {
    --one.at_server;
    answered = true;
    settled_.ring();
  });
  while (!answered) co_await settled_.wait();
}

// Deaf meanwhile: whoever calls this has the helm.
loop::awaitable<void> qemu::drain() {
  for (auto& one : devices_) {
    while (one->at_server > 0) co_await settled_.wait();
    co_await flush(*one);
  }
}

// --- states

// Stops the processors; who stops a machine drains its disks next.
void qemu::stand(std::string state) {
  for (auto& one : processors_) account(one);
  bool const ran = time_.running();
  time_.run(false);
  state_ = std::move(state);
  if (ran) announce("STOP", {});
}

void qemu::go_on() {
  for (auto& one : processors_) account(one);
  state_ = "running";
  time_.run(!stopped_);
  announce("RESUME", {});
  ask_again();
}

void qemu::ask_again() {
  for (auto& one : devices_)
    for (auto const& each : std::exchange(one->kept, {})) submit(*one, each);
}

// The helm's errands: a machine that stopped by itself drains its disks, too.
loop::awaitable<void> qemu::run_errands() {
  while (auto const more = co_await errands_.receive()) {
    co_await helm_.receive();
    co_await drain();
    helm_.push(true);
  }
}

void qemu::shut_down(bool by_guest, std::string_view reason) {
  announce("SHUTDOWN", {{"guest", by_guest}, {"reason", reason}});
  stand("shutdown");
  errands_.push(true);
}

void qemu::power_off() {
  if (state_ == "running") shut_down(true, "guest-shutdown");
}

void qemu::reset() {
  if (state_ != "running") return;
  if (!resets_) return shut_down(true, "guest-reset");
  announce("RESET", {{"guest", true}, {"reason", "guest-reset"}});
  wishes_.push({});
}

void qemu::panicked() {
  if (state_ != "running") return;
  announce("GUEST_PANICKED", {{"action", "pause"}});
  stand("guest-panicked");
  errands_.push(true);
}

void qemu::announce(std::string_view name, json::object data) {
  auto const now =
      std::chrono::duration_cast<std::chrono::microseconds>(host_.now().time_since_epoch());
  json::object const event{{"event", name},
                           {"data", std::move(data)},
                           {"timestamp", json::object{{"seconds", now.count() / 1'000'000},
                                                      {"microseconds", now.count() % 1'000'000}}}};
  if (first_) first_->announce(event);
  if (second_) second_->announce(event);
}

}  // namespace wedgehog::vm::simulated
