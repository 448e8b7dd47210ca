// First the faults end, then the guest is judged: what would be lost is kept, all faults are
// healed, and the guest gets its time to make progress again.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>

#include "conductor/one_run.hpp"
#include "loop/within.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto look_period = 250ms;
// Of a guest that does not answer nothing can be had back: it is about to be ended.
constexpr auto last_heal_limit = 3s;

}  // namespace

void one_run::ask_for_recovery(std::string why) {
  if (!plan_.recovery || !injector_ || recovery_began_) return;
  recovery_began_ = true;
  recovery_asked_.push(std::move(why));
}

// Ends only by being cancelled, when the recovery is over; at once where there is none.
loop::awaitable<void> one_run::wait_for_recovery() {
  if (!recovery_began_) co_return;
  loop::mailbox<bool> never(executor_);
  co_await never.receive();
}

// A run that cannot be spoken to is none the worse for it.
void one_run::listen_to_people() {
  auto const into_record = [this](timeline::payload what) { record_.record(std::move(what)); };
  auto listening =
      live_control::listen(executor_, lives_.runtime_folder() + "/control", folder_ + "/control",
                           {key_.name, plan_, *injector_, env_.read_fault, into_record});
  if (!listening) {
    record_.record(timeline::mark(timeline::reached::control_missing, listening.error().message()));
    return;
  }
  by_hand_ = std::move(listening.value());
  listening_.spawn(by_hand_->serve(listening_));
}

// A guest that is gone recovers from nothing.
bool one_run::recovers_from(verdict::state_word state) const {
  using verdict::state_word;
  return recovery_began_ && state != state_word::panicked && state != state_word::rebooted &&
         state != state_word::exited;
}

bool one_run::asks_for_recovery(verdict::judgement const& said) const {
  using verdict::state_word;
  if (!plan_.recovery || !injector_ || recovery_began_) return false;
  if (said.state == state_word::panicked || said.state == state_word::rebooted ||
      said.state == state_word::exited)
    return false;
  bool const suspected = said.state == state_word::suspect || said.state == state_word::wedged;
  return said.confirmed || (suspected && plan_.recovery->when == plan::recovery_moment::suspect);
}

void one_run::keep_ledgers_before_healing() {
  std::error_code failure;
  std::filesystem::create_directories(folder_ + "/before-healing", failure);
  for (auto const& [name, text] : lives_.disks().ledgers()) {
    auto const path = "before-healing/" + name + ".ledger.json";
    std::ofstream file(folder_ + "/" + path, std::ios::binary);
    file << text;
    if (file.flush())
      kept_before_healing_.push_back(path);
    else
      host_trouble("keeping the ledger of disk " + name + " before healing failed");
  }
}

loop::awaitable<void> one_run::recover_when_asked() {
  auto const why = co_await recovery_asked_.receive();
  record_.record(timeline::mark(timeline::reached::recovery_began, *why));
  tell("recovery", "healing all faults: " + *why);
  keep_ledgers_before_healing();
  // What the steps still come to is no longer injected, and so not missing.
  faults_cut_short_ = !outcome_.steps_finished;
  injector_->close("the guest is left to recover");
  co_await schedule_->stop();
  co_await injector_->heal_all_but(plan_.recovery->keep);
  record_.record(timeline::mark(
      timeline::reached::faults_healed,
      plan_.recovery->keep.empty() ? ""
                                   : fmt::format("but {}", fmt::join(plan_.recovery->keep, ", "))));
  // The watch leaves out what the host held; a host that holds for ever must not hold the run.
  auto const patience = env_.time.now() + 2 * plan_.recovery->at_most + 30s;
  while (!judge_.recovery_over() && env_.time.now() < patience)
    co_await env_.time.sleep_for(look_period);
  auto const said = judge_.recovery();
  record_.record(
      timeline::mark(timeline::reached::recovery_ended,
                     said.word == verdict::recovery_word::none
                         ? ""
                         : fmt::format("{} after {:.1f} s: {}", verdict::name_of(said.word),
                                       said.after_s, said.who)));
  using verdict::recovery_word;
  if (said.word == recovery_word::recovered || said.word == recovery_word::recovered_late)
    co_await check_the_recovered();
}

// What it says decides no less than a step does.
loop::awaitable<void> one_run::check_the_recovered() {
  if (plan_.recovery->check.empty()) co_return;
  plan::run const check{.script = plan_.recovery->check, .deadline = plan_.recovery->at_most};
  std::vector<plan::step> const steps{{.what = check}};
  auto context = surroundings();
  take(co_await perform_steps(context, steps, "recovery."));
}

loop::awaitable<void> one_run::heal_what_is_left() {
  if (!injector_) co_return;
  try {
    bool const healed = co_await loop::within(env_.time, last_heal_limit, injector_->heal_all());
    if (!healed)
      record_.record(timeline::mark(timeline::reached::faults_left, "healing them took too long"));
  } catch (std::exception const& failure) {
    host_trouble(fmt::format("healing the faults that were left failed: {}", failure.what()));
  }
}

}  // namespace wedgehog::conductor
