#include "farm/chosen_executor.hpp"

#include <fmt/format.h>

#include <array>
#include <sstream>

#include "farm/children.hpp"
#include "farm/slurm/executor.hpp"
#include "farm/slurm/streamed.hpp"

namespace wedgehog::farm {
namespace {

using options = std::vector<std::string>;

result<std::unique_ptr<executor>> local(executor_stage stage, options const& more) {
  if (!more.empty()) return recipe_error("the executor local takes no options");
  return std::unique_ptr<executor>(std::make_unique<children>(
      stage.time, stage.pool, stage.stop, performer_terms{{"/proc/self/exe", "perform"}},
      std::move(stage.close), stage.slots, std::move(stage.room)));
}

result<slurm::slurm_terms> terms_for_slurm(executor_stage& stage, std::string_view word,
                                           options const& more) {
  for (auto const& one : more)
    if (!one.starts_with("--"))
      return recipe_error(
          fmt::format("the executor {} takes options of {}, as {}:--partition=night, not '{}'",
                      word, word == "slurm" ? "sbatch" : word, word, one));
  std::error_code failure;
  auto const program = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) return system_failure("finding this program's file", failure.value());
  slurm::slurm_terms terms{.performer = {program.string(), "perform"},
                           .campaign = stage.campaign,
                           .more = more,
                           .slots = stage.slots,
                           .work = stage.results / "slurm" / stage.campaign};
  terms.say = std::move(stage.say);
  return terms;
}

result<std::unique_ptr<executor>> on_slurm(executor_stage stage, options const& more) {
  auto terms = terms_for_slurm(stage, "slurm", more);
  if (!terms) return terms.error();
  return std::unique_ptr<executor>(std::make_unique<slurm::slurm_executor>(
      stage.time, stage.pool, stage.stop, std::move(*terms), std::move(stage.close)));
}

result<std::unique_ptr<executor>> by_srun(executor_stage stage, options const& more) {
  auto terms = terms_for_slurm(stage, "srun", more);
  if (!terms) return terms.error();
  return std::unique_ptr<executor>(std::make_unique<slurm::streamed_executor>(
      stage.time, stage.pool, stage.stop, std::move(*terms), std::move(stage.close)));
}

struct kind_of_executor {
  std::string_view word;
  result<std::unique_ptr<executor>> (*make)(executor_stage, options const&);
};
constexpr std::array kinds{kind_of_executor{"local", local}, kind_of_executor{"slurm", on_slurm},
                           kind_of_executor{"srun", by_srun}};

}  // namespace

result<std::unique_ptr<executor>> make_executor(std::string_view word, executor_stage stage) {
  auto const colon = word.find(':');
  options more;
  if (colon != std::string_view::npos) {
    std::istringstream words{std::string(word.substr(colon + 1))};
    for (std::string one; words >> one;) more.push_back(one);
  }
  std::string known;
  for (auto const& kind : kinds) {
    if (kind.word == word.substr(0, colon)) return kind.make(std::move(stage), more);
    known += fmt::format("{}{}", known.empty() ? "" : ", ", kind.word);
  }
  return recipe_error(fmt::format("there is no executor '{}'; there are: {}", word, known));
}

}  // namespace wedgehog::farm
