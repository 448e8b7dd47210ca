// Where a run goes: a folder of its own below runs/, made by the one who names it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "folder/moment.hpp"

namespace wedgehog::farm {

// "Lost wakeup (ext4)" -> "lost-wakeup-ext4": what is safe in a path and short in a table.
[[nodiscard]] std::string short_name(std::string_view recipe);

struct run_place {
  std::filesystem::path folder;
  std::string name;  // lost-wakeup-20261121-0341-7f3a: recipe, UTC date and time, four digits
};
// Makes the folder below `runs`; no other process gets the same. Blame: host.
result<run_place> make_run_place(std::filesystem::path const& runs, std::string_view recipe,
                                 folder::moment started);

}  // namespace wedgehog::farm
