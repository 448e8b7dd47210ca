// Which runs a person means when two sides are compared: "image=linux-6.12,variant=fs=xfs".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/exposure.hpp"
#include "store/run.hpp"

namespace wedgehog::report {

// Terms that must all hold. Each is WORD=VALUE, cut at its first `=`, so that a value may have more
// of them. They are joined by `,`, or by `&` where a value has a comma.
struct selection {
  std::string text;  // as the person wrote it
  std::vector<std::string> recipes{};
  std::vector<std::string> variants{};  // each a term of a variant (fs=xfs); empty: no variant
  std::vector<std::string> images{};
  std::vector<std::string> kernels{};  // a release or its beginning: 6.1 is not 6.12
  std::vector<std::string> campaigns{};
  store::cell_filter when{};
};

// `now`: what since=7d and until=1d are counted back from; both also take a moment of UTC
// (2026-11-21, 2026-11-21T03:41:07.123Z). Blame: recipe.
[[nodiscard]] result<selection> parse_selection(std::string_view text, store::moment now);

[[nodiscard]] bool selects(selection const& wanted, store::cell_tally const& cell);

// What is wrong with a selection of which nothing is there: the terms that hold nowhere, and what
// there is in their place. `cells`: of all that is known.
[[nodiscard]] std::string what_exists_instead(selection const& wanted,
                                              std::span<store::cell_tally const> cells);

}  // namespace wedgehog::report
