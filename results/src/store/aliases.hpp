// Which names of failures stand for which: a person's word that two signatures are one.
#pragma once

#include <map>
#include <string>

#include "store/sqlite.hpp"

namespace wedgehog::store {

// Each alias with the name that it stands for, which may be an alias itself.
using alias_table = std::map<std::string, std::string>;

result<alias_table> aliases_in(sqlite::connection& on);

// Follows the aliases. Two hosts may have named each other's: of such a circle the first in the
// alphabet counts, wherever one begins.
std::string canonical(alias_table const& aliases, std::string name);

}  // namespace wedgehog::store
