#include "conductor/progress.hpp"

namespace wedgehog::conductor {

std::string to_line(progress const& now) {
  progress cut = now;
  for (auto* text : {&cut.run, &cut.phase, &cut.step, &cut.state, &cut.note})
    if (text->size() > longest_progress_text) text->resize(longest_progress_text);
  // JSON has no line feeds of its own: whatever the texts hold, this is one line.
  return json::serialize(to_object(cut)) + '\n';
}

std::optional<progress> progress_from(std::string_view line) {
  boost::system::error_code failed;
  auto const read = json::parse(json::string_view(line.data(), line.size()), failed);
  if (failed || !read.is_object()) return std::nullopt;
  progress now;
  from_object(read.get_object(), now);
  return now;
}

}  // namespace wedgehog::conductor
