// What the results database knows about a run, as plain values: what was to be done, how it went,
// what it was judged to be. Plans, verdicts and kinds are texts here, so that old results stay
// readable by programs that have other words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/moment.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::store {

using run_id = std::int64_t;

// Grows by one per run and is never used again; the name is for people and for paths:
// lost-wakeup-20261121-0341-7f3a (recipe, UTC date and time, four digits to tell apart).
struct run_key {
  run_id id = 0;
  std::string name;
};

// Known before the machine starts.
struct run_facts {
  std::string recipe;       // its name
  std::string recipe_file;  // where it was read
  std::string recipe_text;
  std::string plan;     // JSON
  std::string variant;  // "fs=xfs settle=60s"; empty when the recipe has none
  std::uint64_t seed = 0;
  std::string image;            // its name
  std::string kernel;           // release
  std::string image_checksums;  // "disk.qcow2 sha256:…", one per line
  std::string qemu;             // version
  std::string accelerator;      // kvm, tcg
  double time_scale = 1;
  std::string host;  // its name
  std::string host_kernel;
  std::string wedgehog;      // version
  std::string command_line;  // of QEMU, as a shell would take it
  moment started{};
};

struct fired_fault {
  std::string name;  // as in the recipe
  std::string kind;
  std::uint64_t hits = 0;  // 0: it promised to and never did, which makes a run invalid
  bool operator==(fired_fault const&) const = default;
};

// Known when the machine is gone.
struct outcome {
  std::string ended;      // in a few words: "all steps done", "step 3 failed", "stopped by user"
  double duration_s = 0;  // wall time from start to end
  std::optional<double> boot_s;  // until the guest was ready
  double exposure_s = 0;         // time during which the workload could have failed
  std::string steps;             // "7 of 9 done; 8 failed: mkfs exit code 1"
  std::vector<fired_fault> faults;
};

// One opinion about a run. A run may be judged again by better detectors; all opinions stay.
struct judgement {
  moment judged{};
  std::string judge;       // who: "wedgehog 0.3.0"
  std::string verdict;     // passed, slow, failed, unknown, wedged, …, invalid
  std::string kind;        // held-io, livelock …, or empty
  std::string recovery{};  // recovered, recovered-late, never-recovered, or empty
  std::vector<std::string> because;
  std::optional<std::string> signature;
  int exit_code = 2;     // 0 passed, 1 the guest failed, 2 inconclusive or invalid
  std::string expected;  // what the recipe expects: "passed", "wedged/software-wait"
  bool met = false;      // the expectation
  std::vector<timeline::blocked_task> stuck;
};

// A file of the wreckage; the path is relative to the wreckage's folder.
struct artifact {
  std::string path;
  std::uint64_t bytes = 0;
  std::string sha256;  // hex
  bool operator==(artifact const&) const = default;
};

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
