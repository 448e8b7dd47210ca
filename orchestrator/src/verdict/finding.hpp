// What one detector says of one moment.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verdict/words.hpp"

namespace wedgehog::verdict {

struct finding {
  std::optional<state_word> state;  // none: only flags
  kind_word kind = kind_word::none;
  std::vector<flag_word> flags;
  std::vector<std::string> because;  // plain words and the numbers behind them
  std::string_view detector;         // who says so; the judge fills it in
  bool sure = false;                 // waiting would not change it
  double lasted_s = 0;               // how long it has been so at least, by the guest's clock
  std::string explained_by;          // the fault of ours that this is the intended effect of
};

}  // namespace wedgehog::verdict
