#include "collectors/machine_sampler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "collectors/host_load.hpp"
#include "vm/monitor_names.hpp"

namespace wedgehog::collectors {
namespace {

using namespace std::chrono_literals;

constexpr auto period = 1s;
// Rounds without a look between two looks, while the guest rests.
constexpr int rounds_at_rest = 3;
// A healthy QEMU answers within a few milliseconds; what takes longer than this counts as no
// answer.
constexpr auto answer_limit = 500ms;
// CPU times come in ticks of 10 ms: over a shorter interval their ratio means nothing.
constexpr double shortest_interval_s = 0.1;
// Between two looks at a string instruction that may crawl: at full speed it is over long before.
constexpr auto second_look = 25ms;

std::uint64_t number(json::object const& from, std::string_view name) {
  auto const* found = from.if_contains(name);
  if (found == nullptr) return 0;
  if (found->is_int64() && found->get_int64() >= 0)
    return static_cast<std::uint64_t>(found->get_int64());
  return found->is_uint64() ? found->get_uint64() : 0;
}

json::object const* object_in(json::object const& from, std::string_view name) {
  auto const* found = from.if_contains(name);
  return found == nullptr ? nullptr : found->if_object();
}

double milliseconds(loop::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

std::uint64_t since(std::uint64_t now, std::uint64_t before) {
  return now >= before ? now - before : now;
}

}  // namespace

machine_sampler::machine_sampler(loop::clock& time, vm::machine& machine, sink out,
                                 disk_server ask_server, guest_rests rests)
    : time_(time),
      machine_(machine),
      out_(std::move(out)),
      ask_server_(std::move(ask_server)),
      rests_(std::move(rests)),
      last_vcpus_(time.now()) {
  auto const* const process = machine_.process();
  for (std::size_t i = 0; i < vcpus(); ++i) {
    auto const stat = process == nullptr ? std::nullopt : process->vcpu_thread(i);
    last_of_vcpus_.push_back(stat.value_or(vm::thread_stat{}));
  }
}

std::size_t machine_sampler::vcpus() const {
  auto const* const process = machine_.process();
  return process != nullptr ? process->vcpu_threads()
                            : static_cast<std::size_t>(machine_.spec().vcpus);
}

loop::awaitable<void> machine_sampler::run() {
  loop::time_point due = time_.now();
  for (;;) {
    if (may_rest()) {
      if (report_death()) co_return;
    } else if (!co_await sample()) {
      co_return;
    }
    // Fixed beat: a slow round does not shift the next one, but rounds never pile up.
    due = std::max<loop::time_point>(due + period, time_.now());
    co_await time_.sleep_until(due);
    sample_host(time_.now() - due);
  }
}

bool machine_sampler::may_rest() {
  bool const rests = quiet_ && rested_ < rounds_at_rest && rests_();
  rested_ = rests ? rested_ + 1 : 0;
  return rests;
}

bool machine_sampler::report_death() {
  auto const ended = machine_.ended();
  if (!ended) return false;
  timeline::machine_state state;
  state.alive = false;
  auto const& status = ended->status;
  if (ended->known) state.exit_code = status.signal != 0 ? -status.signal : status.code;
  state.host_fault = ended->host_fault;
  out_(state);
  return true;
}

loop::awaitable<std::optional<json::value>> machine_sampler::ask(std::string command,
                                                                 json::object arguments) {
  auto answer =
      co_await machine_.monitor().execute(std::move(command), std::move(arguments), answer_limit);
  if (!answer) co_return std::nullopt;
  co_return std::move(answer.value());
}

// Commands of an earlier round that were never answered stay in QEMU's queue: one more would only
// wait behind them.
bool machine_sampler::may_ask() {
  return machine_.can().contains(vm::ability::monitor) && machine_.monitor().unanswered() == 0;
}

loop::awaitable<bool> machine_sampler::sample() {
  if (report_death()) co_return false;
  timeline::machine_state state;
  if (auto const* const process = machine_.process())
    if (auto const thread = process->main_thread())
      state.process_state = std::string(1, thread->state);
  if (may_ask()) {
    auto const begin = time_.now();
    auto const status = co_await ask("query-status", {});
    if (status && status->is_object()) {
      state.answer_ms = milliseconds(time_.now() - begin);
      if (auto const* word = status->get_object().if_contains("status");
          word != nullptr && word->is_string())
        state.run_state = std::string(word->get_string());
    }
  }
  bool const answers = !state.run_state.empty();
  quiet_ = state.run_state == "running";
  out_(state);
  double const elapsed = std::chrono::duration<double>(time_.now() - last_vcpus_).count();
  last_vcpus_ = time_.now();
  if (answers) co_await sample_disks();
  if (!machine_.can().contains(vm::ability::monitor)) sample_books();
  co_await sample_vcpus(elapsed);
  co_return !report_death();
}

loop::awaitable<void> machine_sampler::sample_disks() {
  json::object const arguments{{"query-nodes", false}};
  auto const answer = co_await ask("query-blockstats", arguments);
  if (!answer || !answer->is_array()) {
    quiet_ = false;
    co_return;
  }
  for (auto const& one : answer->get_array()) {
    auto const* device = one.if_object();
    auto const* stats = device == nullptr ? nullptr : object_in(*device, "stats");
    auto const* path = device == nullptr ? nullptr : device->if_contains("qdev");
    if (stats == nullptr || path == nullptr || !path->is_string()) continue;
    auto const name = machine_.names().disk_in(std::string_view(path->get_string()));
    if (name.empty()) continue;
    disk_counts const now{number(*stats, "rd_operations"), number(*stats, "wr_operations"),
                          number(*stats, "flush_operations"),
                          number(*stats, "failed_rd_operations") +
                              number(*stats, "failed_wr_operations") +
                              number(*stats, "failed_flush_operations")};
    disk_counts& before = disks_[name];
    timeline::disk seen;
    seen.name = name;
    seen.reads = since(now.reads, before.reads);
    seen.writes = since(now.writes, before.writes);
    seen.flushes = since(now.flushes, before.flushes);
    seen.failed = since(now.failed, before.failed);
    before = now;
    if (auto const* idle = stats->if_contains("idle_time_ns"); idle != nullptr && idle->is_number())
      seen.idle_s = idle->to_number<double>() / 1e9;
    seen.in_flight = co_await in_flight(name);
    if (auto books = ask_server_ ? ask_server_(name) : std::nullopt) {
      seen.oldest_s = books->oldest_s;
      seen.held = books->held;
      seen.held_by = std::move(books->held_by);
    }
    tell_disk(std::move(seen));
  }
}

void machine_sampler::tell_disk(timeline::disk seen) {
  if (seen.in_flight > 0 || seen.held > 0 || seen.oldest_s) quiet_ = false;
  out_(std::move(seen));
}

void machine_sampler::sample_books() {
  for (auto const& one : machine_.spec().disks) {
    auto books = ask_server_ ? ask_server_(one.name) : std::nullopt;
    if (!books) continue;
    timeline::disk seen;
    seen.name = one.name;
    seen.oldest_s = books->oldest_s;
    seen.held = books->held;
    seen.held_by = std::move(books->held_by);
    seen.in_flight = std::max<std::uint64_t>(seen.held, seen.oldest_s ? 1 : 0);
    tell_disk(std::move(seen));
  }
}

// QEMU 7.2, x-query-virtio-queue-status: "inuse" is what the device took from the ring and has not
// returned.
loop::awaitable<std::uint64_t> machine_sampler::in_flight(std::string disk) {
  std::uint64_t total = 0;
  for (int queue = 0; queue < machine_.spec().vcpus; ++queue) {
    json::object const arguments{{"path", machine_.names().virtio_path(disk)}, {"queue", queue}};
    auto const answer = co_await ask("x-query-virtio-queue-status", arguments);
    if (!answer || !answer->is_object()) break;
    total += number(answer->get_object(), "inuse");
  }
  co_return total;
}

loop::awaitable<std::vector<vcpu_registers>> machine_sampler::registers() {
  if (!may_ask()) co_return std::vector<vcpu_registers>{};
  json::object const arguments{{"command-line", "info registers -a"}};
  auto const answer = co_await ask("human-monitor-command", arguments);
  if (!answer || !answer->is_string()) co_return std::vector<vcpu_registers>{};
  co_return parse_registers(std::string_view(answer->get_string()));
}

loop::awaitable<std::map<int, double>> machine_sampler::string_rates(
    std::vector<vcpu_registers> const& now) {
  std::map<int, double> rates;
  auto const compare = [&rates](std::vector<vcpu_registers> const& earlier,
                                std::vector<vcpu_registers> const& later, loop::duration between) {
    for (auto const& one : later)
      for (auto const& before : earlier)
        if (before.index == one.index)
          if (auto const rate =
                  string_rate(before, one, std::chrono::duration<double>(between).count()))
            rates[one.index] = *rate;
  };
  compare(last_registers_, now, time_.now() - last_look_);
  bool const stands = std::any_of(now.begin(), now.end(), [this](vcpu_registers const& one) {
    return !one.halted &&
           std::any_of(last_registers_.begin(), last_registers_.end(),
                       [&one](vcpu_registers const& before) {
                         return before.index == one.index &&
                                before.instruction_pointer == one.instruction_pointer;
                       });
  });
  last_registers_ = now;
  last_look_ = time_.now();
  if (rates.empty() && stands) {
    co_await time_.sleep_for(second_look);
    auto const later = co_await registers();
    compare(now, later, time_.now() - last_look_);
  }
  co_return rates;
}

loop::awaitable<void> machine_sampler::sample_vcpus(double elapsed_s) {
  auto const found = co_await registers();
  auto const rates = co_await string_rates(found);
  auto const* const process = machine_.process();
  for (std::size_t i = 0; i < last_of_vcpus_.size(); ++i) {
    timeline::vcpu seen;
    seen.index = static_cast<int>(i);
    if (auto const stat = process == nullptr ? std::nullopt : process->vcpu_thread(i)) {
      auto const& last = last_of_vcpus_[i];
      if (elapsed_s > shortest_interval_s) {
        seen.host_share = (stat->cpu_s - last.cpu_s) / elapsed_s;
        if (stat->waited_s && last.waited_s)
          seen.waited_share = (*stat->waited_s - *last.waited_s) / elapsed_s;
      }
      last_of_vcpus_[i] = *stat;
    }
    if (auto const rate = rates.find(seen.index); rate != rates.end())
      seen.string_rate = rate->second;
    for (auto const& one : found) {
      if (one.index != seen.index) continue;
      seen.halted = one.halted;
      seen.interrupts_on = one.interrupts_on;
      seen.ring = one.ring;
      seen.where = fmt::format("0x{:x}", one.instruction_pointer);
    }
    tell_vcpu(std::move(seen));
  }
}

void machine_sampler::tell_vcpu(timeline::vcpu seen) {
  if (!seen.halted.value_or(false)) quiet_ = false;
  out_(std::move(seen));
}

void machine_sampler::sample_host(loop::duration lag) {
  timeline::host seen;
  // This host's load says something of a machine that plays on it.
  if (machine_.can().contains(vm::ability::process_group)) {
    seen.load = host_load();
    seen.cpu_pressure = host_cpu_pressure();
  }
  seen.loop_lag_ms = milliseconds(lag);
  out_(seen);
}

}  // namespace wedgehog::collectors
