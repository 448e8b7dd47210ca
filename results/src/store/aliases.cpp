#include "store/aliases.hpp"

#include <algorithm>
#include <vector>

namespace wedgehog::store {
namespace {

struct alias {
  std::string signature;
  std::string stands_for;
};

}  // namespace

result<alias_table> aliases_in(sqlite::connection& on) {
  auto const all =
      on.rows("SELECT signature, stands_for FROM aliases", {}, [](sqlite::row const& at) {
        return alias{at.text(0), at.text(1)};
      });
  if (!all) return all.error();
  alias_table found;
  for (auto const& one : *all) found[one.signature] = one.stands_for;
  return found;
}

std::string canonical(alias_table const& aliases, std::string name) {
  std::vector<std::string> seen{name};
  for (auto next = aliases.find(name); next != aliases.end(); next = aliases.find(name)) {
    name = next->second;
    auto const again = std::find(seen.begin(), seen.end(), name);
    if (again != seen.end()) return *std::min_element(again, seen.end());
    seen.push_back(name);
  }
  return name;
}

}  // namespace wedgehog::store
