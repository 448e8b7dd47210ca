#include "cli/what_exists.hpp"

#include <algorithm>

#include "cli/images.hpp"
#include "cli/places.hpp"
#include "vm/image.hpp"

namespace wedgehog::cli {

recipe::options what_exists() {
  recipe::options chosen;
  auto const where = find_places();
  if (!where) return chosen;
  chosen.images = image_names(where.value());
  for (auto const& name : chosen.images) {
    auto const guest = vm::read_profile(home_of(where.value(), name).profile);
    if (!guest) continue;  // a run says what is wrong with it
    chosen.least_memory[name] = guest->least_memory;
    for (auto const& one : guest->collectors)
      if (std::find(chosen.collections.begin(), chosen.collections.end(), one) ==
          chosen.collections.end())
        chosen.collections.push_back(one);
  }
  return chosen;
}

}  // namespace wedgehog::cli
