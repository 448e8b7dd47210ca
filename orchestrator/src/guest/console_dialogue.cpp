#include "guest/console_dialogue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "recipe/complaint.hpp"

namespace wedgehog::guest {
namespace {

// As much as a screen or two.
constexpr std::size_t words_kept = 4096;
constexpr std::size_t words_shown = 1500;

std::size_t longest_expected(talk_plan const& plan) {
  std::size_t longest = 1;
  for (auto const& one : plan.steps) longest = std::max(longest, one.expect.size());
  for (auto const& one : plan.meanwhile) longest = std::max(longest, one.expect.size());
  return longest;
}

// Where the escape sequence that begins at `at` ends: ESC [ … letter, ESC ] … BEL, or ESC letter.
std::size_t end_of_escape(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return text.size();
  auto i = at + 2;
  if (text[at + 1] == '[') {
    while (i < text.size() && (text[i] < '@' || text[i] > '~')) ++i;
    return std::min(i + 1, text.size());
  }
  if (text[at + 1] == ']') {
    while (i < text.size() && text[i] != '\a' && text[i] != '\n') ++i;
    return std::min(i + 1, text.size());
  }
  return i;
}

}  // namespace

std::string without_cursor_moves(std::string_view console) {
  std::string plain;
  for (std::size_t i = 0; i < console.size();) {
    char const c = console[i];
    if (c == '\x1b') {
      i = end_of_escape(console, i);
      continue;
    }
    ++i;
    bool const shown =
        c == '\n' || c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    if (shown) plain += c;
  }
  return plain;
}

console_dialogue::console_dialogue(talk_plan plan, microseconds now)
    : plan_(std::move(plan)),
      asked_(plan_.meanwhile.size(), 0),
      longest_(longest_expected(plan_)),
      begun_(now),
      quiet_since_(now) {}

talk_step const* console_dialogue::awaited() const {
  return failure_ || over_ >= plan_.steps.size() ? nullptr : &plan_.steps[over_];
}

bool console_dialogue::ends_with(std::string_view expected) const {
  return !expected.empty() && heard_.ends_with(expected);
}

std::string console_dialogue::advance(microseconds now) {
  std::string typed = plan_.steps[over_].send;
  heard_.clear();
  ++over_;
  begun_ = quiet_since_ = now;
  return typed + say_unasked(now);
}

std::string console_dialogue::say_unasked(microseconds now) {
  auto const* const step = awaited();
  return step != nullptr && step->expect.empty() ? advance(now) : std::string();
}

std::string console_dialogue::answer(microseconds now) {
  for (std::size_t i = 0; i < plan_.meanwhile.size(); ++i) {
    auto const& one = plan_.meanwhile[i];
    if (!ends_with(one.expect)) continue;
    heard_.clear();
    if (!one.failure.empty()) {
      fail(one.failure);
    } else if (++asked_[i] > one.most) {
      fail(
          fmt::format("it said '{}' again, after it had been answered", recipe::shown(one.expect)));
    } else {
      quiet_since_ = now;
      return one.send;
    }
    return {};
  }
  return {};
}

// Byte by byte: what ends first is what was said first, however the text was cut.
std::string console_dialogue::hear(std::string_view text, microseconds now) {
  std::string typed = say_unasked(now);
  if (!text.empty()) quiet_since_ = now;
  for (char const c : text) {
    if (words_.size() >= 2 * words_kept) words_.erase(0, words_.size() - words_kept);
    words_ += c;
    auto const* const now_awaited = awaited();
    if (now_awaited == nullptr) continue;
    heard_ += c;
    if (heard_.size() > 2 * longest_ + 4096) heard_.erase(0, heard_.size() - longest_);
    typed += ends_with(now_awaited->expect) ? advance(now) : answer(now);
  }
  return typed + look(now);
}

std::string console_dialogue::look(microseconds now) {
  std::string typed = say_unasked(now);
  auto const* const step = awaited();
  if (step == nullptr) return typed;
  if (now - begun_ >= step->limit) {
    fail(fmt::format("it did not say '{}' within {}", recipe::shown(step->expect),
                     describe_duration(step->limit)));
  } else if (step->after > microseconds(0) && now - quiet_since_ >= step->after) {
    quiet_since_ = now;
    typed += step->again;
  }
  return typed;
}

std::optional<microseconds> console_dialogue::next_look() const {
  auto const* const step = awaited();
  if (step == nullptr) return std::nullopt;
  auto const end = begun_ + step->limit;
  if (step->after <= microseconds(0)) return end;
  return std::min(end, quiet_since_ + step->after);
}

std::string console_dialogue::last_words() const {
  auto plain = without_cursor_moves(words_);
  while (!plain.empty() && (plain.back() == '\n' || plain.back() == ' ')) plain.pop_back();
  if (plain.size() <= words_shown) return plain;
  // From the beginning of a line, where there is one.
  auto const cut = plain.size() - words_shown;
  auto const line = plain.find('\n', cut);
  return "…" + plain.substr(line == std::string::npos ? cut : line + 1);
}

void console_dialogue::fail(std::string why) {
  failure_ = fmt::format("{} (step {} of {} of its dialogue)", std::move(why), over_ + 1,
                         plan_.steps.size());
}

}  // namespace wedgehog::guest
