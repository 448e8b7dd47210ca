#include "console/events.hpp"

#include <algorithm>

namespace wedgehog::console {

namespace {
// A text is fed in pieces that hold fewer reports than the reader keeps.
constexpr std::size_t piece = 4096;
}  // namespace

void event_list::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    std::string_view const next = bytes.substr(0, piece);
    reader_->feed(next);
    gather();
    bytes.remove_prefix(next.size());
  }
}

void event_list::finish() {
  reader_->finish();
  gather();
  std::stable_sort(events_.begin(), events_.end(), [](event const& a, event const& b) {
    return a.what.line_number < b.what.line_number;
  });
}

void event_list::gather() {
  for (auto& note : reader_->take_findings()) {
    if (note.level >= severity::warning) continue;  // the report will say it
    event one;
    one.name.signature = signature_of(note.class_word, {}, note.title);
    one.last_line = note.line_number;
    one.what = std::move(note);
    keep(std::move(one));
  }
  for (auto& closed : reader_->take()) {
    event one;
    one.last_line = closed.head.line_number;
    one.name = std::move(static_cast<failure_name&>(closed));
    one.what = std::move(closed.head);
    one.type = std::move(closed.type);
    keep(std::move(one));
  }
}

void event_list::keep(event one) {
  if (!events_.empty() && one.is_note() && events_.back().is_note() &&
      events_.back().name.signature == one.name.signature) {
    ++events_.back().count;
    events_.back().last_line = one.last_line;
    return;
  }
  if (events_.size() < most_events)
    events_.push_back(std::move(one));
  else
    ++omitted_;
}

event const* event_list::naming() const {
  auto const failure =
      std::find_if(events_.begin(), events_.end(), [](event const& one) { return !one.is_note(); });
  if (failure != events_.end()) return &*failure;
  auto const lost = std::find_if(events_.begin(), events_.end(), [](event const& one) {
    return one.what.class_word == "io-timeout";
  });
  return lost == events_.end() ? nullptr : &*lost;
}

}  // namespace wedgehog::console
