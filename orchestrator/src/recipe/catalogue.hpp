// Every word a recipe may use, as data: what it is called, where it may stand, what it takes and
// what it means. The checker, the JSON Schema, `wedgehog explain` and the tables of
// docs/recipe-language.md all read these rows, so they cannot disagree.
//
// To add a word:
//   a fault            one row in fault_words.cpp; nothing else in this library
//   a verdict or kind  one row in verdict_words.cpp
//   a topic            one row in topic_words.cpp
//   a step             one row in step_words.cpp, its struct in plan/plan.hpp, its lines in
//   steps.cpp a key              one row (or parameter) in key_words.cpp, its lines in build.cpp
// Then run the recipe tests once with WEDGEHOG_REWRITE=1 (tables and schema) and read the diff.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_words.hpp"

namespace wedgehog::recipe {

// What may stand at a place.
enum class value_kind {
  text,          // any text
  line,          // text without a line break
  script,        // shell script; ${x} in it is the shell's
  name,          // [a-z0-9][a-z0-9._-]*, at most 40
  guest_path,    // absolute path in the guest, without "..", spaces or quotes
  one_of,        // one of `choices`
  count,         // whole number from `least` to `most`
  fraction,      // number from `least` to `most`
  size,          // "64MiB"
  duration,      // "30s"
  durations,     // "1ms 1ms 40ms"
  pattern,       // base/pattern.hpp
  verdict,       // a verdict word
  verdict_kind,  // a kind of the verdict beside it
  exit_code,     // 0 to 255, "any", a signal, or "not" one of these
  package,       // the name of a Debian package
  workload,      // the name of a workload step
  disk,          // the name of a disk
  capture,       // a name that a `run` gave its output
  fault,         // a word of the fault catalogue
  injected,      // the `as` of an inject
  step_place,    // the label or the path of a step
  flag,          // true or false
  lines,         // list of `line`
  names,         // list of `name`
  packages,      // list of `package`
  settings,      // mapping from key to line
  section,       // mapping with the parameters of section `of`
  sections,      // list of such mappings
  by_name,       // mapping from a name of the user's to such a mapping
  alternatives,  // one such mapping, or a list of them
  matrix,        // mapping from a name to a list of values
  steps,         // list of steps
  groups,        // list of lists of steps
  files,         // the name of a file, or a list of names; gone once fragments are put in
};

struct choice {
  std::string_view name{};
  std::string_view doc{};
};

struct parameter {
  std::string_view name{};
  value_kind kind = value_kind::text;
  std::string_view doc{};
  bool required = false;
  std::string_view preset{};  // what it is when left out, as one would write it
  std::string_view least{};   // inclusive bounds, as one would write them
  std::string_view most{};
  std::vector<choice> choices{};
  std::string_view of{};  // section, sections, by_name, alternatives: which section
};

enum class place { key, section, step, fault, verdict, kind, topic, campaign };
BOOST_DESCRIBE_ENUM(place, key, section, step, fault, verdict, kind, topic, campaign)

struct word {
  place where = place::key;
  std::string_view name{};
  std::string_view doc{};  // one sentence, and what one must know
  std::vector<parameter> parameters{};
  std::string_view shorthand{};  // the parameter that a bare value sets: `wait: 30s`
  // Of these parameters exactly one must be given.
  std::vector<std::string_view> exactly_one{};
  std::string_view example{};  // a few lines of YAML
  std::string_view of{};       // kind: of which verdict; topic: what it tells, as in "how …"
  // topic: words that are none of the language, and that people look for.
  std::vector<std::string_view> also{};
};

// All rows of one place, in the order in which they are best explained.
[[nodiscard]] std::span<word const> words_of(place where);
[[nodiscard]] word const* find_word(place where, std::string_view name);
[[nodiscard]] parameter const* find_parameter(word const& of, std::string_view name);
// The topic that is called so, or that such a word leads to.
[[nodiscard]] word const* find_topic(std::string_view name);

// "a duration like 30s", for people: what may stand there.
[[nodiscard]] std::string describe(parameter const& what);

// The lists, one file each.
[[nodiscard]] std::vector<word> const& key_words();      // key_words.cpp: one word, the recipe
[[nodiscard]] std::vector<word> const& section_words();  // key_words.cpp
[[nodiscard]] std::vector<word> const& step_words();     // step_words.cpp
[[nodiscard]] std::vector<word> const& fault_words();    // fault_words.cpp
[[nodiscard]] std::vector<word> const& verdict_words();  // verdict_words.cpp
[[nodiscard]] std::vector<word> const& kind_words();     // verdict_words.cpp
[[nodiscard]] std::vector<word> const& topic_words();    // topic_words.cpp
[[nodiscard]] std::vector<word> const&
campaign_words();  // campaign_words.cpp: the file, then its sections

}  // namespace wedgehog::recipe
