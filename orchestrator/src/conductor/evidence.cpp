// What is kept of a run that did not pass, and in which order: what the guest can still say, what
// QEMU knows, guest memory, because dumping it pauses the guest, and last the answers to questions
// that change it.
#include <fmt/format.h>

#include <algorithm>

#include "conductor/one_run.hpp"
#include "conductor/probes.hpp"
#include "faults/standstill.hpp"
#include "loop/offload.hpp"
#include "wreckage/machine_evidence.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto guest_item_limit = 20s;
constexpr auto agent_answer_limit = 4s;

bool worth_keeping(verdict::final_verdict const& said) {
  return said.invalid ||
         (said.word != verdict::run_word::passed && said.word != verdict::run_word::slow);
}

// A guest whose kernel is gone, or that is stopped, answers nothing: asking would only cost the
// deadlines.
bool guest_can_answer(verdict::run_word word) {
  using verdict::run_word;
  return word != run_word::panicked && word != run_word::rebooted && word != run_word::exited &&
         word != run_word::host_stopped && word != run_word::paused;
}

loop::awaitable<result<void>> collect_from_guest(agent::link& agent, std::string what,
                                                 wreckage::bundle& into) {
  std::string text;
  wire::collect request;
  request.what = what;
  request.deadline_ms = 15'000;
  agent::output_sink const keep = [&text](wire::output const& piece) { text += piece.bytes; };
  auto const ended = co_await agent.collect(std::move(request), 18s, keep);
  // What came before the failure is evidence too.
  auto written =
      text.empty() && !ended ? result<void>() : into.file("guest/" + what + ".txt", text);
  if (!ended) co_return ended.error();
  if (ended->timed_out)
    co_return guest_error("the collector did not end in time; what it wrote is kept");
  co_return written;
}

}  // namespace

loop::awaitable<void> one_run::take_one_from_guest(wreckage::bundle& into, std::string name) {
  wreckage::bundle::work const collect = [this, name](wreckage::bundle& b) {
    return collect_from_guest(lives_.agent(), name, b);
  };
  std::string const item = "guest-" + name;
  co_await into.take(env_.time, item, guest_item_limit, collect);
}

loop::awaitable<void> one_run::take_guest_evidence(wreckage::bundle& into) {
  auto names = plan_.on_failure.collect;
  if (names.empty()) names = {"ps", "dmesg", "proc"};
  std::string silent;
  if (lives_.ready() && guest_can_answer(verdict_.word)) {
    // One short question first: a guest that is locked up would cost every collector its whole
    // deadline.
    auto const there_and_back = co_await lives_.agent().echo("evidence", agent_answer_limit);
    if (!there_and_back) silent = there_and_back.error().message();
  }
  for (auto const& name : names) {
    if (!lives_.ready())
      into.give_up("guest-" + name, "the guest never became ready");
    else if (!guest_can_answer(verdict_.word))
      into.give_up("guest-" + name,
                   fmt::format("the guest is {}", verdict::name_of(verdict_.word)));
    else if (!silent.empty())
      into.give_up("guest-" + name, silent);
    else
      co_await take_one_from_guest(into, name);
  }
}

loop::awaitable<void> one_run::take_ledgers(wreckage::bundle& into) {
  if (plan_.disks.empty()) co_return;
  wreckage::bundle::work const write =
      [this](wreckage::bundle& b) -> loop::awaitable<result<void>> {
    for (auto const& [name, text] : lives_.disks().ledgers())
      if (auto written = b.file("disks/" + name + ".ledger.json", text); !written)
        co_return written;
    co_return result<void>();
  };
  co_await into.take(env_.time, "disk-ledgers", 5s, write);
}

// An interrupted run was not brought to any state: whoever stopped it wants it to end.
loop::awaitable<void> one_run::ask_probes(wreckage::bundle& into) {
  if (plan_.on_failure.probes.empty() || interrupted_) co_return;
  tell("evidence", "asking the guest");
  probe_facts facts;
  facts.state = verdict_.word;
  facts.machine_runs = !lives_.machine().ended();
  facts.agent_known = lives_.ready();
  auto const holding = lives_.disks().holding();
  for (auto const& disk : plan_.disks)
    facts.disks.push_back(
        {disk.name, std::find(holding.begin(), holding.end(), disk.name) != holding.end()});
  auto const decided = decide_probes(plan_.on_failure.probes, facts);
  prober ask(env_.time, record_, lives_.machine(), lives_.now()->agent());
  wreckage::bundle::work const work =
      [&ask, &decided](wreckage::bundle& b) -> loop::awaitable<result<void>> {
    co_await ask.all(decided);
    co_return b.file("probes.json", ask.answers());
  };
  co_await into.take(env_.time, "probes", ask.longest(decided), work);
  asked_ = ask.asked();
}

// A dump by QEMU has the registers, but it waits for the disks: what is held must be kept by QEMU
// meanwhile, or the memory is copied from its file.
loop::awaitable<void> one_run::take_memory(wreckage::bundle& into, loop::duration limit) {
  auto& machine = lives_.machine();
  auto& disks = lives_.disks();
  bool in_flight = requests_in_flight_ || disks.requests_in_flight();
  bool quiet = false;
  bool ran = false;
  if (!disks.holding().empty() && disks.undrainable().empty() && disks.away().empty() &&
      !machine.ended() && machine.monitor().unanswered() == 0) {
    ran = co_await faults::runs(machine.monitor());
    auto const kept =
        co_await faults::quiet_disks(disks, machine.monitor(), env_.time, "dump the memory");
    quiet = kept.has_value();
    in_flight = in_flight && !quiet;
  }
  co_await wreckage::take_memory(into, env_.time, machine, env_.pool, in_flight, limit);
  if (!quiet) co_return;
  // A guest that had stopped by itself (a panic) stays stopped.
  if (ran)
    co_await faults::go_on(disks, machine.monitor());
  else
    disks.go_on();
}

loop::awaitable<void> one_run::take_evidence() {
  if (!worth_keeping(verdict_)) co_return;
  tell("evidence", "keeping the wreckage");
  auto opened = wreckage::bundle::open(folder_);
  if (!opened) {
    host_trouble(opened.error().message());
    co_return;
  }
  kept_.emplace(std::move(opened.value()));
  auto& bundle = *kept_;
  if (!kept_before_healing_.empty()) {
    wreckage::bundle::work const adopt =
        [this](wreckage::bundle& b) -> loop::awaitable<result<void>> {
      for (auto const& path : kept_before_healing_) b.adopt(path);
      co_return result<void>();
    };
    co_await bundle.take(env_.time, "before-healing", 5s, adopt);
  }
  try {
    if (lives_.now() != nullptr) {
      auto const begun = env_.time.now();
      co_await wreckage::take_monitor_answers(bundle, env_.time, lives_.machine());
      co_await take_ledgers(bundle);
      co_await take_guest_evidence(bundle);
      loop::duration const left = plan_.limits.collect - (env_.time.now() - begun);
      record_.record(timeline::hold{true, "memory dump"});
      co_await take_memory(bundle, std::max<loop::duration>(left, 5s));
      record_.record(timeline::hold{false, "memory dump"});
      co_await ask_probes(bundle);
    } else {
      bundle.give_up("machine", "it never ran");
    }
  } catch (std::exception const& failure) {
    bundle.give_up("rest", failure.what());
  }
}

}  // namespace wedgehog::conductor
