#include "nbd/trace_file.hpp"

#include "base/duration_list.hpp"
#include "loop/small_file.hpp"
#include "nbd/settings.hpp"

namespace wedgehog::nbd {

result<json::object> spec_with_trace(std::string_view text) {
  auto spec = spec_from_text(text);
  if (!spec) return spec;
  auto const* const named = spec->if_contains("trace_file");
  if (named == nullptr) return spec;
  if (spec->contains("trace"))
    return recipe_error("'trace' and 'trace_file' exclude each other: which delays are meant?");
  std::string const file(named->as_string());
  auto const content = loop::read_small_file(file, longest_duration_list);
  if (!content) return content.error();
  // The disk itself bounds them: by the latency's `limit`.
  auto const delays = read_duration_list(*content, file, microseconds::max());
  if (!delays) return delays.error();
  json::array listed;
  for (auto const each : *delays) listed.emplace_back(print_duration(each));
  spec->erase("trace_file");
  spec->insert_or_assign("trace", std::move(listed));
  return spec;
}

}  // namespace wedgehog::nbd
