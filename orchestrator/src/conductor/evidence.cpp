#include "conductor/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/kept_output.hpp"
#include "console/digest.hpp"
#include "faults/standstill.hpp"
#include "folder/files.hpp"
#include "wreckage/machine_evidence.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto guest_item_limit = 20s;
constexpr auto agent_answer_limit = 4s;
constexpr auto least_limit = 1s;

// And what it says in short, where somebody knows how to read it.
result<void> keep_with_digest(wreckage::bundle& into, std::string const& what,
                              std::string const& text) {
  auto written = into.file("guest/" + what + ".txt", text);
  auto const digest = console::digest_of(what, text);
  if (!written || digest.empty()) return written;
  return into.file("guest/" + what + ".digest.txt", digest);
}

loop::awaitable<result<void>> collect_from_guest(agent::link& agent, std::string what,
                                                 loop::duration limit, wreckage::bundle& into) {
  agent::kept_output kept;
  wire::collect request;
  request.what = what;
  auto const agents = std::max<loop::duration>(limit - 3s, 1s);
  request.deadline_ms = static_cast<std::uint64_t>(agents / 1ms);
  agent::output_sink const keep = [&kept](wire::output const& piece) { kept.take(piece); };
  auto const ended = co_await agent.collect(std::move(request), limit, keep);
  if (ended) kept.finish(ended.value());
  // What came before the failure is evidence too.
  auto written =
      kept.empty() && !ended ? result<void>() : keep_with_digest(into, what, kept.text());
  if (!ended) co_return ended.error();
  if (ended->timed_out)
    co_return guest_error("the collector did not end in time; what it wrote is kept");
  co_return written;
}

}  // namespace

evidence::evidence(stage& on, plan::plan const& what, recorder& record, lives& machines,
                   progress_teller& tell, std::string folder)
    : on_(on),
      plan_(what),
      record_(record),
      lives_(machines),
      tell_(tell),
      folder_(std::move(folder)) {}

void evidence::take(timeline::signal const& one) {
  if (auto const* disk = std::get_if<timeline::disk>(&one.what); disk != nullptr)
    requests_in_flight_ = disk->in_flight > 0;
}

loop::duration evidence::at_most(loop::duration limit) const {
  return std::max<loop::duration>(std::min(limit, until_ - on_.time.now()), least_limit);
}

std::vector<std::string> evidence::collectors() const {
  if (!plan_.on_failure.collect.empty()) return plan_.on_failure.collect;
  return on_.image.guest.collectors;
}

std::string evidence::why_guest_is_not_asked(verdict::run_word word) const {
  if (!lives_.ready()) return "the guest never became ready";
  if (!guest_can_answer(word)) return fmt::format("the guest is {}", verdict::name_of(word));
  return {};
}

loop::awaitable<void> evidence::ask_collector(std::string name) {
  auto const limit = at_most(guest_item_limit);
  wreckage::bundle::work const collect = [this, name, limit](wreckage::bundle& into) {
    return collect_from_guest(lives_.agent(), name, limit, into);
  };
  std::string const item = "guest-" + name;
  co_await kept_->take(on_.time, item, limit + 1s, collect);
}

loop::awaitable<void> evidence::ask_guest(verdict::run_word word) {
  auto why_not = why_guest_is_not_asked(word);
  if (why_not.empty()) {
    // One short question first: a guest that is locked up would cost every collector its whole
    // deadline.
    auto const limit = at_most(agent_answer_limit);
    auto const there_and_back = co_await lives_.agent().echo("evidence", limit);
    if (!there_and_back) why_not = there_and_back.error().message();
  }
  for (auto const& name : collectors()) {
    if (why_not.empty())
      co_await ask_collector(name);
    else
      kept_->give_up("guest-" + name, why_not);
  }
}

loop::awaitable<void> evidence::copy_ledgers() {
  if (plan_.disks.empty()) co_return;
  wreckage::bundle::work const write =
      [this](wreckage::bundle& into) -> loop::awaitable<result<void>> {
    for (auto const& [name, text] : lives_.disks().ledgers())
      if (auto written = into.file("disks/" + name + ".ledger.json", text); !written)
        co_return written;
    co_return result<void>();
  };
  auto const limit = at_most(5s);
  co_await kept_->take(on_.time, "disk-ledgers", limit, write);
}

// A dump by QEMU has the registers, but it waits for the disks: what is held must be kept by QEMU
// meanwhile, or the memory is copied from its file.
loop::awaitable<void> evidence::copy_memory() {
  auto& machine = lives_.machine();
  auto& disks = lives_.disks();
  bool in_flight = requests_in_flight_ || disks.requests_in_flight();
  bool quiet = false;
  bool ran = false;
  if (!disks.holding().empty() && disks.undrainable().empty() && disks.away().empty() &&
      machine.can().contains(vm::ability::monitor) && !machine.ended() &&
      machine.monitor().unanswered() == 0) {
    ran = co_await faults::runs(machine.monitor());
    auto const kept =
        co_await faults::quiet_disks(disks, machine.monitor(), on_.time, "dump the memory");
    quiet = kept.has_value();
    in_flight = in_flight && !quiet;
  }
  auto const limit = at_most(plan_.limits.collect);
  co_await wreckage::take_memory(*kept_, on_.time, machine, on_.pool, in_flight, limit);
  if (!quiet) co_return;
  // A guest that had stopped by itself (a panic) stays stopped.
  if (ran)
    co_await faults::go_on(disks, machine.monitor());
  else
    disks.go_on();
}

loop::awaitable<void> evidence::probe(verdict::run_word word) {
  if (plan_.on_failure.probes.empty()) co_return;
  tell_.phase("evidence", "asking the guest");
  probe_facts facts;
  facts.state = word;
  facts.machine_runs = !lives_.machine().ended();
  facts.agent_known = lives_.ready();
  facts.machine = lives_.machine().can();
  facts.guest = on_.image.guest.can;
  auto const holding = lives_.disks().holding();
  for (auto const& disk : plan_.disks)
    facts.disks.push_back(
        {disk.name, std::find(holding.begin(), holding.end(), disk.name) != holding.end()});
  auto const decided = decide_probes(plan_.on_failure.probes, facts);
  prober ask(on_.time, record_, lives_.machine(), on_.image.guest, lives_.now()->agent(),
             plan_.on_failure.debugger);
  wreckage::bundle::work const work =
      [&ask, &decided](wreckage::bundle& into) -> loop::awaitable<result<void>> {
    co_await ask.all(decided);
    if (auto const& said = ask.debugger_text(); !said.empty())
      if (auto kept = keep_with_digest(into, "debugger", said); !kept) co_return kept;
    co_return into.file("probes.json", ask.answers());
  };
  auto const limit = prober::longest(decided);
  co_await kept_->take(on_.time, "probes", limit, work);
}

loop::awaitable<void> evidence::gather_all(evidence_wanted wanted,
                                           verdict::final_verdict const& said) {
  if (wanted.machine) {
    co_await wreckage::take_monitor_answers(*kept_, on_.time, lives_.machine());
    co_await copy_ledgers();
  }
  if (wanted.guest) co_await ask_guest(said.word);
  if (wanted.memory) {
    record_.record(timeline::hold{true, "memory dump"});
    co_await copy_memory();
    record_.record(timeline::hold{false, "memory dump"});
  }
  if (wanted.probes) co_await probe(said.word);
}

loop::awaitable<void> evidence::gather(evidence_wanted wanted, verdict::final_verdict const& said,
                                       std::vector<std::string> before_healing) {
  if (!wanted.anything()) co_return;
  tell_.phase("evidence", "keeping the wreckage");
  until_ = on_.time.now() + plan_.limits.collect;
  auto opened = wreckage::bundle::open(folder_);
  if (!opened) {
    record_.reach(timeline::reached::host_trouble, opened.error().message());
    co_return;
  }
  kept_.emplace(std::move(opened.value()));
  if (!before_healing.empty()) {
    kept_->give_up("before-healing", "");
    for (auto const& path : before_healing) kept_->adopt(path);
  }
  if (lives_.now() == nullptr) {
    kept_->give_up("machine", "it never ran");
    co_return;
  }
  try {
    co_await gather_all(wanted, said);
  } catch (std::exception const& failure) {
    kept_->give_up("rest", failure.what());
  }
}

result<void> evidence::list(json::object facts) {
  if (!kept_) return {};
  facts["items"] = to_json(kept_->items());
  return folder::write_document(folder_ + "/evidence.json", json::serialize(facts) + "\n");
}

std::vector<std::string> evidence::missing() const {
  std::vector<std::string> list;
  if (!kept_) return list;
  for (auto const& item : kept_->items())
    if (!item.missing.empty()) list.push_back(fmt::format("{}: {}", item.name, item.missing));
  return list;
}

}  // namespace wedgehog::conductor
