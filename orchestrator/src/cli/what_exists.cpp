#include "cli/what_exists.hpp"

#include "cli/images.hpp"
#include "cli/places.hpp"
#include "vm/guest_needs.hpp"

namespace wedgehog::cli {

recipe::options what_exists() {
  recipe::options chosen;
  chosen.collections = {"ps", "dmesg", "proc"};  // what every guest agent offers
  auto const where = find_places();
  if (!where) return chosen;
  chosen.images = image_names(where.value());
  for (auto const& name : chosen.images)
    if (auto const needs = vm::read_guest_needs(where->images + "/" + name + "/profile.yaml"))
      chosen.least_memory[name] = needs->least_memory;
  return chosen;
}

}  // namespace wedgehog::cli
