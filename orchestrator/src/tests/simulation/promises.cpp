#include "tests/simulation/promises.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "conductor/expectation.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;
using timeline::reached;
using verdict::run_word;

std::string text(loop::duration span) {
  return describe_duration(std::chrono::duration_cast<microseconds>(span));
}

bool reaches(timeline::signal const& one, reached what) {
  auto const* mark = std::get_if<timeline::milestone>(&one.what);
  return mark != nullptr && timeline::is(*mark, what);
}

std::size_t count(record const& of, reached what) {
  auto const& all = of.signals.signals();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [what](auto const& one) { return reaches(one, what); }));
}

std::optional<std::size_t> first_place(record const& of, reached what) {
  auto const& all = of.signals.signals();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (reaches(all[i], what)) return i;
  return std::nullopt;
}

// Before evidence is taken and the machine ends.
loop::duration granted_until_its_end(plan::plan const& what, bad_day const& day) {
  // Faults say at last what they hit, and an agent that is silent has half a minute for each.
  constexpr auto counting = 120s;
  auto granted = what.limits.boot + what.limits.run + counting;
  if (what.recovery) granted += 3 * what.recovery->at_most + 30s;
  return granted + std::chrono::duration_cast<microseconds>(2 * day.stopped_for);
}

// --- the promises

std::string ends_in_time(record const& of) {
  using ending = loop::simulated_loop::ending;
  switch (of.lived.ending) {
    case ending::done:
      break;
    case ending::idle:
      return "nothing was left to happen, and it had not ended";
    case ending::late:
      return "it did not end at all";
    case ending::spins:
      return "it runs in circles while the time stands still";
  }
  auto const most = longest_life(of.what, of.day);
  if (of.lived.took > most)
    return fmt::format("it took {}, its budgets come to {}", text(of.lived.took), text(most));
  auto const end = first_place(of, reached::run_ended);
  auto const granted = granted_until_its_end(of.what, of.day);
  if (!end || of.signals.signals()[*end].at <= granted) return {};
  return fmt::format("its own part took {}, and {} were granted",
                     text(of.signals.signals()[*end].at), text(granted));
}

std::string one_verdict(record const& of) {
  if (!of.lived.done) return "there is none: " + of.lived.failure;
  if (of.opinions != 1) return fmt::format("the folder holds {}", of.opinions);
  for (auto const what : {reached::run_ended, reached::evidence_began})
    if (auto const times = count(of, what); times != 1)
      return fmt::format("{} was reached {} times", timeline::word_of(what), times);
  return {};
}

// What a plan does by itself that may end a run, or make it fail.
bool is_cause(timeline::signal const& one) {
  if (auto const* fault = std::get_if<timeline::fault>(&one.what))
    return fault->action == "injected" || fault->action == "failed";
  if (auto const* hold = std::get_if<timeline::hold>(&one.what)) return hold->begins;
  if (auto const* step = std::get_if<timeline::step>(&one.what))
    return step->phase == "failed" ||
           (step->phase == "began" && (step->what.find("power") != std::string::npos ||
                                       step->what.find("reset") != std::string::npos ||
                                       step->what.find("reboot") != std::string::npos ||
                                       step->what.find("kill") != std::string::npos));
  auto const* mark = std::get_if<timeline::milestone>(&one.what);
  bool const used_up =
      reaches(one, reached::step_failed) && mark->detail.find("budget") != std::string::npos;
  return used_up || reaches(one, reached::reset_expected) ||
         reaches(one, reached::fault_never_fired);
}

std::optional<microseconds> cause_of(record const& of) {
  std::optional<microseconds> cause;
  if (of.lived.cause) cause = std::chrono::duration_cast<microseconds>(*of.lived.cause);
  // What the taking of evidence does to the guest comes too late to be one.
  for (auto const& one : of.signals.signals()) {
    if (reaches(one, reached::run_ended)) break;
    if (is_cause(one)) return std::min(cause.value_or(one.at), one.at);
  }
  return cause;
}

std::string no_verdict_before_its_cause(record const& of) {
  auto const& said = of.again.said;
  bool const well = said.word == run_word::passed || said.word == run_word::slow;
  if (well && !said.invalid) return {};
  auto const cause = cause_of(of);
  auto const word = conductor::word_of(said);
  if (!cause) return fmt::format("{} without any cause: {}", word, fmt::join(said.because, "; "));
  // What is said of the steps, of the host or of nothing has no state that began.
  if (well || said.word == run_word::failed || said.word == run_word::unknown ||
      said.word == run_word::invalid)
    return {};
  // When a state began is known to the second.
  constexpr auto precision = 1500ms;
  if (said.since == microseconds{} || said.since + precision >= *cause) return {};
  return fmt::format("{} since {}, its cause came at {}", word, text(said.since), text(*cause));
}

std::string evidence_before_healing_before_the_end(record const& of) {
  auto const judged = first_place(of, reached::run_ended);
  auto const evidence = first_place(of, reached::evidence_began);
  auto const stopping = [&]() -> std::optional<std::size_t> {
    auto const& all = of.signals.signals();
    for (std::size_t i = judged.value_or(0); i < all.size(); ++i)
      if (reaches(all[i], reached::machine_stopping)) return i;
    return std::nullopt;
  }();
  if (!judged || !evidence) return "it was never judged";
  if (*evidence < *judged) return "evidence was taken before the verdict";
  if (stopping && *stopping < *evidence) return "the machine was stopped before the evidence";
  auto const& all = of.signals.signals();
  for (std::size_t i = *judged; i < stopping.value_or(all.size()); ++i) {
    auto const* fault = std::get_if<timeline::fault>(&all[i].what);
    if (fault != nullptr && fault->action == "healed")
      return fmt::format("{} was healed before the evidence was safe", fault->name);
  }
  return {};
}

// What was healed so long ago does not bite any more.
constexpr auto still_bites = 3s;

// Follows who stands, and what machine and disks say of it.
class healed_faults {
 public:
  // How a fault bites that was healed.
  std::string take(timeline::signal const& one) {
    if (auto const* fault = std::get_if<timeline::fault>(&one.what)) note(*fault, one.at);
    if (auto const* hold = std::get_if<timeline::hold>(&one.what)) holds_ += hold->begins ? 1 : -1;
    if (auto const* disk = std::get_if<timeline::disk>(&one.what))
      if (auto const found = healed_.find(disk->held_by);
          disk->held > 0 && found != healed_.end() && one.at - found->second > still_bites)
        return fmt::format("{} holds {} requests {} after it was healed", disk->held_by, disk->held,
                           text(one.at - found->second));
    if (auto const* seen = std::get_if<timeline::machine_state>(&one.what))
      if (seen->process_state == "T" && holds_ == 0 && woken_ && one.at - *woken_ > still_bites)
        return fmt::format("its process is stopped {} after it was told to go on",
                           text(one.at - *woken_));
    return {};
  }

 private:
  void note(timeline::fault const& fault, microseconds at) {
    if (fault.action == "healed")
      healed_[fault.name] = at;
    else if (fault.action == "injected" || fault.action == "held-again")
      healed_.erase(fault.name);
    if (fault.kind != "sigstop" && fault.kind != "cpu-duty") return;
    // Two may stop it at once.
    bool const stops = fault.action == "injected";
    if (stops) stoppers_.insert(fault.name);
    if (fault.action == "healed") stoppers_.erase(fault.name);
    woken_ = stoppers_.empty() && !stops ? std::optional(at) : std::nullopt;
  }

  std::map<std::string, microseconds> healed_;
  std::set<std::string> stoppers_;
  std::optional<microseconds> woken_;
  int holds_ = 0;
};

std::string no_fault_left(record const& of) {
  healed_faults healed;
  for (auto const& one : of.signals.signals())
    if (auto how = healed.take(one); !how.empty()) return how;
  std::map<std::string, bool> stands;
  for (auto const& one : of.signals.signals()) {
    auto const* fault = std::get_if<timeline::fault>(&one.what);
    if (fault == nullptr) continue;
    if (fault->action == "injected") stands[fault->name] = true;
    if (fault->action == "healed" || fault->detail.starts_with("healing:"))
      stands[fault->name] = false;
  }
  // What is no fault of the plan's has nothing to heal: a power cut, a yank, a step's own reset.
  std::string left;
  for (auto const& one : plan::planned(of.what))
    if (auto const found = stands.find(one.as); found != stands.end() && found->second)
      left += " " + one.as;
  if (left.empty() || count(of, reached::faults_left) > 0) return {};
  return "still there:" + left;
}

std::string nothing_left_behind(record const& of) {
  if (of.lived.alive > 0) return fmt::format("{} machines go on", of.lived.alive);
  if (of.lived.descriptors > 0)
    return fmt::format("{} descriptors are still open", of.lived.descriptors);
  if (!of.lived.left_behind.empty())
    return fmt::format("in the runtime folder: {}", fmt::join(of.lived.left_behind, " "));
  return {};
}

std::string judged_the_same_from_the_folder(record const& of) {
  if (!of.lived.done) return {};
  auto const& live = of.lived.done->said;
  auto const& said = of.again.said;
  auto const compare = [](std::string_view what, std::string_view then,
                          std::string_view now) -> std::string {
    if (then == now) return {};
    return fmt::format("{}: live '{}', from the folder '{}'", what, then, now);
  };
  auto const word = conductor::word_of(said);
  for (auto const& how : {compare("verdict", live.verdict, word),
                          compare("kind", live.kind, verdict::name_of(said.kind)),
                          compare("recovery", live.recovery, verdict::name_of(said.recovery)),
                          compare("signature", live.signature.value_or(""), of.again.signature)})
    if (!how.empty()) return how;
  if (live.met != of.again_met)
    return fmt::format("expectation: live {}, from the folder {}", live.met ? "met" : "not met",
                       of.again_met ? "met" : "not met");
  if (live.because != said.because)
    return fmt::format("reasons: live '{}', from the folder '{}'", fmt::join(live.because, "; "),
                       fmt::join(said.because, "; "));
  return {};
}

std::string sealed_and_readable(record const& of) {
  if (!of.complaints.empty()) return fmt::format("{}", fmt::join(of.complaints, "; "));
  if (!of.sealed) return "the folder has no manifest";
  return {};
}

}  // namespace

std::vector<promise> const& promises() {
  static std::vector<promise> const all{
      {"ends in time", ends_in_time},
      {"one verdict", one_verdict},
      {"no verdict before its cause", no_verdict_before_its_cause},
      {"evidence before healing before the end", evidence_before_healing_before_the_end},
      {"no fault left", no_fault_left},
      {"nothing left behind", nothing_left_behind},
      {"judged the same from the folder", judged_the_same_from_the_folder},
      {"sealed and readable", sealed_and_readable},
  };
  return all;
}

std::vector<std::string> broken_promises(record const& of) {
  std::vector<std::string> all;
  for (auto const& one : promises()) {
    auto how = one.broken(of);
    // Of a life that did not end there is nothing more to say.
    if (!how.empty()) all.push_back(fmt::format("{}: {}", one.name, how));
    if (!how.empty() && of.lived.ending != loop::simulated_loop::ending::done) break;
  }
  return all;
}

loop::duration longest_life(plan::plan const& what, bad_day const& day) {
  // Each piece of evidence has its own limit beside the budget for all: monitor, virtqueues and
  // registers 10 s each, ledgers 5 s, memory twice; probes; then healing and quitting. Most of it
  // fits into what the faults did not use of their time.
  constexpr auto rest = 30s;
  return granted_until_its_end(what, day) + 2 * what.limits.collect + rest;
}

}  // namespace wedgehog::simulation
