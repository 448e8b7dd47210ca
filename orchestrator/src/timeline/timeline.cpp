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

void text_reader::skip(std::string why) {
  if (skipped_++ == 0) first_complaint_ = std::move(why);
}

void text_reader::line(std::string_view text) {
  if (text.empty()) return;
  if (auto one = from_text(text))
    signals_(std::move(one.value()));
  else
    skip(one.error().message());
}

void text_reader::feed(std::string_view piece) {
  while (!piece.empty()) {
    auto const end = piece.find('\n');
    auto const part = piece.substr(0, end);
    bool const whole = end != std::string_view::npos;
    piece.remove_prefix(whole ? end + 1 : piece.size());
    if (begun_.size() + part.size() > longest_line) too_long_ = true;
    if (too_long_) {
      begun_.clear();
      if (whole) skip("a timeline line is too long");
      too_long_ = !whole;
    } else if (!whole) {
      begun_ += part;
    } else if (begun_.empty()) {
      line(part);
    } else {
      begun_ += part;
      line(begun_);
      begun_.clear();
    }
  }
}

void text_reader::finish() {
  if (too_long_) skip("a timeline line is too long");
  too_long_ = false;
  line(begun_);
  begun_.clear();
}

reading read_text(std::string_view text) {
  reading read;
  text_reader reader([&read](signal one) { read.signals.append(std::move(one)); });
  reader.feed(text);
  reader.finish();
  read.skipped = reader.skipped();
  read.first_complaint = reader.first_complaint();
  return read;
}

}  // namespace wedgehog::timeline
