// The results database: one SQLite file with a row per run, of this host or merged from others. A
// run's folder is the truth; this is an index of folders that can be made anew from them, with what
// only it has: runs of before there were folders, opinions on folders that cannot be written,
// aliases. Several processes may write to one file at once; one object may be used by several
// threads.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "folder/owner.hpp"
#include "folder/run_reader.hpp"
#include "store/campaign.hpp"
#include "store/retention.hpp"
#include "store/run.hpp"
#include "store/sqlite.hpp"
#include "timeline/timeline.hpp"

namespace wedgehog::store {

struct ingested {
  run_key key;
  bool added = false;                   // it was not there before
  bool changed = false;                 // or added
  std::vector<std::string> complaints;  // what the folder lacks
};

struct gathering {
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t unchanged = 0;
  std::vector<std::string> complaints;  // of runs that were left out, and of what others lack
};

// Every call may wait for the disk and for other writers: never from a thread that runs a loop, but
// through offload. Every error is blamed on the host, but for a run that the user named and that is
// not there (blame: recipe).
class results_database {
 public:
  struct options {
    std::chrono::milliseconds patience{15'000};  // with other writers
  };

  // Creates the folder and the file when they are missing, migrates an older file. Refused on a
  // file system of the network.
  static result<results_database> open(std::filesystem::path const& file);
  static result<results_database> open(std::filesystem::path const& file, options const& how);
  // For questions alone, on a connection of its own: changes nothing and needs no right to. Neither
  // migrates (an older file is refused, with the remedy) nor recovers. No file: no runs.
  static result<results_database> open_for_reading(std::filesystem::path const& file);

  [[nodiscard]] std::filesystem::path const& file() const { return file_; }
  // Where relative folders begin.
  [[nodiscard]] std::filesystem::path root() const { return file_.parent_path(); }
  [[nodiscard]] std::filesystem::path folder_of(stored_run const& run) const;
  // The copy that a migration made when this object was opened.
  [[nodiscard]] std::optional<std::filesystem::path> const& backup() const { return backup_; }

  // --- ingest.cpp -----------------------------------------------------------------------------
  // Adds a run, or what its folder says more than before. Again, in another order, by several
  // processes: the same rows. A run that lives is added too, and completed by a later call. Refused
  // when another run has its uid.
  result<ingested> ingest(std::filesystem::path const& folder);
  result<ingested> ingest(folder::run_contents const& run);
  // Adds an opinion: to the run's folder, where that can be written, and here. False, and nothing
  // is kept, when it was formed over a timeline with missing pieces (each_timeline_chunk counts
  // them), or of a run that is under way.
  result<bool> add_judgement(stored_run const& run, judgement const& opinion,
                             std::uint64_t missing_pieces);

  // Those of this host that are under way, here or in a folder of runs/ that has no row yet, and
  // whose performer is gone: takes in what they left, and notes for other hosts that they were
  // interrupted. Returns them.
  result<std::vector<stored_run>> take_in_the_dead();

  // --- campaigns.cpp --------------------------------------------------------------------------
  // As running; its uid is not here yet.
  result<void> add_campaign(campaign const& one);
  // From now on `me` is its supervisor. Refused (blame: recipe) while another one is, and while one
  // on a host that cannot be asked may be, unless `from_elsewhere`.
  result<void> take_campaign(std::string_view uid, folder::owner const& me, bool from_elsewhere);
  result<void> leave_campaign(std::string_view uid, campaign_state state, std::string_view why,
                              moment when);
  // The one that began last first.
  result<std::vector<campaign>> campaigns();
  // By name (of several, all), the beginning of a uid (6 digits and more), or `latest`; at least
  // one. Blame: recipe, naming those that there are.
  result<std::vector<campaign>> campaigns_called(std::string_view which);
  // What its finished runs add up to; with a signature, only that (under any of its aliases) is a
  // hit.
  result<std::vector<cell_sum>> campaign_cells(std::string_view uid,
                                               std::optional<std::string> const& signature);
  result<std::vector<open_ticket>> open_tickets(std::string_view uid);
  result<std::uint64_t> last_ticket(std::string_view uid);  // 0: none was given out
  // Of the runs in runs/ those that have no row: their supervisor was killed first.
  result<std::vector<std::filesystem::path>> folders_without_row();
  // All names of a failure: it, what it stands for, and what stands for that.
  result<std::vector<std::string>> names_for(std::string_view signature);
  // No other run than this one had the signature or an alias of it.
  result<bool> is_new(std::string_view signature, std::string_view run_uid);

  // --- merging.cpp ----------------------------------------------------------------------------
  struct merge_options {
    bool copy = false;  // the folders too, of runs that have ended; else they stay where they are
    std::function<void(std::string_view)> tell{};  // the run that is copied
  };
  // Everything that another results directory, or a database file, knows. A run whose uid another
  // run has here is left out, with a complaint.
  result<gathering> merge(std::filesystem::path const& other, merge_options const& how);
  // From the folders in runs/, whatever stands here about them. What only the database has stays.
  result<gathering> rebuild();

  // --- retention.cpp --------------------------------------------------------------------------
  // Of runs that have ended, below this results directory. A sealed run's folder is measured when
  // it is new or was changed since; others each time.
  result<std::vector<evidence>> evidence_kept();
  // Removes a run's timeline and evidence; returns the bytes. Free pages of the file itself are
  // used again, and do not make it smaller.
  result<std::uint64_t> make_room(removal_of const& what, moment when);

  // --- summaries.cpp --------------------------------------------------------------------------
  result<std::vector<tally>> tallies(std::optional<moment> since, tally_terms const& by = {});
  // The most often seen first; aliases are counted with the name they stand for.
  result<std::vector<signature_sighting>> signatures(std::optional<moment> since);
  // From now on both names are of one failure, which is called `stands_for`.
  result<void> add_alias(std::string_view signature, std::string_view stands_for, moment when);
  result<void> remove_alias(std::string_view signature);

  // --- exposures.cpp --------------------------------------------------------------------------
  // One row per cell, in alphabetical order.
  result<std::vector<cell_tally>> exposures(cell_filter const& only);

  // --- queries.cpp ----------------------------------------------------------------------------
  // By number, name, any part of a name that only one run has, uid or its beginning (6 digits and
  // more), or `latest`, the one that began last.
  result<stored_run> find(std::string_view which);
  result<stored_run> load(run_id run);
  // Those that began last first, without recipe_text, plan, command_line and faults.
  result<std::vector<stored_run>> list(run_filter const& filter);
  // Oldest first.
  result<std::vector<judgement>> judgements_of(run_id run);
  // Of its folder, or its wreckage.
  result<std::vector<artifact>> artifacts_of(run_id run);

  // --- timelines.cpp --------------------------------------------------------------------------
  // Piece by piece, in order, for timelines that should not stand in memory whole; from the run's
  // folder or, of old runs, from here. Returns how many pieces are missing: damaged, cut off, or
  // removed. `take` must not call this object.
  result<std::uint64_t> each_timeline_chunk(run_id run,
                                            std::function<void(std::string_view)> const& take);
  result<timeline_text> timeline_text_of(run_id run);
  // What can be read of it; a missing piece counts as a skipped line.
  result<timeline::reading> timeline_of(run_id run);

 private:
  results_database(sqlite::connection database, std::filesystem::path file)
      : database_(std::move(database)),
        file_(std::move(file)),
        one_at_a_time_(std::make_unique<std::mutex>()) {}

  [[nodiscard]] std::scoped_lock<std::mutex> alone() const {
    return std::scoped_lock(*one_at_a_time_);
  }
  // These are called with the lock held.
  result<stored_run> load_one(run_id run);
  result<std::optional<stored_run>> load_by_uid(std::string_view uid);
  result<run_id> number_of(std::string_view which);
  result<run_id> named_in_part(std::string_view which, std::string_view otherwise);
  result<std::vector<fired_fault>> faults_of(run_id run);
  result<std::vector<stored_run>> unfinished(std::optional<moment> since);
  result<std::vector<std::string>> names_of(std::string_view signature);
  struct run_size {
    run_id run = 0;
    std::int64_t bytes = 0;
    std::int64_t as_of = 0;  // when the folder was changed last
  };
  void note_sizes(std::span<run_size const> sizes);  // takes the lock itself
  [[nodiscard]] std::string place_of(std::filesystem::path const& folder) const;
  // One run's row and opinions, in the caller's transaction. `anew`: what stands here about it does
  // not count.
  result<ingested> upsert(stored_run const& run, std::vector<judgement> const& judgements,
                          bool anew);
  result<ingested> ingest(folder::run_contents const& run, bool anew);
  result<ingested> take_over(results_database& from, stored_run run);
  result<ingested> take_copy(folder::run_contents const& run, stored_run const& row,
                             merge_options const& how);
  result<gathering> merge_rows(results_database& from, std::filesystem::path const& their_root,
                               merge_options const& how);
  result<std::vector<stored_run>> take_in_the_untold();
  result<void> take_aliases(results_database& from);
  result<void> take_campaigns(results_database& from);
  result<void> take_chunks(results_database& from, run_id theirs, run_id ours);

  sqlite::connection database_;
  std::filesystem::path file_;
  std::optional<std::filesystem::path> backup_;
  std::unique_ptr<std::mutex> one_at_a_time_;
};

// The same for a run that is known by its folder alone.
result<std::uint64_t> each_timeline_chunk(std::filesystem::path const& folder,
                                          stored_run const& run,
                                          std::function<void(std::string_view)> const& take);

}  // namespace wedgehog::store
