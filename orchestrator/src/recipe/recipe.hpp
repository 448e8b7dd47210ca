// Recipes: YAML written by people, turned into plans, or into everything that is wrong with it at
// once. `wedgehog check` is this library and nothing else: no files but through options::read_file,
// no QEMU.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"
#include "recipe/complaint.hpp"

namespace wedgehog::recipe {

struct options {
  // Only the combinations that have these values (`--variant fs=xfs`). The others are checked too.
  std::map<std::string, std::string> only{};
  // The seed of every plan, as it stands in a plan that is to be done again (`--seed`).
  std::optional<std::uint64_t> seed{};
  // Where chance begins when the recipe has no `seed`: drawn by the caller. Each combination
  // derives its own from it, and an equal base gives equal plans.
  std::uint64_t base_seed = 0;
  // When not empty: the images and collections that exist.
  std::vector<std::string> images{};
  // The least memory, in bytes, that a guest of an image boots with.
  std::map<std::string, std::uint64_t> least_memory{};
  std::vector<std::string> collections{};
  // What a file holds that the recipe names, so that its plans hold all they need. Empty: a recipe
  // that names one is wrong.
  std::function<result<std::string>(std::string const& name)> read_file{};
};

struct outcome {
  std::vector<plan::plan> plans{};      // none when there is any complaint
  std::vector<complaint> complaints{};  // in the order of the file; all blame the recipe
};

// `file_name` only stands in the plans. Never throws for any text.
[[nodiscard]] outcome parse(std::string_view text, std::string file_name,
                            options const& chosen = {});

// "[NAME=]KIND[:KEY=VALUE,…]": a fault as it is injected by hand into a run with these disks,
// checked like the step `inject`. It may miss. Blame: recipe; says all that is wrong and what was
// meant.
[[nodiscard]] result<plan::inject> read_fault_line(std::string_view text,
                                                   std::vector<plan::disk> const& disks);

// Of a recipe, for editors: JSON Schema 2020-12, made from the catalogue.
[[nodiscard]] std::string json_schema();

// What a word means, wherever it may stand; of a list ("faults", "steps", "schedules"): all of its
// words. Nothing when it is unknown.
[[nodiscard]] std::optional<std::string> explain(std::string_view word);
// All words that explain() knows, each once, sorted.
[[nodiscard]] std::vector<std::string> words();
// The known word that looks most like it; "" when none does.
[[nodiscard]] std::string nearest_known_word(std::string_view word);

// The table of one section of docs/recipe-language.md ("keys", "sections", "steps", "faults",
// "verdicts", "kinds") in Markdown; the document is tested against it.
[[nodiscard]] std::string word_table(std::string_view section);

}  // namespace wedgehog::recipe
