// What a run's folder says, as plain values: what was to be done, how it went, what it was judged
// to be. Plans, verdicts and kinds are texts here, so that old runs stay readable by programs that
// have other words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "folder/moment.hpp"
#include "folder/owner.hpp"
#include "timeline/signal.hpp"

namespace wedgehog::folder {

// Known before the machine starts.
struct run_facts {
  // 128 random bits, 32 lower-case hexadecimal digits: the run's identity on every host.
  std::string uid;
  std::string name;         // for people and paths: lost-wakeup-20261121-0341-7f3a
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
  // Of a run that is part of a campaign: its uid, which of the things to be done there this does
  // (from 1), and how often that was tried before. Of all runs of one ticket one counts.
  std::string campaign;
  std::uint64_t ticket = 0;
  std::uint64_t attempt = 0;
  moment started{};
  folder::owner owner{};  // the performer; while a run is received from a node, who receives it
};

struct fired_fault {
  std::string name;  // as in the recipe
  std::string kind;
  std::uint64_t hits = 0;  // 0: it promised to and never did, which makes a run invalid
  bool operator==(fired_fault const&) const = default;
};
BOOST_DESCRIBE_STRUCT(fired_fault, (), (name, kind, hits))

// Known when the machine is gone.
struct outcome {
  std::string ended;      // in a few words: "all steps done", "step 3 failed", "stopped by user"
  double duration_s = 0;  // wall time from start to end
  std::optional<double> boot_s;  // until the guest was ready
  double exposure_s = 0;         // watched time from the guest's readiness to the end
  std::string steps;             // "7 of 9 done; 8 failed: mkfs exit code 1"
  std::vector<fired_fault> faults;
  bool interrupted = false;          // a person stopped it, or its performer did not end by itself
  std::vector<std::string> missing;  // what of the evidence could not be had, and why
  // "boot", "clone of KEY", or why it was no clone though it should have been; empty: of an older
  // run
  std::string start;
  bool operator==(outcome const&) const = default;
};
BOOST_DESCRIBE_STRUCT(outcome, (),
                      (ended, duration_s, boot_s, exposure_s, steps, faults, interrupted, missing,
                       start))

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
  // Of a guest that failed: for how long it had when the run ended. It is found
  // out later than it happened: a wedge only when a budget of time without progress is used up.
  // Empty: the guest did not fail, or the opinion is of a program that did not ask.
  std::optional<double> failed_for_s{};
  bool operator==(judgement const&) const = default;
};

// A file of the run; the path is relative to its folder.
struct artifact {
  std::string path;
  std::uint64_t bytes = 0;
  std::string sha256;  // hex; empty: whoever stopped the run did not wait for it
  bool operator==(artifact const&) const = default;
};
BOOST_DESCRIBE_STRUCT(artifact, (), (path, bytes, sha256))

// What was taken out of a run's folder afterwards, to make room.
struct removal {
  moment when{};
  std::string why;
  std::vector<artifact> files;
};

// Seconds in which the guest could have failed and had not: all of the exposure, or until the
// failure.
[[nodiscard]] double at_risk_s(outcome const& how, judgement const& said);

// As they stand in the folder; recipe_text and plan are files of their own and not in here.
[[nodiscard]] json::object to_object(run_facts const& facts);
[[nodiscard]] run_facts facts_from(json::object const& object);
[[nodiscard]] json::object to_object(judgement const& opinion);
[[nodiscard]] judgement judgement_from(json::object const& object);

[[nodiscard]] json::object to_object(removal const& what);
[[nodiscard]] removal removal_from(json::object const& object);

[[nodiscard]] bool is_uid(std::string_view text);
// From the kernel's random numbers.
[[nodiscard]] std::string new_uid();

}  // namespace wedgehog::folder
