#include "conductor/recovery.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "conductor/steps/steps.hpp"
#include "folder/files.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;
using verdict::state_word;

constexpr auto look_period = 250ms;

// Of what is confirmed: a machine that the host merely stopped is not.
bool is_gone(state_word state) {
  return state == state_word::panicked || state == state_word::rebooted ||
         state == state_word::exited || state == state_word::host_stopped;
}

}  // namespace

recovery::recovery(stage& on, plan::plan const& what, run_context& run, run_faults& faults,
                   verdict::judged_run const& judge, progress_teller& tell)
    : on_(on),
      plan_(what),
      run_(run),
      faults_(faults),
      judge_(judge),
      tell_(tell),
      asked_(run.lives.executor(), 1) {}

void recovery::ask(std::string why) {
  if (!plan_.recovery || !faults_.begun() || begun_) return;
  begun_ = true;
  asked_.push(std::move(why));
}

bool recovery::may_overcome(state_word state) const {
  return begun_ && !is_gone(state);
}

bool recovery::is_called_for_by(verdict::judgement const& said) const {
  if (!plan_.recovery || !faults_.begun() || begun_ || is_gone(said.state)) return false;
  bool const suspected = said.state == state_word::suspect || said.state == state_word::wedged;
  return said.confirmed || (suspected && plan_.recovery->when == plan::recovery_moment::suspect);
}

loop::awaitable<void> recovery::wait_if_begun() {
  if (!begun_) co_return;
  loop::mailbox<bool> never(run_.lives.executor());
  co_await never.receive();
}

void recovery::keep_ledgers() {
  for (auto const& [name, text] : run_.disks.ledgers()) {
    auto const path = "before-healing/" + name + ".ledger.json";
    auto made = folder::make_folder(run_.folder + "/before-healing");
    if (made) made = folder::write_document(run_.folder + "/" + path, text);
    if (made)
      kept_.push_back(path);
    else
      run_.record.reach(timeline::reached::host_trouble,
                        "keeping the ledger of disk " + name +
                            " before healing failed: " + made.error().message());
  }
}

loop::awaitable<void> recovery::heal() {
  keep_ledgers();
  co_await faults_.cut_short("the guest is left to recover");
  co_await faults_.injector().heal_all_but(plan_.recovery->keep);
  run_.record.reach(timeline::reached::faults_healed,
                    plan_.recovery->keep.empty()
                        ? ""
                        : fmt::format("but {}", fmt::join(plan_.recovery->keep, ", ")));
}

loop::awaitable<void> recovery::watch() {
  // The watch leaves out what the host held; a host that holds for ever must not hold the run.
  auto const patience = on_.time.now() + 2 * plan_.recovery->at_most + 30s;
  while (!judge_.recovery_over() && on_.time.now() < patience)
    co_await on_.time.sleep_for(look_period);
  auto const said = judge_.recovery();
  run_.record.reach(timeline::reached::recovery_ended,
                    said.word == verdict::recovery_word::none
                        ? ""
                        : fmt::format("{} after {:.1f} s: {}", verdict::name_of(said.word),
                                      said.after_s, said.who));
}

loop::awaitable<void> recovery::follow() {
  auto const why = co_await asked_.receive();
  run_.record.reach(timeline::reached::recovery_began, *why);
  tell_.phase("recovery", "healing all faults: " + *why);
  co_await heal();
  co_await watch();
  using verdict::recovery_word;
  auto const word = judge_.recovery().word;
  if (word == recovery_word::recovered || word == recovery_word::recovered_late) co_await check();
}

// What it says decides no less than a step does.
loop::awaitable<void> recovery::check() {
  if (plan_.recovery->check.empty()) co_return;
  plan::run const script{.script = plan_.recovery->check, .deadline = plan_.recovery->at_most};
  std::vector<plan::step> const steps{{.what = script}};
  auto const outcome = co_await perform_steps(run_, steps, "recovery.");
  note_failure(run_, outcome);
}

}  // namespace wedgehog::conductor
