// Times as transports write them: at the start of a line, in the formats of syslog, journalctl,
// dmesg and the kernel itself.
#pragma once

#include <cstddef>
#include <string_view>

namespace wedgehog::console {

// How many decimal digits stand at the start.
[[nodiscard]] std::size_t leading_digits(std::string_view text);
// The number at the start; 0 when there is none.
[[nodiscard]] double leading_number(std::string_view text);

// The length of "2025-06-05T12:00:01.123456+00:00", also with a blank in the middle; 0 when there
// is none.
[[nodiscard]] std::size_t iso_time(std::string_view text);
// The length of "Jun  5 12:00:01", the month in any language, with a year behind the day or none; 0
// when there is none.
[[nodiscard]] std::size_t syslog_time(std::string_view text);

// The length of a date and time in an order that loggers and people prefer: "05.06.2025 12:00:01",
// "2025/06/05 12:00:01", "5 Jun 12:00:01", "Thu Jun  5 12:00:01 2025"; 0 when there is none.
[[nodiscard]] std::size_t other_date(std::string_view text);
// The length of "12:00:01.123" with a blank behind it; 0 when there is none.
[[nodiscard]] std::size_t plain_clock(std::string_view text);

struct bracketed {
  std::size_t length = 0;  // with the brackets; 0: no time stands here
  std::string_view inside;
  double seconds = -1;  // the kernel's own time, where this is one
};
// "[   12.345678]", "[  +0.000004]", "[ 12.345678@1]", "[ 12.345678,1]", "[ 12.345678 <
// 0.000004>]",
// "[Thu Jun  5 12:00:01 2025]", "[Jun 5 12:00]", "[<   0.000004>]".
[[nodiscard]] bracketed bracketed_time(std::string_view text);

}  // namespace wedgehog::console
