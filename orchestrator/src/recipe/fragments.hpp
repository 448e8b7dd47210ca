// `include`: fragments of recipes, put in where a recipe names them. What comes out is one tree, as
// if it had been written in one file, but each value still knows which file it stands in.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "recipe/document.hpp"

namespace wedgehog::recipe {

// What a fragment holds, by its name below the folder of the recipe ("parts/chroot.yaml": never
// absolute, never with ".."). Empty: there are no files.
using fragment_reader = std::function<result<std::string>(std::string const& name)>;

struct whole_recipe {
  node_ptr root{};
  std::vector<complaint> complaints{};
  std::vector<std::string> fragments{};  // their names, each once
};

// `file_name` is the recipe's, as given: the complaints call fragments by it ("dir/x.yaml" makes
// "dir/parts/chroot.yaml"). Bounded in depth, files and values.
[[nodiscard]] whole_recipe put_in_fragments(node_ptr root, std::string_view file_name,
                                            fragment_reader const& read);

// "parts/../chroot.yaml" is "chroot.yaml"; an error when it is absolute or leaves where it began.
[[nodiscard]] result<std::string> path_within(std::string_view folder, std::string_view name);

}  // namespace wedgehog::recipe
