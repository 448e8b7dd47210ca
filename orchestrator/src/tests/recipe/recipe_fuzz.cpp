// Any bytes as a recipe: an answer, never an exception, and what is accepted survives being saved.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ensure.hpp"
#include "recipe/recipe.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace wedgehog;
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  // Every fragment that it asks for is the same text again, behind what makes it a recipe.
  auto const rest = text.substr(std::min(text.find("include"), text.size()));
  recipe::options const chosen{.base_seed = 1,
                               .read_fragment = [rest](std::string const&) -> result<std::string> {
                                 return std::string(rest);
                               }};
  auto const read = recipe::parse(text, "fuzz.yaml", chosen);
  ensure(read.plans.empty() != read.complaints.empty(), "a recipe is either right or wrong");
  std::size_t looked_at = 0;
  for (auto const& each : read.plans) {
    if (++looked_at > 100) break;
    auto const back = plan::from_text(plan::to_text(each));
    ensure(back && *back == each, "a plan reads back as it was written");
  }
  (void)recipe::print(read.complaints, "fuzz.yaml");
  return 0;
}
