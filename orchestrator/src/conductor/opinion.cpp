#include "conductor/opinion.hpp"

namespace wedgehog::conductor {
namespace {
constexpr int exit_stopped = 130;
}

folder::judgement opinion_of(verdict::judged_run::conclusion const& concluded,
                             opinion_terms const& terms) {
  auto const& said = concluded.said;
  folder::judgement opinion{.judged = terms.when,
                            .judge = terms.judge,
                            .verdict = word_of(said),
                            .kind = std::string(verdict::name_of(said.kind)),
                            .recovery = std::string(verdict::name_of(said.recovery)),
                            .because = said.because,
                            .exit_code = exit_code_of(said),
                            .expected = describe(terms.expected)};
  if (concluded.stopped) opinion.exit_code = exit_stopped;
  opinion.met =
      !concluded.stopped &&
      fulfils(said, {terms.asked, concluded.failed_step, concluded.ready}, terms.expected);
  if (opinion.exit_code == 1) opinion.failed_for_s = said.lasted_s;
  if (!concluded.signature.empty()) opinion.signature = concluded.signature;
  // Only of what hangs the tasks are worth naming.
  if (said.word == verdict::run_word::wedged || said.word == verdict::run_word::locked_up)
    opinion.stuck = concluded.stuck;
  return opinion;
}

}  // namespace wedgehog::conductor
