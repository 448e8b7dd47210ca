#include "conductor/naming.hpp"

#include <algorithm>

#include "console/report.hpp"
#include "console/signature.hpp"
#include "console/wedge.hpp"

namespace wedgehog::conductor {
namespace {

std::string name_of_crash(timeline::timeline const& whole) {
  console::report_reader reader{console::classifier()};
  for (auto const& one : whole.signals())
    if (auto const* line = std::get_if<timeline::console_line>(&one.what)) {
      reader.feed(line->text);
      reader.feed("\n");
    }
  reader.finish();
  auto const reports = reader.take();
  auto const* first = console::first_failure(reports);
  return first == nullptr ? std::string() : first->signature;
}

std::string name_of_wedge(std::vector<timeline::blocked_task> const& stuck) {
  std::vector<console::blocked_task> tasks;
  for (auto const& one : stuck)
    tasks.push_back({one.name, one.pid, one.kernel_thread, one.wait_channel, one.frames});
  return console::wedge_signature(tasks).name;
}

}  // namespace

std::string signature_of(verdict::final_verdict const& said, timeline::timeline const& whole,
                         std::vector<timeline::blocked_task> const& stuck) {
  using verdict::run_word;
  bool const oops =
      std::find(said.flags.begin(), said.flags.end(), verdict::flag_word::oops) != said.flags.end();
  switch (said.word) {
    case run_word::panicked:
      return name_of_crash(whole);
    case run_word::wedged:
      return oops ? name_of_crash(whole) : name_of_wedge(stuck);
    case run_word::locked_up:
    case run_word::rebooted:
      return name_of_crash(whole);
    default:
      return oops ? name_of_crash(whole) : std::string();
  }
}

}  // namespace wedgehog::conductor
