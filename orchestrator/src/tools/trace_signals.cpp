#include "tools/trace_signals.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "base/described.hpp"

namespace wedgehog::tools {
namespace {

namespace json = boost::json;
using namespace timeline;

json::object const* object_at(json::object const& from, std::string_view name) {
  auto const* found = from.if_contains(name);
  return found == nullptr ? nullptr : found->if_object();
}

std::optional<double> number_at(json::object const& from, std::string_view name) {
  auto const* found = from.if_contains(name);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->to_number<double>();
}

std::uint64_t count_at(json::object const& from, std::string_view name) {
  double const number = number_at(from, name).value_or(0);
  return number > 0 && number < 1e18 ? static_cast<std::uint64_t>(number) : 0;
}

std::string console_word(std::string_view word) {
  if (word == "hung_task") return "hung-task";
  if (word == "softlockup") return "soft-lockup";
  if (word == "rcu_stall") return "rcu-stall";
  if (word == "ioerr") return "io-error";
  return std::string(word);
}

struct writer {
  microseconds at;
  std::vector<signal>& out;
  void add(payload what) const { out.push_back({at, std::move(what)}); }
};

void write_machine(json::object const& sample, writer to) {
  auto const* qemu = object_at(sample, "qemu");
  if (qemu == nullptr) return;
  machine_state state;
  auto const* alive = qemu->if_contains("alive");
  state.alive = alive == nullptr || !alive->is_bool() || alive->get_bool();
  if (auto const code = number_at(*qemu, "rc")) state.exit_code = static_cast<int>(*code);
  state.run_state = text_at(*qemu, "state");
  state.answer_ms = number_at(*qemu, "qmp_ms");
  state.process_state = text_at(*qemu, "pstate");
  // Whoever made the recordings killed QEMU by plan ("at": "sig KILL qemu"), and nobody else did.
  if (state.exit_code == -9) to.add(fault{"kill-qemu", "kill-qemu", "injected", "SIGKILL", 1});
  to.add(state);
}

void write_events(json::object const& sample, writer to) {
  auto const* events = sample.if_contains("ev");
  if (events == nullptr || !events->is_array()) return;
  for (auto const& each : events->get_array()) {
    if (!each.is_object()) continue;
    qmp_event event;
    event.name = text_at(each.get_object(), "event");
    if (auto const* data = each.get_object().if_contains("data"))
      event.data = json::serialize(*data);
    to.add(event);
  }
}

void write_disks(json::object const& sample, writer to) {
  auto const* disks = object_at(sample, "blk");
  if (disks == nullptr) return;
  auto const* ages = object_at(sample, "inflight");
  for (auto const& [name, value] : *disks) {
    if (!value.is_object()) continue;
    auto const& from = value.get_object();
    disk one;
    one.name = std::string(name);
    one.reads = count_at(from, "rd");
    one.writes = count_at(from, "wr");
    one.flushes = count_at(from, "fl");
    one.failed = count_at(from, "fail") + count_at(from, "failr") + count_at(from, "failf");
    one.in_flight = count_at(from, "inuse");
    one.idle_s = number_at(from, "idle_s");
    if (ages != nullptr && disks->size() == 1) one.oldest_s = number_at(*ages, "oldest");
    to.add(one);
  }
  if (ages != nullptr && disks->size() > 1) {
    disk all;
    all.name = "*";  // ages were recorded for all disks together
    all.in_flight = count_at(*ages, "n");
    all.oldest_s = number_at(*ages, "oldest");
    to.add(all);
  }
}

void write_processors(json::object const& sample, writer to) {
  auto const* cpus = sample.if_contains("vcpu");
  if (cpus == nullptr || !cpus->is_array()) return;
  int index = 0;
  for (auto const& each : cpus->get_array()) {
    vcpu one;
    one.index = index++;
    if (!each.is_object()) continue;
    auto const& from = each.get_object();
    one.host_share = number_at(from, "cpu").value_or(0) / 100;
    if (auto const halted = number_at(from, "hlt")) one.halted = *halted != 0;
    if (auto const on = number_at(from, "IF")) one.interrupts_on = *on != 0;
    if (auto const ring = number_at(from, "cpl")) one.ring = static_cast<int>(*ring);
    one.where = text_at(from, "sym");
    to.add(one);
  }
}

void write_life(json::object const& sample, writer to) {
  auto const* beats = object_at(sample, "beat");
  if (beats == nullptr) return;
  auto const* ages = object_at(sample, "age");
  constexpr std::pair<char const*, char const*> sources[] = {
      {"K", "kernel-irq"}, {"Q", "workqueue"}, {"F", "agent-fifo"}, {"O", "agent-ordinary"}};
  for (auto const& [letter, name] : sources) {
    beat one;
    one.source = name;
    one.count = count_at(*beats, letter);
    if (ages != nullptr) one.age_s = number_at(*ages, letter);
    to.add(one);
  }
  canary one;
  one.completed = count_at(*beats, "C");
  if (auto const* took = sample.if_contains("canary_ms");
      took != nullptr && took->is_array() && took->get_array().size() == 2) {
    auto const& both = took->get_array();
    if (both[0].is_number()) one.exec_ms = both[0].to_number<double>();
    if (both[1].is_number()) one.io_ms = both[1].to_number<double>();
  }
  to.add(one);
}

void write_console(json::object const& sample, writer to) {
  if (auto const* classes = object_at(sample, "concls"))
    for (auto const& [word, count] : *classes)
      if (count.is_number()) to.add(console_class{console_word(word), count_at(*classes, word)});
  auto const* lines = sample.if_contains("con");
  if (lines == nullptr || !lines->is_array()) return;
  for (auto const& each : lines->get_array())
    if (each.is_string()) to.add(console_line{std::string(each.get_string()), false});
}

// "io_schedule<folio_wait_bit<…", innermost first.
std::vector<std::string> frames_of(std::string_view text) {
  std::vector<std::string> frames;
  while (!text.empty()) {
    auto const end = text.find('<');
    if (end != 0) frames.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return frames;
}

void write_guest(json::object const& sample, writer to) {
  auto const* from = object_at(sample, "obs");
  if (from == nullptr) return;
  guest one;
  one.uptime_s = number_at(*from, "g").value_or(0) / 1000;
  one.load = number_at(*from, "load");
  one.runnable = count_at(*from, "run");
  one.tasks = count_at(*from, "tasks");
  for (int cpu = 0; cpu < 64; ++cpu) {
    auto const* times = from->if_contains(fmt::format("cpu{}", cpu));
    if (times == nullptr || !times->is_array()) break;
    std::vector<double> seconds;
    for (auto const& each : times->get_array())
      seconds.push_back(each.is_number() ? each.to_number<double>() / 100 : 0);  // USER_HZ
    one.cpu_s.push_back(std::move(seconds));
  }
  one.context_switches = count_at(*from, "ctxt");
  one.forks = count_at(*from, "forks");
  one.blocked_count = count_at(*from, "blocked");
  one.interrupts = count_at(*from, "intr");
  constexpr std::pair<char const*, char const*> memory[] = {
      {"free", "free"}, {"avail", "available"}, {"dirty", "dirty"}, {"wb", "writeback"}};
  for (auto const& [theirs, ours] : memory) one.memory_kb[ours] = count_at(*from, theirs);
  constexpr std::pair<char const*, char const*> vm[] = {{"pgmajf", "pgmajfault"},
                                                        {"refault", "refault"},
                                                        {"scan", "scan"},
                                                        {"steal", "steal"},
                                                        {"oomk", "oom_kill"}};
  for (auto const& [theirs, ours] : vm) one.vm[ours] = count_at(*from, theirs);
  if (auto const* psi = object_at(*from, "psi")) {
    constexpr std::pair<char const*, char const*> pressure[] = {
        {"io_full", "io_full"}, {"mem_full", "memory_full"}, {"cpu_some", "cpu_some"}};
    for (auto const& [theirs, ours] : pressure)
      if (auto const total = number_at(*psi, theirs)) one.pressure_s[ours] = *total / 1e6;
  }
  if (auto const* disks = object_at(*from, "disk"))
    for (auto const& [name, value] : *disks) {
      if (!value.is_array() || value.get_array().size() < 4) continue;
      auto const at = [&](std::size_t i) {
        auto const& number = value.get_array()[i];
        return number.is_number()
                   ? static_cast<std::uint64_t>(std::max(0.0, number.to_number<double>()))
                   : 0;
      };
      one.disks[std::string(name)] = {at(0), at(1), at(2), at(3)};
    }
  if (auto const* tasks = from->if_contains("D"); tasks != nullptr && tasks->is_array())
    for (auto const& each : tasks->get_array()) {
      if (!each.is_object()) continue;
      auto const& task = each.get_object();
      blocked_task blocked;
      blocked.pid = static_cast<std::int64_t>(count_at(task, "p"));
      blocked.name = text_at(task, "c");
      blocked.switches = count_at(task, "sw");
      blocked.frames = frames_of(text_at(task, "k"));
      one.blocked.push_back(std::move(blocked));
    }
  to.add(std::move(one));
}

}  // namespace

result<trace_reader::line> trace_reader::read(std::string_view text) {
  boost::system::error_code failure;
  auto const value = json::parse(json::string_view(text.data(), text.size()), failure);
  if (failure || !value.is_object())
    return host_error(fmt::format("a trace line is not a JSON object: {}", text.substr(0, 80)));
  auto const& sample = value.get_object();
  if (sample.contains("type")) return line{};
  auto const t = number_at(sample, "t");
  if (!t || !std::isfinite(*t) || std::abs(*t) > 1e9)
    return host_error(fmt::format("a trace line lacks its time: {}", text.substr(0, 80)));

  line read;
  read.is_sample = true;
  read.sample.t = *t;
  read.sample.at = microseconds(std::llround(*t * 1e6));
  writer const to{read.sample.at, read.sample.signals};
  write_machine(sample, to);
  write_events(sample, to);
  write_life(sample, to);
  write_disks(sample, to);
  write_processors(sample, to);
  write_guest(sample, to);
  write_console(sample, to);
  errors_ += count_at(sample, "nwerr");
  if (auto const* work = object_at(sample, "work")) {
    workload one;
    one.name = "workload";
    one.done = count_at(*work, "n");
    one.reports = count_at(*work, "rep");
    one.errors = errors_;
    to.add(one);
  }
  return read;
}

}  // namespace wedgehog::tools
