// The results directory and its database, opened to write or only to read, and the run that a
// person names.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "store/results_database.hpp"
#include "store/results_directory.hpp"

namespace wedgehog::cli {

struct opened_results {
  store::results_directory directory;
  store::results_database database;
};

// `asked`: what --results said; empty means the standard place. Takes in, for good, what runs have
// left whose performer died, and says so on stderr. Blame: host.
result<opened_results> open_results(std::string const& asked);

struct readable_results {
  std::string root;
  store::results_database database;
};

// Changes nothing, and needs no right to. Blame: host.
result<readable_results> read_results(std::string const& asked);

// A run that a person named: as the database knows it or, by the path of its folder, without one.
struct chosen_run {
  store::stored_run run;
  std::string root;                                   // what relative folders are below
  std::optional<store::results_database> database{};  // none when it was named by its folder

  // Where its files are; empty when there are none.
  [[nodiscard]] std::filesystem::path folder() const;
  // As of results_database.
  result<std::uint64_t> each_timeline_chunk(std::function<void(std::string_view)> const& take);
};

// What a person may call a run, for --help.
inline constexpr char const* words_for_a_run =
    "Its number, its name or any part of it that no other run has, its uid or the beginning of it "
    "(6 digits), the path of its folder, or latest";

// `which`: a path of a run's folder, or what results_database::find takes. Blame: recipe for a run
// that is not there.
result<chosen_run> choose_run(std::string const& which, std::string const& asked);

// Complains, and returns the exit code: a user's mistake or trouble.
int complain_of(error const& what);

}  // namespace wedgehog::cli
