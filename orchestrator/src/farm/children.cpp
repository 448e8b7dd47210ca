#include "farm/children.hpp"

#include <fmt/format.h>

namespace wedgehog::farm {

std::string children::describe() const {
  return slots_ == 1 ? "one child of this process at a time"
                     : fmt::format("up to {} children of this process", slots_);
}

}  // namespace wedgehog::farm
