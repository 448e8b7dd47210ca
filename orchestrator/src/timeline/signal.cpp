#include "timeline/signal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace wedgehog::timeline {
namespace {

// Kind names in the order of the variant.
constexpr std::string_view kind_names[] = {
    "beat",      "canary",        "workload", "console_line",  "console_class",
    "qmp_event", "machine_state", "disk",     "vcpu",          "guest",
    "host",      "hold",          "fault",    "step",          "milestone",
    "gap",       "probe",         "output",   "workload_tasks"};
static_assert(std::size(kind_names) == std::variant_size_v<payload>);

// JSON text must be UTF-8; consoles are not. Bytes that are not valid UTF-8 become U+FFFD.
std::string valid_utf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    auto const lead = static_cast<unsigned char>(text[i]);
    std::size_t const length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    bool whole = length != 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) {
      auto const next = static_cast<unsigned char>(text[i + k]);
      whole = (next & 0xc0U) == 0x80U;
      if (k == 1 && lead == 0xe0) whole = whole && next >= 0xa0;
      if (k == 1 && lead == 0xed) whole = whole && next < 0xa0;
      if (k == 1 && lead == 0xf0) whole = whole && next >= 0x90;
      if (k == 1 && lead == 0xf4) whole = whole && next < 0x90;
    }
    if (whole) {
      clean.append(text.substr(i, length));
      i += length;
    } else {
      clean += "\xef\xbf\xbd";
      ++i;
    }
  }
  return clean;
}

// 15 significant digits: as many as survive a way through text, where a reader may be off by the
// last bit (Boost.JSON 1.81 is). So what was read prints as it was written.
double rounded(double value) {
  auto const text = fmt::format("{:.15g}", value);
  double result = value;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

void make_printable(json::value& value) {
  if (auto* text = value.if_string()) {
    if (std::any_of(text->begin(), text->end(),
                    [](char c) { return static_cast<signed char>(c) < 0; }))
      *text = valid_utf8(*text);
  } else if (auto* number = value.if_double()) {
    if (std::isfinite(*number)) *number = rounded(*number);
  } else if (auto* array = value.if_array()) {
    for (auto& item : *array) make_printable(item);
  } else if (auto* object = value.if_object()) {
    for (auto& member : *object) make_printable(member.value());
  }
}

template <std::size_t Index = 0>
bool read_payload(std::string_view kind, json::object const& object, payload& out) {
  if constexpr (Index == std::variant_size_v<payload>) {
    return false;
  } else {
    if (kind_names[Index] != kind) return read_payload<Index + 1>(kind, object, out);
    std::variant_alternative_t<Index, payload> parsed;
    from_object(object, parsed);
    out = std::move(parsed);
    return true;
  }
}

}  // namespace

std::string_view kind_of(payload const& what) {
  return kind_names[what.index()];
}

std::string to_text(signal const& one) {
  json::value members =
      std::visit([](auto const& what) -> json::value { return to_object(what); }, one.what);
  make_printable(members);
  std::string const body = json::serialize(members);
  auto const ticks = std::abs(one.at.count());
  std::string text = fmt::format(R"({{"t":{}{}.{:06},"signal":"{}")", one.at.count() < 0 ? "-" : "",
                                 ticks / 1'000'000, ticks % 1'000'000, kind_of(one.what));
  if (body.size() > 2) {
    text += ',';
    text.append(body, 1);
  } else {
    text += '}';
  }
  return text;
}

result<signal> from_text(std::string_view line) {
  boost::system::error_code failure;
  json::parse_options options;
  options.max_depth = 8;
  json::value const value =
      json::parse(json::string_view(line.data(), line.size()), failure, {}, options);
  if (failure || !value.is_object())
    return host_error(fmt::format("a timeline line is not a JSON object: {}", line.substr(0, 80)));
  auto const& object = value.get_object();
  auto const* t = object.if_contains("t");
  auto const* kind = object.if_contains("signal");
  if (t == nullptr || !t->is_number() || kind == nullptr || !kind->is_string())
    return host_error(fmt::format("a timeline line lacks t or signal: {}", line.substr(0, 80)));
  double const seconds = t->to_number<double>();
  if (!std::isfinite(seconds) || std::abs(seconds) > 1e9)
    return host_error(
        fmt::format("a timeline line has an impossible time: {}", line.substr(0, 80)));
  signal one;
  one.at = microseconds(std::llround(seconds * 1e6));
  if (!read_payload(std::string_view(kind->get_string()), object, one.what))
    return host_error(fmt::format("a timeline line is of the unknown kind '{}'",
                                  std::string_view(kind->get_string())));
  return one;
}

}  // namespace wedgehog::timeline
