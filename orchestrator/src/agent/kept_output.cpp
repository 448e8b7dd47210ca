#include "agent/kept_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wedgehog::agent {

namespace {

std::string words_for(std::uint64_t bytes, bool on_new_line) {
  return fmt::format("{}… [{} bytes are left out here] …\n", on_new_line ? "" : "\n", bytes);
}

bool ends_a_line(std::string_view text) {
  return text.empty() || text.back() == '\n';
}

}  // namespace

kept_text::kept_text(std::size_t most) : head_limit_(most / 2), tail_(most - most / 2) {}

void kept_text::append(std::string_view bytes) {
  if (tail_.empty()) {
    auto const room = head_limit_ - std::min(head_limit_, head_.size());
    auto const first = bytes.substr(0, room);
    head_ += first;
    bytes.remove_prefix(first.size());
  }
  if (!bytes.empty()) tail_.push(bytes);
}

void kept_text::lost(std::uint64_t bytes) {
  if (bytes == 0) return;
  lost_ += bytes;
  append(words_for(bytes, ends_a_line(tail_.empty() ? head_ : std::string_view("x"))));
}

std::string kept_text::text() const {
  auto whole = head_;
  if (tail_.forgotten() > 0) whole += words_for(tail_.forgotten(), ends_a_line(whole));
  whole += tail_.text();
  return whole;
}

std::string kept_text::last(std::size_t most) const {
  auto end = tail_.forgotten() == 0 ? head_ + tail_.text() : tail_.text();
  while (!end.empty() && (end.back() == '\n' || end.back() == '\r')) end.pop_back();
  return end.size() > most ? end.substr(end.size() - most) : end;
}

void kept_output::take(wire::output const& piece) {
  auto& expected = expected_[piece.stream == wire::output_stream::standard_output ? 0 : 1];
  if (piece.offset > expected) text_.lost(piece.offset - expected);
  text_.append(piece.bytes);
  expected = std::max(expected, piece.offset) + piece.bytes.size();
}

void kept_output::finish(wire::ended const& how) {
  std::array<std::uint64_t, 2> const produced{how.output_bytes, how.error_bytes};
  for (std::size_t i = 0; i < produced.size(); ++i)
    if (produced[i] > expected_[i])
      text_.lost(produced[i] - std::exchange(expected_[i], produced[i]));
}

}  // namespace wedgehog::agent
