// The agent in the guest's model: what it hears and says, on the real wire.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "loop/mailbox.hpp"
#include "loop/within.hpp"
#include "tests/simulation/guest.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1U << 20U;

template <class Message>
bool read(wire::frame const& from, Message& to) {
  return static_cast<wire::message_type>(from.type) == Message::type &&
         wire::decode(from.payload, to);
}

}  // namespace

// --- saying

template <class Message>
void model_guest::send(Message const& message) {
  if (silent_ || dead_) return;
  std::string payload;
  if (!wire::encode(message, payload, wire::payload_limit)) return;
  std::string bytes;
  wire::append_frame(bytes, {static_cast<std::uint16_t>(Message::type), sequence_++, payload});
  hardware_->say(bytes);
}

template <class Message>
void model_guest::answer(std::uint64_t request, Message message) {
  message.request = request;
  std::string payload;
  if (wire::encode(message, payload, wire::payload_limit)) {
    std::string bytes;
    wire::append_frame(bytes, {static_cast<std::uint16_t>(Message::type), 0, payload});
    answers_[request] = bytes;
  }
  send(message);
}

void model_guest::end_request(std::uint64_t request, int exit_code) {
  wire::ended said;
  said.exit_status = static_cast<std::uint32_t>(exit_code);
  answer(request, said);
}

void model_guest::greet() {
  wire::hello hello;
  hello.protocol = wire::protocol_version;
  hello.oldest_protocol = wire::oldest_protocol_version;
  hello.session = session_;
  hello.os = "linux";
  hello.release = "6.1.0-model";
  hello.machine = "x86_64";
  hello.agent = "model";
  hello.guest_us = micros();
  hello.cpus = static_cast<std::uint32_t>(hardware_->spec().vcpus);
  hello.memory_kib = hardware_->spec().memory_bytes >> 10U;
  send(hello);
}

loop::awaitable<void> model_guest::beat() {
  for (;;) {
    co_await hardware_->time().sleep_for(1s);
    if (!ready_ || dead_) continue;
    wire::beat one;
    one.number = ++beats_;
    one.guest_us = micros();
    auto const now = hardware_->time().now();
    auto const in_ms = [](loop::duration span) {
      return static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::milliseconds>(span).count());
    };
    for (auto const& each : all_) {
      if (!each->workload) continue;
      wire::workload_report report;
      report.name = each->name;
      report.request = each->request;
      report.state = each->ended     ? wire::workload_state::gone
                     : each->stopped ? wire::workload_state::stopped
                                     : wire::workload_state::running;
      report.done = each->done;
      report.errors = each->errors;
      report.age_ms = in_ms(now - each->progressed);
      report.exit_status = static_cast<std::uint32_t>(each->exit_code);
      report.signal = static_cast<std::uint32_t>(each->ended ? each->killed_by : 0);
      report.pid = each->pid;
      one.workloads.push_back(report);
    }
    for (auto const& each : canaries_) {
      wire::canary_report report;
      report.directory = each->directory;
      report.request = each->request;
      report.completed = each->completed;
      if (each->pending) {
        report.phase = wire::canary_phase::fsync;
        report.pending_ms = in_ms(now - *each->pending);
      }
      one.canaries.push_back(report);
    }
    for (auto const source : {wire::beat_source::fifo, wire::beat_source::ordinary}) {
      one.source = source;
      send(one);
    }
  }
}

wire::observation model_guest::look() {
  wire::observation seen;
  seen.number = ++observations_;
  seen.guest_us = micros();
  seen.took_us = 900;
  seen.tasks = 60;
  seen.taint = oops_ ? 128 : 0;
  seen.memory_total = hardware_->spec().memory_bytes >> 10U;
  seen.memory_free = seen.memory_total / 2;
  seen.memory_available = seen.memory_free;
  double const up = static_cast<double>(micros()) / 1e6;
  bool storage = false;
  for (auto const& one : all_) {
    seen.context_switches += one->switches;
    if (one->ended) continue;
    ++seen.tasks;
    if (!one->blocked) continue;
    ++seen.blocked;
    storage = storage || one->wait_channel == "folio_wait_bit_common";
    wire::blocked_task task;
    task.pid = one->pid;
    task.comm = one->name.empty() ? "sh" : one->name.substr(0, 15);
    task.switches = one->switches;
    task.wchan = one->wait_channel;
    task.stack = one->stack;
    seen.blocked_tasks.push_back(task);
  }
  seen.context_switches += static_cast<std::uint64_t>(up * 30);
  seen.interrupts = static_cast<std::uint64_t>(up * 100);
  seen.running = static_cast<std::uint32_t>(burning_);
  burned_s_ += burning_;
  if (storage) stalled_s_ += 1;
  seen.has_pressure = true;
  seen.io_some_us = static_cast<std::uint64_t>(stalled_s_ * 1e6);
  seen.io_full_us = seen.io_some_us;
  for (int i = 0; i < hardware_->spec().vcpus; ++i) {
    double const mine = std::min(up, burned_s_ / hardware_->spec().vcpus);
    wire::cpu_times cpu;
    cpu.user = static_cast<std::uint64_t>(mine * 100);
    cpu.idle = static_cast<std::uint64_t>((up - mine) * 100);
    seen.cpus.push_back(cpu);
  }
  for (auto const& [name, disk] : disks_)
    seen.disks.push_back({name, disk.reads, disk.writes, disk.flushes, disk.in_flight});
  return seen;
}

loop::awaitable<void> model_guest::observe() {
  for (;;) {
    co_await hardware_->time().sleep_for(1s);
    if (ready_ && !dead_) send(look());
  }
}

// --- hearing

void model_guest::hear(std::string_view bytes) {
  if (!ready_ || dead_ || silent_) return;
  decoder_.feed(bytes, [this](wire::frame const& frame) { take(frame); });
}

// False when it was asked before: the last answer is given again.
template <class Request>
bool model_guest::first_time(Request const& asked, std::uint32_t pid) {
  if (auto const known = answers_.find(asked.request); known != answers_.end()) {
    hardware_->say(known->second);
    return false;
  }
  wire::accepted yes;
  yes.pid = pid;
  answer(asked.request, yes);
  return true;
}

// Of a guest that reboots at once nobody may hear that it was willing.
bool model_guest::goes_down_unheard(wire::power const& asked) {
  return asked.action == wire::power_action::reboot && luck_.below(2) == 0;
}

void model_guest::take(wire::frame const& frame) {
  wire::query query;
  wire::echo echo;
  wire::exec exec;
  wire::signal signal;
  wire::start_workload workload;
  wire::stop_workload stop;
  wire::start_canary canary;
  wire::stop_canary no_canary;
  wire::collect collect;
  wire::power power;
  wire::write_file file;
  wire::sysrq sysrq;
  wire::start_hog hog;
  wire::stop_hog no_hog;
  wire::ask_hog ask_hog;
  wire::step_clock step;
  wire::become_another born;
  switch (static_cast<wire::message_type>(frame.type)) {
    case wire::message_type::greeting:
      return greet();
    case wire::message_type::query:
      if (read(frame, query))
        if (auto const known = answers_.find(query.target); known != answers_.end())
          hardware_->say(known->second);
      return;
    case wire::message_type::echo:
      if (read(frame, echo)) {
        wire::echoed said;
        said.payload = echo.payload;
        said.guest_us = micros();
        answer(echo.request, said);
      }
      return;
    case wire::message_type::exec:
      if (read(frame, exec) && first_time(exec)) tasks_->spawn(serve_exec(exec));
      return;
    case wire::message_type::start_workload:
      if (read(frame, workload) && first_time(workload)) {
        auto const one = start(workload.request, std::string(workload.name.view()), true);
        tasks_->spawn(run_script(one, understand(workload.script)));
        tasks_->spawn(supervise(one, workload.deadline_ms));
      }
      return;
    case wire::message_type::stop_workload:
      if (read(frame, stop) && first_time(stop)) tasks_->spawn(stop_named(stop));
      return;
    case wire::message_type::start_canary:
      if (read(frame, canary) && first_time(canary)) {
        auto const one = std::make_shared<model_guest::canary>();
        one->directory = std::string(canary.directory.view());
        one->request = canary.request;
        canaries_.push_back(one);
        tasks_->spawn(run_canary(
            one, std::chrono::milliseconds(std::max<std::uint64_t>(canary.interval_ms, 500))));
      }
      return;
    case wire::message_type::stop_canary:
      if (read(frame, no_canary) && first_time(no_canary)) {
        for (auto const& one : canaries_) one->over = true;
        end_request(no_canary.request);
      }
      return;
    case wire::message_type::collect:
      if (read(frame, collect) && first_time(collect)) tasks_->spawn(serve_collect(collect));
      return;
    case wire::message_type::power:
      if (read(frame, power) && (goes_down_unheard(power) || first_time(power)))
        tasks_->spawn(end_by_power(power));
      return;
    case wire::message_type::write_file:
      if (read(frame, file) && first_time(file)) {
        files_.insert(file.path);
        end_request(file.request);
      }
      return;
    case wire::message_type::sysrq:
      if (read(frame, sysrq) && first_time(sysrq)) {
        end_request(sysrq.request);
        press(static_cast<char>(sysrq.key));
      }
      return;
    case wire::message_type::start_hog:
      if (read(frame, hog) && first_time(hog)) {
        hog_ = {};
        hog_since_ = hardware_->time().now();
        hog_wants_ = std::min(hog.mebibytes, hardware_->spec().memory_bytes / mebibyte / 2);
        hog_.dirty_peak = hog_.dirty = hog.dirty_mebibytes;
      }
      return;
    case wire::message_type::ask_hog:
      if (read(frame, ask_hog)) {
        hog_.held = hog_since_ ? hog_wants_ : 0;
        hog_.peak = std::max(hog_.peak, hog_.held);
        hog_.gone = !hog_since_;
        answer(ask_hog.request, hog_);
      }
      return;
    case wire::message_type::stop_hog:
      if (read(frame, no_hog) && first_time(no_hog)) {
        hog_since_.reset();
        end_request(no_hog.request);
      }
      return;
    case wire::message_type::step_clock:
      if (read(frame, step) && first_time(step)) end_request(step.request);
      return;
    case wire::message_type::become_another:
      if (read(frame, born) && first_time(born)) end_request(born.request);
      return;
    case wire::message_type::signal:
      if (read(frame, signal) && first_time(signal))
        for (auto const& one : all_)
          if (one->request == signal.target) {
            one->killed_by = signal.number != 0 ? static_cast<int>(signal.number) : SIGKILL;
            one->killed.ring();
          }
      return;
    default:
      return;
  }
}

// --- obeying

void model_guest::say_ended(task const& who, bool timed_out) {
  if (!who.output.empty() && !who.workload) {
    wire::output piece;
    piece.request = who.request;
    piece.bytes = who.output;
    send(piece);
  }
  wire::ended said;
  said.exit_status = static_cast<std::uint32_t>(who.exit_code);
  said.signal = static_cast<std::uint32_t>(who.ended ? who.killed_by : 0);
  said.timed_out = timed_out;
  said.unkillable = !who.ended;
  if (!who.ended) said.stuck_in = "D " + who.wait_channel;
  said.output_bytes = who.output.size();
  answer(who.request, said);
}

// Says when it is over; kills it when its time is up.
loop::awaitable<void> model_guest::supervise(std::shared_ptr<task> who, std::uint64_t deadline_ms) {
  constexpr auto patience = 1s;
  bool late = false;
  if (deadline_ms != 0 && !who->ended) {
    auto const limit = std::chrono::milliseconds(deadline_ms);
    late = !co_await loop::within(hardware_->time(), limit, who->gone.wait());
    if (late) {
      who->killed_by = SIGKILL;
      who->killed.ring();
      if (!who->ended)
        late = !co_await loop::within(hardware_->time(), patience, who->gone.wait()) || late;
    }
  } else {
    while (!who->ended) co_await who->gone.wait();
  }
  say_ended(*who, late);
}

loop::awaitable<void> model_guest::serve_exec(wire::exec asked) {
  auto const one = start(asked.request, "sh", false);
  auto what = understand(asked.script);
  for (auto& each : what.deeds)
    if (each.what == deed::kind::look_for) {
      each.what = deed::kind::leave;
      for (auto const& variable : asked.environment)
        if (variable.starts_with("WEDGEHOG_FILE="))
          each.count = files_.contains(variable.substr(14)) ? 0 : 1;
    }
  if (asked.script.find("/cpu/") != std::string::npos) one->output = "processors 0 are online\n";
  tasks_->spawn(run_script(one, what));
  co_await supervise(one, asked.deadline_ms);
  all_.remove(one);
}

loop::awaitable<void> model_guest::stop_named(wire::stop_workload asked) {
  for (auto const& one : all_) {
    if (!one->workload || one->name != asked.name.view()) continue;
    one->killed_by = SIGTERM;
    one->killed.ring();
    auto const kept = one;
    while (!kept->ended) co_await kept->gone.wait();
    break;
  }
  end_request(asked.request);
}

loop::awaitable<void> model_guest::run_canary(std::shared_ptr<canary> one,
                                              loop::duration interval) {
  auto const who = start(0, "canary", false);
  while (!one->over && !dead_) {
    co_await hardware_->time().sleep_for(interval);
    one->pending = hardware_->time().now();
    deed const files{.what = deed::kind::requests, .count = 1};
    bool const well = co_await ask_disk(*who, files);
    one->pending.reset();
    if (well) ++one->completed;
  }
  who->ended = true;
}

loop::awaitable<void> model_guest::serve_collect(wire::collect asked) {
  co_await hardware_->time().sleep_for(std::chrono::milliseconds(20 + luck_.below(200)));
  wire::output piece;
  piece.request = asked.request;
  piece.bytes = fmt::format("{} of a model\n", asked.what);
  for (auto const& one : all_)
    piece.bytes += fmt::format("{} {} {}\n", one->pid, one->blocked ? 'D' : 'S', one->name);
  // Of a command a tar is wanted: one without members is two blocks of nothing.
  if (asked.what == "command") piece.bytes.assign(1024, '\0');
  send(piece);
  end_request(asked.request);
}

loop::awaitable<void> model_guest::end_by_power(wire::power asked) {
  if (asked.sync) {
    auto const who = start(0, "sync", false);
    deed const files{.what = deed::kind::requests, .count = 1};
    co_await ask_disk(*who, files);
    who->ended = true;
  }
  co_await hardware_->time().sleep_for(300ms);
  if (asked.action == wire::power_action::reboot)
    hardware_->reset();
  else
    hardware_->power_off();
}

}  // namespace wedgehog::simulation
