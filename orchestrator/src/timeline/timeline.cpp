#include "timeline/timeline.hpp"

namespace wedgehog::timeline {

std::string to_text(timeline const& whole) {
  std::string text;
  for (auto const& one : whole.signals()) {
    text += to_text(one);
    text += '\n';
  }
  return text;
}

reading read_text(std::string_view text) {
  reading read;
  while (!text.empty()) {
    auto const end = text.find('\n');
    auto const line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (auto one = from_text(line)) {
      read.signals.append(std::move(one.value()));
    } else if (read.skipped++ == 0) {
      read.first_complaint = one.error().message();
    }
  }
  return read;
}

}  // namespace wedgehog::timeline
