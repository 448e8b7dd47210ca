// Any bytes as a recipe: an answer, never an exception, and what is accepted survives being saved.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "recipe/recipe.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog;
  auto const read =
      recipe::parse({reinterpret_cast<char const*>(data), size}, "fuzz.yaml", {.base_seed = 1});
  ensure(read.plans.empty() != read.complaints.empty(), "a recipe is either right or wrong");
  for (auto const& each : read.plans) {
    auto const back = plan::from_text(plan::to_text(each));
    ensure(back && *back == each, "a plan reads back as it was written");
  }
  (void)recipe::print(read.complaints, "fuzz.yaml");
  return 0;
}
