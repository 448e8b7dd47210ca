#include "verdict/exported_run.hpp"

#include <fmt/format.h>

#include <cmath>

namespace wedgehog::verdict {

namespace {
constexpr int format = 1;
}

std::string to_text(exported_head const& head) {
  auto written = head;
  written.wedgehog_run = format;
  return json::serialize(to_object(written));
}

result<exported_head> head_from_text(std::string_view line) {
  boost::system::error_code failure;
  auto const value = json::parse(json::string_view(line.data(), line.size()), failure);
  exported_head head;
  if (!failure && value.is_object()) from_object(value.get_object(), head);
  if (head.wedgehog_run < 1)
    return host_error("the first line is not that of an exported run (wedgehog export)");
  if (head.wedgehog_run > format)
    return host_error(fmt::format("the exported run is of format {}, this program knows {}",
                                  head.wedgehog_run, format));
  if (!(head.no_progress_s > 0) || !(head.time_scale > 0) || !std::isfinite(head.no_progress_s))
    return host_error("the exported run does not say its budget");
  return head;
}

budgets granted_by(exported_head const& head) {
  return {.no_progress = microseconds(std::llround(std::min(head.no_progress_s, 1e9) * 1e6)),
          .time_scale = head.time_scale};
}

std::string without_host(std::string text, substitutions const& what) {
  for (auto const& [from, to] : what) {
    if (from.size() < 2) continue;
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }
  return text;
}

bool is_judged(timeline::payload const& what) {
  return !std::holds_alternative<timeline::host>(what) &&
         !std::holds_alternative<timeline::probe>(what);
}

void cause_watch::observe(timeline::signal const& one) {
  if (cause_s_) return;
  auto const* fault = std::get_if<timeline::fault>(&one.what);
  auto const* step = std::get_if<timeline::step>(&one.what);
  if ((fault != nullptr && fault->action == "injected") ||
      (step != nullptr && step->phase == "began" &&
       (step->what.find("wedgehog_lab") != std::string::npos ||
        step->what.find("sysrq-trigger") != std::string::npos)))
    cause_s_ = in_seconds(one.at);
}

}  // namespace wedgehog::verdict
