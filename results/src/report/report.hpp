// Stored runs as text for people and files for other programs. Pure functions: whoever calls reads
// the database and prints. Text that came from a guest is made safe in each of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/described.hpp"
#include "store/run.hpp"

namespace wedgehog::report {

struct place {
  std::string results;  // the results directory; folders are shown below it, or relative if empty
};

// --- text: for a terminal --------------------------------------------------------------------
// One run: verdict, reasons, stuck tasks, faults, and where the wreckage is.
[[nodiscard]] std::string one_run(store::stored_run const& run, place const& where);
// A table, one run per line. Rows come in the given order.
[[nodiscard]] std::string run_table(std::span<store::stored_run const> runs);
[[nodiscard]] std::string tally_table(std::span<store::tally const> tallies);
[[nodiscard]] std::string signature_table(std::span<store::signature_sighting const> signatures);

// --- JSON: one object per run, on one line -----------------------------------------------------
// run, uid, recipe, variant, image, kernel, seed (text: it does not fit a double), verdict, kind,
// because, signature, expected, met, exit_code, duration_s, started, folder, wreckage. What is not
// known is null.
[[nodiscard]] json::object run_object(store::stored_run const& run, place const& where);
[[nodiscard]] std::string run_json(store::stored_run const& run, place const& where);
[[nodiscard]] std::string tally_json(store::tally const& one);
[[nodiscard]] std::string signature_json(store::signature_sighting const& one);

// --- for continuous integration ------------------------------------------------------------------
// The three outcomes of a test, as the exit code has them: a guest that failed is a failure, a run
// that says nothing (invalid, unknown, interrupted) is an error, and neither is a pass; nor is a
// run that passed though its recipe expects otherwise.
[[nodiscard]] std::string junit_xml(std::span<store::stored_run const> runs, place const& where);

enum class tap_version { v13 = 13, v14 = 14 };
[[nodiscard]] std::string tap(std::span<store::stored_run const> runs, tap_version version,
                              place const& where);

// --- HTML: one page that needs nothing else ------------------------------------------------------
// A table of the runs, and a section for each. No script, and a policy that forbids any.
[[nodiscard]] std::string html_page(std::span<store::stored_run const> runs, place const& where);

}  // namespace wedgehog::report
