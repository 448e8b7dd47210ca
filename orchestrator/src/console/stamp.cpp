#include "console/stamp.hpp"

#include <algorithm>

#include "console/text.hpp"

namespace wedgehog::console {

std::size_t leading_digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

double leading_number(std::string_view text) {
  double out = 0;
  for (char const c : text) {
    if (!is_digit(c)) break;
    out = out * 10 + (c - '0');
  }
  return out;
}

namespace {

// The length of "12:00:01" with an optional fraction after '.' or ','; 0 when there is none.
std::size_t clock_time(std::string_view text) {
  if (text.size() < 8 || leading_digits(text) != 2 || text[2] != ':' ||
      leading_digits(text.substr(3)) != 2 || text[5] != ':' || leading_digits(text.substr(6)) != 2)
    return 0;
  std::size_t const fraction =
      text.size() > 9 && (text[8] == '.' || text[8] == ',') ? leading_digits(text.substr(9)) : 0;
  return fraction == 0 ? 8 : 9 + fraction;
}

// "Z", "+0000", "+00:00", "-0730".
std::size_t zone_offset(std::string_view text) {
  if (text.starts_with('Z')) return 1;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return 0;
  std::size_t const hours = leading_digits(text.substr(1));
  if (hours == 4) return 5;
  if (hours != 2) return 0;
  return text.size() >= 6 && text[3] == ':' && leading_digits(text.substr(4)) == 2 ? 6 : 3;
}

// "12:00" with nothing but digits, letters and signs of a date around it: what dmesg -T and -e put
// between brackets.
bool is_date(std::string_view inside) {
  bool time = false;
  for (std::size_t i = 2; i + 2 < inside.size(); ++i)
    if (inside[i] == ':' && leading_digits(inside.substr(i - 2)) == 2 &&
        leading_digits(inside.substr(i + 1)) == 2)
      time = true;
  return time && std::all_of(inside.begin(), inside.end(), [](char c) {
           return is_letter(c) || is_digit(c) ||
                  std::string_view(" :?.,+-/").find(c) != std::string_view::npos;
         });
}

// "<    0.000004>" and "<    0.000004 >": what passed since the line before.
bool is_delta(std::string_view text) {
  if (!text.starts_with('<') || !text.ends_with('>')) return false;
  text = trimmed(text.substr(1, text.size() - 2));
  std::size_t const whole = leading_digits(text);
  return whole > 0 && text.substr(whole).starts_with('.') &&
         leading_digits(text.substr(whole + 1)) == text.size() - whole - 1;
}
}  // namespace

std::size_t iso_time(std::string_view text) {
  if (text.size() < 19 || leading_digits(text) != 4 || text[4] != '-' ||
      leading_digits(text.substr(5)) != 2 || text[7] != '-' ||
      leading_digits(text.substr(8)) != 2 || (text[10] != 'T' && text[10] != ' '))
    return 0;
  std::size_t const clock = clock_time(text.substr(11));
  return clock == 0 ? 0 : 11 + clock + zone_offset(text.substr(11 + clock));
}

std::size_t plain_clock(std::string_view text) {
  std::size_t const clock = clock_time(text);
  return clock > 0 && text.substr(clock).starts_with(' ') ? clock : 0;
}

namespace {
// "05.06.2025 12:00:01", "2025/06/05 12:00:01", "6-5-25 12:00:01".
std::size_t date_in_figures(std::string_view text) {
  std::size_t at = 0;
  char const sign = text[std::min(leading_digits(text), text.size() - 1)];
  if (sign != '.' && sign != '/' && sign != '-') return 0;
  for (int part = 0; part < 3; ++part) {
    std::size_t const figures = leading_digits(text.substr(at));
    if (figures == 0 || figures > 4) return 0;
    at += figures;
    if (part < 2 && (at >= text.size() || text[at++] != sign)) return 0;
  }
  if (!text.substr(at).starts_with(' ')) return 0;
  std::size_t const clock = clock_time(text.substr(at + 1));
  return clock == 0 ? 0 : at + 1 + clock;
}

// "Thu Jun  5 12:00:01 2025", as ctime writes it: the day and the year around syslog's form.
std::size_t ctime_time(std::string_view text) {
  std::size_t const day = text.substr(0, 16).find(' ');
  if (day == std::string_view::npos || day < 2 || !is_letter(text[0])) return 0;
  std::size_t const inner = syslog_time(text.substr(day + 1));
  if (inner == 0) return 0;
  std::size_t const at = day + 1 + inner;
  bool const year = text.substr(at).starts_with(' ') && leading_digits(text.substr(at + 1)) == 4;
  return year ? at + 5 : 0;
}

// "5 Jun 12:00:01", "5 Jun 2025 12:00:01".
std::size_t day_first(std::string_view text) {
  std::size_t const day = leading_digits(text);
  if (day == 0 || day > 2 || !text.substr(day).starts_with(' ')) return 0;
  std::size_t const month = text.substr(day + 1, 16).find(' ');
  if (month == std::string_view::npos || month < 3 || !is_letter(text[day + 1])) return 0;
  std::size_t at = day + 1 + month + 1;
  if (leading_digits(text.substr(at)) == 4 && text.substr(at + 4).starts_with(' ')) at += 5;
  std::size_t const clock = clock_time(text.substr(at));
  return clock == 0 ? 0 : at + clock;
}
}  // namespace

std::size_t other_date(std::string_view text) {
  if (text.empty()) return 0;
  if (is_digit(text[0])) return std::max(date_in_figures(text), day_first(text));
  return ctime_time(text);
}

std::size_t syslog_time(std::string_view text) {
  std::size_t const month = text.substr(0, 25).find(' ');
  if (month == std::string_view::npos || month == 0 ||
      text.substr(0, month).find_first_of("[]:;=<>()/\"") != std::string_view::npos)
    return 0;
  std::size_t at = std::min(text.find_first_not_of(' ', month), text.size());
  if (at > month + 2) return 0;
  std::size_t const day = leading_digits(text.substr(at));
  if (day == 0 || day > 2 || at + day >= text.size() || text[at + day] != ' ') return 0;
  at += day + 1;
  if (leading_digits(text.substr(at)) == 4 && text.substr(at + 4).starts_with(' ')) at += 5;
  std::size_t const clock = clock_time(text.substr(at));
  return clock == 0 ? 0 : at + clock;
}

bracketed bracketed_time(std::string_view text) {
  if (!text.starts_with('[')) return {};
  std::size_t const end = text.substr(0, longest_bracket).find(']');
  if (end == std::string_view::npos) return {};
  std::string_view inside = trimmed(text.substr(1, end - 1));
  bracketed out{end + 1, inside, -1};
  if (std::size_t const less = inside.find('<'); less != std::string_view::npos) {
    if (!is_delta(inside.substr(less))) return {};
    inside = trimmed(inside.substr(0, less));
    if (inside.empty()) return out;
  }
  bool const relative = inside.starts_with('+');
  std::string_view const number = inside.substr(relative ? 1 : 0);
  std::size_t const whole = leading_digits(number);
  if (whole > 0 && whole <= 10 && number.substr(whole).starts_with('.')) {
    std::size_t const part = leading_digits(number.substr(whole + 1));
    std::string_view const rest = number.substr(whole + 1 + part);
    bool const processor = (rest.starts_with('@') || rest.starts_with(',')) && rest.size() > 1 &&
                           leading_digits(rest.substr(1)) == rest.size() - 1;
    if (part < 3 || part > 9 || !(rest.empty() || processor)) return {};
    if (!relative) out.seconds = leading_number(number);
    return out;
  }
  if (!is_date(inside)) return {};
  return out;
}

}  // namespace wedgehog::console
