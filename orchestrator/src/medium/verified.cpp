#include "medium/verified.hpp"

#include <fmt/format.h>

#include "folder/checksum.hpp"

namespace wedgehog::medium {

result<void> verify(std::string const& file, guest::medium const& wanted) {
  auto const sum = folder::sum_of_file(wanted.sum.algorithm, file);
  if (!sum) return sum.error();
  if (*sum == wanted.sum.hex) return {};
  return recipe_error(fmt::format("{} is not {}: expected {}, and it has {}", file, wanted.name,
                                  guest::print_checksum(wanted.sum),
                                  guest::print_checksum({wanted.sum.algorithm, *sum})));
}

}  // namespace wedgehog::medium
