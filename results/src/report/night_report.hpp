// What a night found, and what is different from another one. Pure; text of guests is made safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "report/comparison.hpp"
#include "store/run.hpp"

namespace wedgehog::report {

// A cell that failed in some runs and passed in others.
struct flaky_cell {
  std::string title;  // "xfs-log [scheduler=none] on linux"
  std::int64_t runs = 0;
  std::int64_t hits = 0;
};

struct failure_of_night {
  compared_failure numbers;  // a: this night, b: the other
  change how = change::new_;
  std::string sentence;  // empty without another night
};

struct night_report {
  compared_side night;
  std::optional<compared_side> other;
  // Without another night: all of this one, as `new_`.
  std::vector<failure_of_night> failures;
  std::vector<flaky_cell> flaky;
  // Cells that only one of the nights has: their hours are in no comparison of the two.
  std::vector<std::string> only_here;
  std::vector<std::string> only_there;
};

[[nodiscard]] night_report report_of_night(std::string name,
                                           std::span<store::cell_tally const> cells);
// Compares the cells that both have: each failure over the hours of those in which either saw it.
// One that was seen only in a cell that the other does not have is new if the other knows it from
// nowhere.
[[nodiscard]] night_report report_of_night(std::string name,
                                           std::span<store::cell_tally const> cells,
                                           std::string other,
                                           std::span<store::cell_tally const> others);

[[nodiscard]] std::string night_text(night_report const& what);
[[nodiscard]] std::string night_json(night_report const& what);  // one line
[[nodiscard]] std::string night_html(night_report const& what);  // one page that needs nothing else
// A test case per failure (new and more frequent ones fail), and one for the runs that were void.
[[nodiscard]] std::string night_junit(night_report const& what);

}  // namespace wedgehog::report
