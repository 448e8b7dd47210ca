// What the results database knows about a run, as plain values: what the run's folder says
// (folder/record.hpp), and what only a list of many runs has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "folder/record.hpp"

namespace wedgehog::store {

using run_id = std::int64_t;

// Grows by one per run and is never used again; the name is for people and for paths:
// lost-wakeup-20261121-0341-7f3a (recipe, UTC date and time, four digits to tell apart).
struct run_key {
  run_id id = 0;
  std::string name;
};

using folder::artifact;
using folder::fired_fault;
using folder::judgement;
using folder::look_for;
using folder::moment;
using folder::name_part;
using folder::outcome;
using folder::owner;
using folder::parse_moment;
using folder::presence;
using folder::run_facts;
using folder::this_process;
using folder::to_text;

enum class phase { existed, played, judged };

struct stored_run {
  run_key key;
  phase reached = phase::existed;
  std::optional<moment> interrupted;  // when its orchestrator was found dead
  run_facts facts;
  std::optional<outcome> played;
  std::optional<judgement> judged;  // the newest
  std::string wreckage;             // relative to the results directory; empty: none kept
};

// The verdict, or what stands in its place: interrupted, running, unjudged.
[[nodiscard]] std::string word_of(stored_run const& one);

struct run_filter {
  std::optional<std::string> recipe;
  std::optional<std::string> variant;
  std::optional<std::string> verdict;  // any word of word_of()
  std::optional<std::string> signature;
  std::optional<moment> since;  // started then or later
  std::int64_t limit = 100;
};

// How many runs of a recipe's variant ended how, and for how long they could have failed: the
// denominator without which a count means nothing.
struct tally {
  std::string recipe;
  std::string variant;
  std::string verdict;
  std::int64_t runs = 0;
  double exposure_hours = 0;
};

struct signature_sighting {
  std::string signature;
  std::string verdict;  // of the latest run
  std::string kind;
  std::int64_t runs = 0;
  moment first{};
  moment last{};
  run_key latest;
};

// A run's timeline as text, one line per signal.
struct timeline_text {
  std::string text;
  std::uint64_t damaged_chunks = 0;  // left out because they could not be unpacked
};

}  // namespace wedgehog::store
