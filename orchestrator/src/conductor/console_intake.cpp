#include "conductor/console_intake.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr microseconds gap_period = 5s;

}  // namespace

console_intake::console_intake(recorder& into, std::vector<plan::console_rule> const& rules,
                               std::function<void(std::string)> fatal)
    : into_(into), rules_(rules), fatal_(std::move(fatal)) {}

bool console_intake::has_room(std::string const& line) {
  auto const now = into_.now();
  allowance_ = std::min(burst, allowance_ + in_seconds(now - latest_) * lines_per_second);
  latest_ = now;
  if (allowance_ < 1 || bytes_ + line.size() > most_bytes) {
    if (grave_ >= grave_lines) return false;
    auto const found = tables_.classify(line);
    if (!found || found->level < console::severity::oops) return false;
    ++grave_;
    return true;
  }
  allowance_ -= 1;
  bytes_ += line.size();
  return true;
}

void console_intake::take(std::string line, bool partial) {
  auto const hit = rules_.ask(line);
  if (hit && hit->means == plan::severity::fatal)
    fatal_(fmt::format("console rule '{}' is fatal and matched: {}", hit->name, line));
  if (!has_room(line)) {
    ++left_out_;
    if (into_.now() - told_ < gap_period && told_ != microseconds{}) return;
    told_ = into_.now();
    into_.record(timeline::gap{"console", std::exchange(left_out_, 0)});
    return;
  }
  if (hit && hit->means == plan::severity::harmless) {
    // Kept, but not as a console line: the judge does not get to misread what the recipe calls
    // harmless.
    into_.reach(timeline::reached::console_harmless, std::move(line));
    return;
  }
  if (hit && hit->means == plan::severity::warning)
    into_.reach(timeline::reached::console_warning, hit->name + ": " + line);
  into_.record(timeline::console_line{std::move(line), partial});
}

}  // namespace wedgehog::conductor
