// wedgehog explain: the documentation of a word of the recipe language.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/terminal.hpp"
#include "recipe/recipe.hpp"

namespace wedgehog::cli {
namespace {

int explain(std::vector<std::string> const& words) {
  if (words.empty()) {
    print("Words of the recipe language, faults, verdicts and topics:\n");
    for (auto const& word : recipe::words()) print("  {}\n", word);
    return 0;
  }
  for (auto const& word : words) {
    auto const text = recipe::explain(word);
    if (!text) {
      auto const nearest = recipe::nearest_known_word(word);
      return complain(
          fmt::format("explain: '{}' is not a word{}; `wedgehog explain` lists them all", word,
                      nearest.empty() ? "" : fmt::format(", did you mean '{}'?", nearest)),
          exit_usage);
    }
    print("{}\n", *text);
  }
  return 0;
}

}  // namespace

void add_explain(CLI::App& to, common_options&, action& act) {
  auto* command = to.add_subcommand("explain",
                                    "Explain a step, fault or verdict, or how another kernel is "
                                    "booted; without a word: list them "
                                    "all");
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("words", *words,
                      "Words, or a whole list: keys, sections, steps, faults, schedules, verdicts, "
                      "kinds, topics");
  command->callback([words, &act] { act = [words] { return explain(*words); }; });
}

}  // namespace wedgehog::cli
