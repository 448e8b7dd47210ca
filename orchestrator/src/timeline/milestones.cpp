#include "timeline/milestones.hpp"

namespace wedgehog::timeline {
std::vector<reached> const& all_milestones() {
  static std::vector<reached> const all = [] {
    std::vector<reached> list;
    for (auto const& one : words_of_enum<reached>) list.push_back(one.value);
    return list;
  }();
  return all;
}

std::optional<reached> milestone_of(milestone const& one) {
  reached found{};
  if (!parse_name(one.name, found)) return std::nullopt;
  return found;
}

milestone mark(reached what, std::string detail) {
  return {std::string(word_of(what)), std::move(detail)};
}

}  // namespace wedgehog::timeline
