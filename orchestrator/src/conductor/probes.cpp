#include "conductor/probes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "conductor/debugger_visit.hpp"
#include "loop/mailbox.hpp"
#include "loop/within.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

// A dump of tasks goes on after its first line: the line is kept open for so long.
constexpr auto rest_of_answer = 1500ms;

std::string why_nothing_answers(std::string const& name, probe_facts const& facts) {
  using verdict::run_word;
  if (!facts.machine_runs) return "QEMU is gone";
  // A panic ends in it.
  if (name == "debugger" && facts.state == run_word::panicked) return {};
  switch (facts.state) {
    case run_word::exited:
    case run_word::paused:
    case run_word::host_stopped:
      return fmt::format("the machine is {}", verdict::name_of(facts.state));
    case run_word::panicked:
    case run_word::rebooted:
      return fmt::format("the guest {}", verdict::name_of(facts.state));
    default:
      return {};
  }
}

std::string lacking(std::string const& name, probe_facts const& facts) {
  for (auto const& kind : probe_catalogue()) {
    if (kind.name != name) continue;
    auto const lacks = vm::missing(kind.needs, facts.machine, facts.guest);
    return lacks.empty() ? std::string() : lacks.front();
  }
  return {};
}

}  // namespace

std::vector<probe_decision> decide_probes(std::vector<std::string> const& wanted,
                                          probe_facts const& facts) {
  std::vector<probe_decision> decided;
  for (auto const& name : wanted) {
    probe_decision one{name, why_nothing_answers(name, facts), {}};
    bool const by_agent = name == "echo" || name == "io";
    if (one.left_out.empty() && by_agent && !facts.agent_known)
      one.left_out = "the guest never became ready";
    if (one.left_out.empty()) one.left_out = lacking(name, facts);
    if (one.left_out.empty() && name == "io") {
      auto const free = std::find_if(facts.disks.begin(), facts.disks.end(),
                                     [](auto const& disk) { return !disk.held; });
      if (free != facts.disks.end())
        one.disk = free->name;
      else
        one.left_out = facts.disks.empty() ? "there is no disk" : "requests are held on every disk";
    }
    decided.push_back(std::move(one));
  }
  for (std::string_view const late : {"nmi", "debugger"})
    std::stable_partition(decided.begin(), decided.end(),
                          [late](auto const& one) { return one.name != late; });
  return decided;
}

std::vector<probe_kind> const& probe_catalogue() {
  using machine = vm::ability;
  using guest = guest::ability;
  static std::vector<probe_kind> const all = {
      {"echo", {}},
      {"io", {{}, {guest::io_probe}}},
      {"sysrq-w", {{machine::console_write, machine::serial_break}, {guest::console_keys}}},
      {"sysrq-l", {{machine::console_write, machine::serial_break}, {guest::console_keys}}},
      {"sysrq-t", {{machine::console_write, machine::serial_break}, {guest::console_keys}}},
      {"nmi", {{machine::monitor}, {}}},
      {"debugger", {{machine::console_write, machine::serial_break}, {guest::debugger}}},
  };
  return all;
}

prober::prober(loop::clock& time, recorder& record, vm::machine& machine,
               guest::profile const& guest, agent::link* agent,
               plan::debugger_questions const& questions)
    : time_(time),
      record_(record),
      machine_(machine),
      guest_(guest),
      agent_(agent),
      questions_(questions) {}

loop::duration prober::longest(std::vector<probe_decision> const& decided) {
  auto const usual = (answer_limit + rest_of_answer + 2s) * static_cast<int>(decided.size() + 1);
  bool const visits = std::any_of(decided.begin(), decided.end(), [](auto const& one) {
    return one.name == "debugger" && one.left_out.empty();
  });
  return visits ? usual + debugger_visit::limit : usual;
}

loop::awaitable<result<void>> prober::ask_agent() {
  auto const answered = co_await agent_->echo("probe", answer_limit);
  if (!answered) co_return answered.error();
  co_return result<void>();
}

loop::awaitable<result<void>> prober::ask_disk(std::string const& disk) {
  wire::exec request;
  request.script = guest::filled(guest_.probes.io, {{"disk", guest::disk_path(guest_, disk)}});
  request.deadline_ms = 4'500;
  auto const ended = co_await agent_->run(std::move(request), answer_limit);
  if (!ended) co_return ended.error();
  if (ended->timed_out) co_return guest_error("the read did not end");
  if (ended->exit_status != 0)
    co_return guest_error(fmt::format("the read failed: exit code {}", ended->exit_status));
  co_return result<void>();
}

loop::awaitable<result<void>> prober::break_and_key(vm::keyboard& keys, std::string key) {
  auto const executor = co_await loop::asio::this_coro::executor;
  loop::mailbox<bool> answered(executor, 1);
  recorder::watch const watching(record_, [this, &answered](timeline::signal const& one) {
    auto const* said = std::get_if<timeline::console_line>(&one.what);
    if (said != nullptr && said->text.find(guest_.probes.sysrq_answer) != std::string::npos)
      answered.push(true);
  });
  if (auto const broken = co_await keys.send_break(); !broken) co_return broken;
  if (auto const typed = co_await keys.write(std::move(key)); !typed) co_return typed;
  auto const heard =
      co_await loop::within<std::optional<bool>>(time_, answer_limit, answered.receive());
  if (!heard) co_return guest_error("the kernel did not answer the key");
  co_await time_.sleep_for(rest_of_answer);
  co_return result<void>();
}

loop::awaitable<result<void>> prober::press_on_serial(char key) {
  vm::serial_console::typing const work = [this, key](vm::keyboard& keys) {
    return break_and_key(keys, std::string(1, key));
  };
  co_return co_await machine_.console().type(work);
}

loop::awaitable<result<void>> prober::send_nmi() {
  auto const executor = co_await loop::asio::this_coro::executor;
  loop::mailbox<bool> answered(executor, 1);
  recorder::watch const watching(record_, [this, &answered](timeline::signal const& one) {
    auto const& answer = guest_.probes.nmi_answer;
    auto const* event = std::get_if<timeline::qmp_event>(&one.what);
    auto const* line = std::get_if<timeline::console_line>(&one.what);
    if ((event != nullptr && event->name == "GUEST_PANICKED") ||
        (line != nullptr && !answer.empty() && line->text.find(answer) != std::string::npos))
      answered.push(true);
  });
  auto const sent = co_await machine_.monitor().execute("inject-nmi", 2s);
  if (!sent) co_return sent.error();
  auto const heard =
      co_await loop::within<std::optional<bool>>(time_, answer_limit, answered.receive());
  if (!heard) co_return guest_error("the kernel did not answer the interrupt");
  co_await time_.sleep_for(rest_of_answer);
  co_return result<void>();
}

loop::awaitable<result<void>> prober::visit_debugger(std::string& detail) {
  auto const executor = co_await loop::asio::this_coro::executor;
  debugger_visit::interrupt const nmi = [this]() -> loop::awaitable<void> {
    if (!machine_.can().contains(vm::ability::monitor)) co_return;
    [[maybe_unused]] auto const sent = co_await machine_.monitor().execute("inject-nmi", 2s);
  };
  debugger_visit visit(executor, time_, machine_.console(), nmi, guest_.debugger, questions_);
  auto outcome = co_await visit.hold();
  debugger_text_ = guest::text_of(guest_.debugger, visit.answers());
  if (outcome)
    detail = fmt::format("{}, {} answers; the system {}", visit.way_in(), visit.answers().size(),
                         questions_.go_on ? "goes on" : "stays there");
  co_return outcome;
}

loop::awaitable<timeline::probe> prober::ask(probe_decision const& one) {
  timeline::probe said;
  said.name = one.name;
  loop::duration const limit =
      one.name == "debugger" ? loop::duration(debugger_visit::limit) : loop::duration(answer_limit);
  said.limit_s = std::chrono::duration<double>(limit).count();
  if (!one.left_out.empty()) {
    said.detail = "not asked: " + one.left_out;
    co_return said;
  }
  auto const begun = record_.now();
  std::optional<microseconds> heard;
  // The first line that came since is the answer; what waits for the rest does not count.
  recorder::watch const watching(record_, [&heard](timeline::signal const& each) {
    auto const* line = std::get_if<timeline::console_line>(&each.what);
    if (line != nullptr && !heard) heard = each.at;
  });
  result<void> outcome;
  if (one.name == "echo")
    outcome = co_await ask_agent();
  else if (one.name == "io")
    outcome = co_await ask_disk(one.disk);
  else if (one.name == "nmi")
    outcome = co_await send_nmi();
  else if (one.name == "debugger")
    outcome = co_await visit_debugger(said.detail);
  else
    outcome = co_await press_on_serial(one.name.back());
  bool const on_console = one.name != "echo" && one.name != "io";
  if (outcome) {
    auto const answered = on_console && heard ? *heard : record_.now();
    said.answer_s = in_seconds(answered - begun);
    if (!one.disk.empty()) said.detail = "disk " + one.disk;
  } else {
    said.detail =
        fmt::format("no answer within {:g} s: {}", said.limit_s, outcome.error().message());
  }
  co_return said;
}

loop::awaitable<void> prober::all(std::vector<probe_decision> const& decided) {
  for (auto const& one : decided) {
    auto said = co_await ask(one);
    record_.record(said);
    asked_.push_back(std::move(said));
  }
}

std::string prober::answers() const {
  json::array list;
  for (auto const& one : asked_) {
    json::object object{{"name", one.name}, {"limit_s", one.limit_s}, {"detail", one.detail}};
    object["answer_s"] = one.answer_s ? json::value(*one.answer_s) : json::value(nullptr);
    list.push_back(std::move(object));
  }
  return json::serialize(list) + "\n";
}

}  // namespace wedgehog::conductor
