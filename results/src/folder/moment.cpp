#include "folder/moment.hpp"

#include <fmt/format.h>

#include <charconv>

namespace wedgehog::folder {
namespace {

using namespace std::chrono;

struct civil {
  year_month_day date;
  hh_mm_ss<milliseconds> time;
};

civil split(moment when) {
  auto const day = floor<days>(when);
  return {year_month_day(day), hh_mm_ss<milliseconds>(when - day)};
}

std::optional<int> digits(std::string_view text) {
  int number = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || text.front() == '-') return {};
  return number;
}

}  // namespace

std::string to_text(moment when) {
  auto const [date, time] = split(when);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::optional<moment> parse_moment(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != shape.size()) return {};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    bool const digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return {};
  }
  auto const part = [&](std::size_t from, std::size_t length) {
    return *digits(text.substr(from, length));
  };
  year_month_day const date(year(part(0, 4)), month(static_cast<unsigned>(part(5, 2))),
                            day(static_cast<unsigned>(part(8, 2))));
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 60) return {};
  return moment(sys_days(date)) + hours(part(11, 2)) + minutes(part(14, 2)) + seconds(part(17, 2)) +
         milliseconds(part(20, 3));
}

std::string name_part(moment when) {
  auto const [date, time] = split(when);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count());
}

}  // namespace wedgehog::folder
