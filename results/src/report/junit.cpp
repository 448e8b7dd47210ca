#include <fmt/format.h>

#include <algorithm>

#include "report/escape.hpp"
#include "report/facts.hpp"

namespace wedgehog::report {
namespace {

std::string body_of(store::stored_run const& run, place const& where) {
  std::string body;
  for (auto const& reason : reasons(run)) body += reason + '\n';
  if (run.judged)
    for (auto const& task : run.judged->stuck) body += "stuck: " + stuck_line(task) + '\n';
  if (auto const path = wreckage_path(run, where); !path.empty())
    body += "wreckage: " + path + '\n';
  return for_markup(body);
}

std::string_view element_of(outcome_class how) {
  switch (how) {
    case outcome_class::passed:
      return "";
    case outcome_class::guest_failed:
      return "failure";
    case outcome_class::says_nothing:
      return "error";
    case outcome_class::unfinished:
      return "skipped";
  }
  return "error";
}

}  // namespace

std::string junit_xml(std::span<store::stored_run const> runs, place const& where) {
  auto const count = [&](outcome_class wanted) {
    return std::count_if(runs.begin(), runs.end(),
                         [&](auto const& run) { return class_of(run) == wanted; });
  };
  double total = 0;
  for (auto const& run : runs) total += duration_of(run);
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites>\n"
      "<testsuite name=\"wedgehog\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
      "time=\"{:.3f}\">\n",
      runs.size(), count(outcome_class::guest_failed), count(outcome_class::says_nothing),
      count(outcome_class::unfinished), total);
  for (auto const& run : runs) {
    xml += fmt::format("<testcase classname=\"{}\" name=\"{} {}\" time=\"{:.3f}\"",
                       for_markup(run.facts.recipe), for_markup(variant_guest_and_seed(run)),
                       for_markup(run.key.name), duration_of(run));
    auto const element = element_of(class_of(run));
    if (element.empty()) {
      xml += "/>\n";
      continue;
    }
    auto const why = reasons(run);
    auto message = why.empty() ? verdict_and_kind(run) : verdict_and_kind(run) + ": " + why.front();
    if (against_expectation(run))
      message = fmt::format("expected {}, was {}", run.judged->expected, message);
    if (element == "skipped") {
      xml += fmt::format(">\n<skipped message=\"{}\"/>\n</testcase>\n", for_markup(message));
      continue;
    }
    xml += fmt::format(">\n<{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n</testcase>\n", element,
                       for_markup(verdict_and_kind(run)), for_markup(message), body_of(run, where));
  }
  return xml + "</testsuite>\n</testsuites>\n";
}

}  // namespace wedgehog::report
