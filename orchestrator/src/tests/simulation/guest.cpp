// The guest's kernel and what runs on it; the agent is in guest_agent.cpp.
#include "tests/simulation/guest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "loop/mailbox.hpp"
#include "loop/within.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;
using simulated::block_operation;

constexpr auto round_pause = 250ms;  // of a workload that does not say its own

std::vector<std::string> const in_storage{"io_schedule",          "folio_wait_bit_common",
                                          "folio_wait_writeback", "file_write_and_wait_range",
                                          "ext4_sync_file",       "do_fsync"};
std::vector<std::string> const in_log{"schedule", "wedgehog_log_wait", "wedgehog_log_write",
                                      "proc_reg_write", "vfs_write"};
std::vector<std::string> const in_freeze{"percpu_rwsem_wait", "__percpu_down_read",
                                         "__sb_start_write", "vfs_write"};

}  // namespace

// For as long as it waits where no signal reaches it.
class model_guest::blocked_for {
 public:
  blocked_for(task& who, std::vector<std::string> const& stack) : who_(who) {
    who_.blocked = true;
    who_.stack = stack;
    who_.wait_channel = stack.size() > 1 ? stack[1] : stack.front();
    ++who_.switches;
  }
  ~blocked_for() {
    who_.blocked = false;
    ++who_.switches;
  }
  blocked_for(blocked_for const&) = delete;
  blocked_for& operator=(blocked_for const&) = delete;

 private:
  task& who_;
};

model_guest::model_guest(guest_options options, int boot)
    : options_(std::move(options)),
      boot_(boot),
      luck_(chance(options_.seed).stream(fmt::format("guest:{}", boot))),
      session_(luck_() | 1U) {}

void model_guest::print(std::string const& line) {
  hardware_->print(fmt::format("[{:12.6f}] {}\r\n", static_cast<double>(micros()) / 1e6, line));
}

std::uint64_t model_guest::micros() const {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<microseconds>(hardware_->time().now().time_since_epoch()).count());
}

std::string model_guest::first_disk() const {
  auto const& disks = hardware_->spec().disks;
  return disks.empty() ? std::string() : disks.front().name;
}

loop::awaitable<void> model_guest::live(simulated::hardware& hardware) {
  hardware_ = &hardware;
  loop::nursery parts(hardware.executor());
  tasks_.emplace(hardware.executor());
  parts.spawn(boot());
  parts.spawn(beat());
  parts.spawn(observe());
  // Its children are added as requests come: it is joined when all else has ended.
  std::exception_ptr thrown;
  try {
    co_await parts.join();
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await tasks_->stop();
  if (thrown) std::rethrow_exception(thrown);
}

loop::awaitable<void> model_guest::boot() {
  auto& time = hardware_->time();
  co_await time.sleep_for(options_.boot / 4);
  print("Linux version 6.1.0-model (model) #1 SMP");
  print("Command line: console=ttyS0");
  co_await time.sleep_for(options_.boot - options_.boot / 4);
  bool const spoiled = boot_ == 0;  // the bad day is of the first life
  if (spoiled && options_.trouble.what == trouble_kind::never_boots) {
    if (options_.when_it_comes) options_.when_it_comes();
    co_return;
  }
  print("Run /init as init process");
  ready_ = true;
  set_load();
  greet();
  if (spoiled) co_await suffer();
}

// --- tasks

std::shared_ptr<model_guest::task> model_guest::start(std::uint64_t request, std::string name,
                                                      bool workload) {
  auto const one = std::make_shared<task>(hardware_->executor());
  one->request = request;
  one->pid = ++last_pid_;
  one->name = std::move(name);
  one->workload = workload;
  one->progressed = hardware_->time().now();
  all_.push_back(one);
  return one;
}

loop::awaitable<void> model_guest::run_script(std::shared_ptr<task> who, program what) {
  bool goes_on = true;
  do {
    auto const began = hardware_->time().now();
    if (!what.until_file.empty() && files_.contains(what.until_file)) break;
    for (auto const& one : what.deeds) {
      goes_on = co_await perform(*who, one);
      if (!goes_on) break;
    }
    if (!goes_on) break;
    ++who->done;
    who->progressed = hardware_->time().now();
    bool const at_once = who->progressed - began < round_pause;
    if (what.loops && at_once) co_await pause(*who, round_pause - (who->progressed - began));
  } while (what.loops && who->killed_by == 0);
  who->ended = true;
  who->gone.ring();
  set_load();
}

// What a script does to its own guest may be the cause of all that follows.
bool model_guest::harms(task const& who, deed const& what) {
  switch (what.what) {
    case deed::kind::lab:
    case deed::kind::sysrq:
    case deed::kind::signal:
    case deed::kind::freeze:
      return true;
    case deed::kind::leave:
      return who.workload && what.count != 0;
    case deed::kind::pause:
      return what.length >= for_ever;
    default:
      return false;
  }
}

// False: the script is over.
loop::awaitable<bool> model_guest::perform(task& who, deed const& what) {
  if (who.killed_by != 0) co_return false;
  if (harms(who, what) && options_.when_it_comes) options_.when_it_comes();
  static std::vector<std::string> const nowhere;
  while (dead_ || who.stopped) co_await wait_for_ever(who, nowhere);
  switch (what.what) {
    case deed::kind::requests:
      co_return co_await ask_disk(who, what);
    case deed::kind::pause:
      co_await pause(who, what.length);
      break;
    case deed::kind::burn:
      ++burning_;
      set_load();
      co_await pause(who, what.length);
      --burning_;
      set_load();
      break;
    case deed::kind::print:
      who.output += what.word + "\n";
      break;
    case deed::kind::lab:
      tell_lab(what.word);
      break;
    case deed::kind::lab_log:
      if (log_stuck_) co_await wait_for_ever(who, in_log);
      break;
    case deed::kind::touch:
      files_.insert(what.word);
      break;
    case deed::kind::look_for:
      who.exit_code = 0;
      break;
    case deed::kind::leave:
      who.exit_code = what.count;
      co_return false;
    case deed::kind::sysrq:
      press(what.word.empty() ? 'h' : what.word.front());
      break;
    case deed::kind::signal:
      for (auto const& one : all_) {
        if (!one->workload || one->ended) continue;
        if (what.count == 19) one->stopped = true;
        if (what.count != 19) one->killed_by = what.count;
        one->killed.ring();
      }
      break;
    case deed::kind::freeze:
      frozen_until_ = hardware_->time().now() + what.length;
      break;
  }
  co_return who.killed_by == 0;
}

loop::awaitable<void> model_guest::pause(task& who, loop::duration length) {
  if (who.killed_by != 0) co_return;
  co_await loop::within(hardware_->time(), length, who.killed.wait());
  ++who.switches;
}

loop::awaitable<void> model_guest::wait_for_ever(task& who, std::vector<std::string> stack) {
  std::optional<blocked_for> blocked;
  if (!stack.empty()) blocked.emplace(who, stack);
  loop::mailbox<bool> never(hardware_->executor());
  co_await never.receive();
}

loop::awaitable<int> model_guest::request(task& who, std::string disk,
                                          simulated::block_request what) {
  auto& seen = disks_[disk];
  blocked_for const waiting(who, in_storage);
  ++seen.in_flight;
  int const error = co_await hardware_->ask_disk(disk, what);
  --seen.in_flight;
  if (error == 0)
    ++(what.what == block_operation::read    ? seen.reads
       : what.what == block_operation::write ? seen.writes
                                             : seen.flushes);
  co_return error;
}

loop::awaitable<bool> model_guest::ask_disk(task& who, deed const& what) {
  auto const disk = what.disk.empty() ? first_disk() : what.disk;
  if (disk.empty()) co_return true;
  if (log_stuck_ && who.workload) co_await wait_for_ever(who, in_log);
  if (frozen_until_ && hardware_->time().now() < *frozen_until_) {
    blocked_for const waiting(who, in_freeze);
    co_await hardware_->time().sleep_until(*frozen_until_);
  }
  std::vector<simulated::block_request> asked;
  for (int i = 0; i < what.count; ++i)
    asked.push_back({what.reads ? block_operation::read : block_operation::write,
                     (1U << 20U) + 4096 * luck_.below(256), 4096});
  if (!what.reads) asked.push_back({block_operation::flush, 0, 0});
  for (auto const& one : asked) {
    int const error = co_await request(who, disk, one);
    if (error == 0) continue;
    print(fmt::format("I/O error, dev vda, sector {} op 0x1:(WRITE)", one.offset / 512));
    ++who.errors;
    who.output += "Input/output error\n";
    who.exit_code = 1;
    co_return false;
  }
  co_return true;
}

// --- trouble

loop::awaitable<void> model_guest::suffer() {
  auto const& what = options_.trouble;
  if (what.what == trouble_kind::none || what.what == trouble_kind::never_boots) co_return;
  co_await hardware_->time().sleep_for(what.after);
  if (options_.when_it_comes) options_.when_it_comes();
  co_await suffer_now(what.what);
}

loop::awaitable<void> model_guest::suffer_now(trouble_kind what) {
  switch (what) {
    case trouble_kind::panics:
      panic("Fatal exception in interrupt");
      break;
    case trouble_kind::resets:
      hardware_->reset();
      break;
    case trouble_kind::powers_off:
      hardware_->power_off();
      break;
    case trouble_kind::locks_up:
      tell_lab("hard-lockup");
      break;
    case trouble_kind::waits_in_software:
      log_stuck_ = true;
      break;
    case trouble_kind::loses_completions:
      for (auto const& disk : hardware_->spec().disks) hardware_->lose_completions(disk.name, true);
      break;
    case trouble_kind::agent_falls_silent:
      silent_ = true;
      break;
    case trouble_kind::agent_restarts:
      session_ += 2;
      answers_.clear();
      all_.clear();
      greet();
      break;
    case trouble_kind::agent_babbles:
      for (int i = 0; i < 50; ++i) {
        std::string noise(200, '\xD7');
        for (auto& byte : noise) byte = static_cast<char>(luck_.below(256));
        hardware_->say(noise);
        co_await hardware_->time().sleep_for(100ms);
      }
      break;
    case trouble_kind::console_floods:
      for (int i = 0; i < 2000; ++i) print("model: the console is flooded, line after line");
      break;
    case trouble_kind::workload_dies:
    case trouble_kind::workload_reports_errors:
      for (auto const& one : all_) {
        if (!one->workload || one->ended) continue;
        if (what == trouble_kind::workload_reports_errors) one->errors += 3;
        if (what == trouble_kind::workload_dies) one->killed_by = 11;
        one->killed.ring();
      }
      break;
    case trouble_kind::none:
    case trouble_kind::never_boots:
      break;
  }
}

void model_guest::panic(std::string const& why) {
  print("Kernel panic - not syncing: " + why);
  print("CPU: 0 PID: 1 Comm: init Not tainted 6.1.0-model #1");
  print("Call Trace:");
  print(" <TASK>");
  print(" model_function+0x12/0x40 [model]");
  print(" </TASK>");
  print("---[ end Kernel panic - not syncing: " + why + " ]---");
  dead_ = true;
  hardware_->panicked();
}

void model_guest::tell_lab(std::string const& word) {
  if (word == "panic") panic("wedgehog_lab: asked to");
  if (word == "silent-reset") hardware_->reset();
  if (word == "oops" || word == "oops-locked") {
    print("BUG: kernel NULL pointer dereference, address: 0000000000000000");
    print("Oops: 0002 [#1] PREEMPT SMP NOPTI");
    print("RIP: 0010:wedgehog_lab_oops+0x5/0x10 [wedgehog_lab]");
    print("---[ end trace 0000000000000000 ]---");
    oops_ = true;
  }
  if (word == "lost-wakeup" || word == "abba" || word == "oops-locked" ||
      word.starts_with("livelock"))
    log_stuck_ = true;
  if (word == "interrupt-off")
    for (auto const& disk : hardware_->spec().disks) hardware_->lose_completions(disk.name, true);
  if (word.starts_with("livelock")) burning_ += 2;
  if (word == "hard-lockup") {
    dead_ = true;
    for (int i = 0; i < hardware_->spec().vcpus; ++i)
      hardware_->set_processor(static_cast<std::size_t>(i),
                               {.halted = false, .interrupts_on = false, .ring = 0, .load = 1});
    return;
  }
  set_load();
}

void model_guest::set_load() {
  if (dead_) return;
  for (int i = 0; i < hardware_->spec().vcpus; ++i) {
    bool const busy = i < burning_;
    hardware_->set_processor(static_cast<std::size_t>(i),
                             {.halted = !busy, .ring = busy ? 3 : 0, .load = busy ? 0.9 : 0.02});
  }
}

void model_guest::press(char key) {
  if (dead_) return;
  if (key == 'w') print("sysrq: Show Blocked State");
  if (key == 't') print("sysrq: Show State");
  if (key == 'l') print("sysrq: Show backtrace of all active CPUs");
  if (key == 'c') panic("sysrq triggered crash");
  if (key == 'b') hardware_->reset();
  if (key == 'o') hardware_->power_off();
}

void model_guest::break_and_key(char key) {
  if (ready_) press(key);
}

void model_guest::non_maskable_interrupt() {
  if (!ready_) return;
  print("NMI: Not continuing");
  panic("NMI: Not continuing");
}

void model_guest::press_power_button() {
  if (ready_ && !dead_) hardware_->power_off();
}

bool model_guest::lets_go_of(std::string const&) const {
  return ready_ && !dead_;
}

}  // namespace wedgehog::simulation
