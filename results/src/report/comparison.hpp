// Two sides, and whether one fails more often than the other: a table, and what it means in a
// sentence that claims no more than the numbers bear.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/described.hpp"
#include "base/enum_words.hpp"
#include "experiment/exposure.hpp"
#include "store/run.hpp"

namespace wedgehog::report {

// All that was seen of some cells together.
struct compared_side {
  std::string name;  // in sentences: A, B
  std::string text;  // what a person called it
  std::int64_t runs = 0;
  double hours = 0;
  std::map<std::string, std::int64_t> hits{};  // by signature; "" for failures without one
  std::map<std::string, std::int64_t> void_runs{};
  std::int64_t under_way = 0;
};
[[nodiscard]] compared_side side_of(std::string name, std::string text,
                                    std::span<store::cell_tally const> cells);

// One kind of failure on both sides.
struct compared_failure {
  std::string signature;  // "" for failures without one; `any` where all are counted together
  experiment::exposure a;
  experiment::exposure b;
};
inline constexpr std::string_view any_failure = "any";

// All failures together.
[[nodiscard]] compared_failure all_failures(compared_side const& a, compared_side const& b);
// One signature, whether or not it was seen.
[[nodiscard]] compared_failure failure_of(std::string const& signature, compared_side const& a,
                                          compared_side const& b);
// Each signature that either side has seen, those with most hits first.
[[nodiscard]] std::vector<compared_failure> each_failure(compared_side const& a,
                                                         compared_side const& b);

// How a failure's rate changed from B to A.
enum class change { new_, gone, more_often, less_often, no_difference };
BOOST_DESCRIBE_ENUM(change, new_, gone, more_often, less_often, no_difference)
[[nodiscard]] change change_of(compared_failure const& one);

// "A fails 6.1 times as often as B (95 %: 1.6 to 42 at any look, 3.1 to 13 if this is the only
// look)." And where one side is clean, whether that excludes the other's rate.
[[nodiscard]] std::string sentence_of(compared_failure const& one, compared_side const& a,
                                      compared_side const& b);

[[nodiscard]] std::string comparison_text(compared_side const& a, compared_side const& b,
                                          std::span<compared_failure const> failures);
// One object, on one line. What has no bound or is not known is null.
[[nodiscard]] std::string comparison_json(compared_side const& a, compared_side const& b,
                                          std::span<compared_failure const> failures);

}  // namespace wedgehog::report
