#include "tests/simulation/bad_days.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <array>

#include "base/units.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;
using manner = simulated::manners::kind;

struct named_trouble {
  trouble_kind what;
  std::string_view name;
};
constexpr std::array troubles{
    named_trouble{trouble_kind::panics, "the guest panics"},
    named_trouble{trouble_kind::resets, "the guest resets itself"},
    named_trouble{trouble_kind::powers_off, "the guest powers itself off"},
    named_trouble{trouble_kind::locks_up, "all processors lock up"},
    named_trouble{trouble_kind::waits_in_software, "the workload waits in software for ever"},
    named_trouble{trouble_kind::loses_completions, "completions are lost"},
    named_trouble{trouble_kind::agent_falls_silent, "the agent falls silent"},
    named_trouble{trouble_kind::agent_restarts, "the agent restarts"},
    named_trouble{trouble_kind::agent_babbles, "there is noise on the agent's line"},
    named_trouble{trouble_kind::console_floods, "the console is flooded"},
    named_trouble{trouble_kind::workload_dies, "the workload dies"},
    named_trouble{trouble_kind::workload_reports_errors, "the workload reports errors"},
    named_trouble{trouble_kind::never_boots, "the guest never boots"},
};

constexpr std::array<std::string_view, 7> manner_names{"is obeyed",
                                                       "is never answered",
                                                       "is answered late",
                                                       "is refused",
                                                       "gets garbage",
                                                       "gets half a line, and the end",
                                                       "comes after a flood of events"};

loop::duration some(chance& luck, loop::duration least, loop::duration most) {
  auto const span = static_cast<std::uint64_t>((most - least).count());
  return least + loop::duration(static_cast<loop::duration::rep>(luck.below(span + 1)));
}

std::string text(loop::duration span) {
  return describe_duration(std::chrono::duration_cast<microseconds>(span));
}

void spoil_qemu(chance& luck, bad_day& day) {
  switch (luck.below(6)) {
    case 0:
      day.refuses_to_start = "qemu-system-x86_64: the model has no memory for this";
      break;
    case 1:
      day.dies_after = some(luck, 100ms, 40s);
      if (luck.below(2) == 0)
        day.dies_with.signal = luck.below(2) == 0 ? SIGSEGV : SIGKILL;
      else
        day.dies_with.code = static_cast<int>(luck.below(3));
      break;
    default:
      day.manners.what = static_cast<manner>(1 + luck.below(6));
      day.manners.delay = some(luck, 100ms, 30s);
      day.manners_after = some(luck, 0s, 40s);
      day.manners_stay = luck.below(3) == 0;
  }
}

void spoil_host(chance& luck, bad_day& day) {
  switch (luck.below(3)) {
    case 0:
      day.starves_after = some(luck, 3s, 20s);
      break;
    case 1:
      day.stops_us_after = some(luck, 1s, 30s);
      day.stopped_for = some(luck, 2s, 120s);
      break;
    default:
      day.user_stops_after = some(luck, 0s, 60s);
  }
}

}  // namespace

bool bad_day::good() const {
  return guest.what == trouble_kind::none && refuses_to_start.empty() && !dies_after &&
         manners.what == manner::good && !starves_after && !stops_us_after && !user_stops_after;
}

bad_day draw_bad_day(std::uint64_t seed) {
  auto luck = chance(seed).stream("bad day");
  bad_day day;
  day.boot = some(luck, 500ms, 4s);
  auto const kind = luck.below(10);
  if (kind < 4) return day;
  if (kind < 7) {
    day.guest.what = troubles[luck.below(troubles.size())].what;
    day.guest.after = some(luck, 100ms, 30s);
  } else if (kind < 9) {
    spoil_qemu(luck, day);
  } else {
    spoil_host(luck, day);
  }
  return day;
}

std::string describe(bad_day const& what) {
  std::string said;
  auto const add = [&said](std::string const& more) { said += (said.empty() ? "" : "; ") + more; };
  for (auto const& one : troubles)
    if (one.what == what.guest.what)
      add(fmt::format("{} {} after its boot", one.name, text(what.guest.after)));
  if (!what.refuses_to_start.empty()) add("QEMU refuses to start");
  if (what.dies_after)
    add(fmt::format("QEMU ends after {} with {}", text(*what.dies_after),
                    loop::describe(what.dies_with)));
  if (what.manners.what != manner::good)
    add(fmt::format("a command after {} {}{} ({})", text(what.manners_after),
                    manner_names[static_cast<std::size_t>(what.manners.what)],
                    what.manners_stay ? ", and so are all that follow" : "",
                    text(what.manners.delay)));
  if (what.starves_after)
    add(fmt::format("the host starves it after {}", text(*what.starves_after)));
  if (what.stops_us_after)
    add(fmt::format("the performer is stopped after {} for {}", text(*what.stops_us_after),
                    text(what.stopped_for)));
  if (what.user_stops_after)
    add(fmt::format("the user stops it after {}", text(*what.user_stops_after)));
  return said.empty() ? "a good day" : said;
}

}  // namespace wedgehog::simulation
