// What the results database knows about a run, as plain values: what the run's folder says
// (folder/record.hpp), and what only a list of many runs has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "folder/record.hpp"
#include "folder/run_reader.hpp"

namespace wedgehog::store {

using run_id = std::int64_t;

// The number is this database's alone: it grows by one per run and is never used again. The name is
// for people and for paths: lost-wakeup-20261121-0341-7f3a (recipe, UTC date and time, four digits
// to tell apart). Identity is facts.uid.
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
  bool sealed = false;                // its folder is complete
  std::optional<moment> interrupted;  // when its orchestrator was last heard of, or found dead
  run_facts facts;
  std::optional<outcome> played;
  std::optional<judgement> judged;  // the newest
  // Relative to the results directory; absolute when it is elsewhere. Empty: a run of before there
  // were folders.
  std::string folder;
  std::optional<moment> removed;  // when its timeline and evidence were, to make room
  std::string wreckage;           // of a run without a folder, like it; empty: none kept
};

// The verdict, or what stands in its place: interrupted, running, unjudged.
[[nodiscard]] std::string word_of(stored_run const& one);

struct run_filter {
  std::optional<std::string> recipe;
  std::optional<std::string> variant;
  std::optional<std::string> verdict;  // any word of word_of()
  std::optional<std::string> signature;
  std::optional<std::string> image;   // its name
  std::optional<std::string> kernel;  // its release, or the beginning of it
  std::optional<moment> since;        // started then or later
  std::int64_t limit = 100;
};

// How many runs of a recipe's variant ended how, and for how long they could have failed and had
// not: the denominator without which a count means nothing.
struct tally {
  std::string recipe;
  std::string variant;
  std::string image;   // empty when all are counted together
  std::string kernel;  // the same; a release
  std::string verdict;
  std::string kind;
  std::int64_t runs = 0;
  std::int64_t failed = 0;  // by the exit code, or against the recipe's expectation
  double exposure_hours = 0;
};

// What is told apart beside recipe, variant and verdict.
struct tally_terms {
  bool by_image = false;
  bool by_kernel = false;
};

struct cell_filter {
  std::optional<moment> since{};  // started then or later
  std::optional<moment> until{};  // and before this
};

// What was seen of one cell (recipe, variant, image, kernel) in one campaign, or in none: how often
// its guest failed, by which signature, and in how many hours it could have. What says nothing
// about the guest is void: neither a hit nor an hour of exposure, and never clean.
struct cell_tally {
  std::string campaign;  // its name; empty: of none
  std::string recipe;
  std::string variant;
  std::string image;
  std::string kernel;
  std::int64_t runs = 0;  // that count: clean or failed
  double hours = 0;       // machine-hours at risk in them; in those that failed until they did
  // Runs that failed. Signatures by the name that stands for them.
  std::map<std::string, std::int64_t> hits{};
  std::int64_t unnamed = 0;                         // failed without a signature
  std::map<std::string, std::int64_t> void_runs{};  // by their word: invalid, host-starved …
  std::int64_t under_way = 0;
};

struct signature_sighting {
  std::string signature;
  std::string verdict;  // of the latest run
  std::string kind;
  std::int64_t runs = 0;
  moment first{};
  moment last{};
  run_key latest;
  std::vector<std::string> aliases;  // other names that a person found to be of the same failure
};

// A run's timeline as text, one line per signal.
struct timeline_text {
  std::string text;
  std::uint64_t damaged_chunks = 0;  // pieces that are missing
};

// A run as its folder tells it, without a number of its own.
[[nodiscard]] stored_run from_folder(folder::run_contents const& run);

}  // namespace wedgehog::store
