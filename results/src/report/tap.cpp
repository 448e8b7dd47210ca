#include <fmt/format.h>

#include "report/escape.hpp"
#include "report/facts.hpp"

namespace wedgehog::report {
namespace {

// TAP 14, "Escapes": # begins a directive, so it and the backslash are escaped; TAP 13 has no
// escapes, so # is replaced.
std::string description(std::string_view text, tap_version version) {
  std::string safe;
  for (char c : for_terminal(text)) {
    if (version == tap_version::v14 && (c == '#' || c == '\\')) safe += '\\';
    safe += version == tap_version::v13 && c == '#' ? '.' : c;
  }
  return safe;
}

// A JSON text is a YAML double-quoted scalar.
std::string in_quotes(std::string_view text) {
  return json::serialize(json::value(json::string(clean(text))));
}

}  // namespace

std::string tap(std::span<store::stored_run const> runs, tap_version version, place const& where) {
  std::string text = fmt::format("TAP version {}\n1..{}\n", static_cast<int>(version), runs.size());
  std::size_t number = 0;
  for (auto const& run : runs) {
    auto const how = class_of(run);
    bool const unfinished = how == outcome_class::unfinished;
    bool const fine = how == outcome_class::passed || unfinished;
    text += fmt::format("{} {} - {}", fine ? "ok" : "not ok", ++number,
                        description(run.facts.recipe + " " + variant_guest_and_seed(run), version));
    text += unfinished ? " # SKIP " + store::word_of(run) + '\n' : "\n";
    text += "  ---\n";
    auto const member = [&](std::string_view name, std::string_view value) {
      if (!value.empty()) text += fmt::format("  {}: {}\n", name, in_quotes(value));
    };
    member("run", run.key.name);
    member("verdict", store::word_of(run));
    member("kind", run.judged ? run.judged->kind : "");
    if (against_expectation(run)) member("expected", run.judged->expected);
    text += "  because:\n";
    for (auto const& reason : reasons(run)) text += fmt::format("    - {}\n", in_quotes(reason));
    member("signature", run.judged ? run.judged->signature.value_or("") : "");
    if (how == outcome_class::says_nothing) member("note", "this run says nothing about the guest");
    text += fmt::format("  duration_s: {:.3f}\n", duration_of(run));
    member("wreckage", wreckage_path(run, where));
    text += "  ...\n";
  }
  return text;
}

}  // namespace wedgehog::report
