// The results database: one SQLite file that keeps every run in three steps (it existed, it was
// played, it was judged), its timeline while it lives, and what was kept of it. Several
// orchestrators may write to one file at once; one object may be used by several threads.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "folder/owner.hpp"
#include "store/run.hpp"
#include "store/sqlite.hpp"
#include "timeline/timeline.hpp"

namespace wedgehog::store {

// Every call may wait for the disk and for other writers: from a coroutine, call it through
// offload. Every error is blamed on the host, but for a run that the user named and that is not
// there (blame: recipe).
class results_database {
 public:
  struct options {
    std::chrono::milliseconds patience{15'000};  // with other writers
  };

  // Creates the folder and the file when they are missing, migrates an older file.
  static result<results_database> open(std::filesystem::path const& file);
  static result<results_database> open(std::filesystem::path const& file, options const& how);

  [[nodiscard]] std::filesystem::path const& file() const { return database_.file(); }
  // The copy that a migration made when this object was opened.
  [[nodiscard]] std::optional<std::filesystem::path> const& backup() const { return backup_; }

  // --- recording.cpp: a run's life, in this order ---------------------------------------------
  result<run_key> begin_run(run_facts const& facts, owner const& whose);
  // Whole lines of timeline text, as a chunker gives them; after this returns they survive the
  // death of the process. May be called in every phase.
  result<void> keep_timeline(run_id run, std::string_view lines);
  result<void> played(run_id run, outcome const& how);
  // Adds an opinion, which becomes the current one. An interrupted run may be judged too; one that
  // is under way may not.
  result<void> judged(run_id run, judgement const& opinion);
  // `path` is relative to the results directory, an artifact's to `path`. Again: replaces.
  result<void> keep_wreckage(run_id run, std::string_view path,
                             std::vector<artifact> const& artifacts);

  // Marks the unfinished runs whose owner is gone, and returns them.
  result<std::vector<run_key>> recover_interrupted(moment now);

  // --- queries.cpp ----------------------------------------------------------------------------
  // By number, by name, by the end (-7f3a) or the beginning of a name that only one run has, or
  // `latest`.
  result<stored_run> find(std::string_view which);
  result<stored_run> load(run_id run);
  // The newest first, without recipe_text, plan, command_line and faults.
  result<std::vector<stored_run>> list(run_filter const& filter);
  // Oldest first.
  result<std::vector<judgement>> judgements_of(run_id run);
  result<std::vector<artifact>> artifacts_of(run_id run);
  result<std::vector<tally>> tallies(std::optional<moment> since);
  // The most often seen first.
  result<std::vector<signature_sighting>> signatures(std::optional<moment> since);

  // Piece by piece, in order, for timelines that should not stand in memory whole; returns how many
  // damaged pieces were left out. `take` must not call this object.
  result<std::uint64_t> each_timeline_chunk(run_id run,
                                            std::function<void(std::string_view)> const& take);
  result<timeline_text> timeline_text_of(run_id run);
  // What can be read of it; a damaged chunk counts as a skipped line.
  result<timeline::reading> timeline_of(run_id run);

 private:
  explicit results_database(sqlite::connection database)
      : database_(std::move(database)), one_at_a_time_(std::make_unique<std::mutex>()) {}

  [[nodiscard]] std::scoped_lock<std::mutex> alone() const {
    return std::scoped_lock(*one_at_a_time_);
  }
  result<void> note(run_id run, std::string_view what, std::function<result<void>()> const& write);
  // False when it was finished or marked already.
  result<bool> interrupt(run_id run, moment now);

  // These are called with the lock held.
  result<void> exists(run_id run);
  result<void> seal(run_id run, std::int64_t at_least_bytes);
  result<std::string> free_name(run_facts const& facts, owner const& whose);
  result<stored_run> load_one(run_id run);
  result<run_id> number_of(std::string_view which);
  result<std::vector<fired_fault>> faults_of(run_id run);

  sqlite::connection database_;
  std::optional<std::filesystem::path> backup_;
  std::unique_ptr<std::mutex> one_at_a_time_;
};

}  // namespace wedgehog::store
