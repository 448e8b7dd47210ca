// Many databases into one, and one out of the folders that it is an index of.
#include <fmt/format.h>

#include "loop/temporary.hpp"
#include "store/locations.hpp"
#include "store/migrations.hpp"
#include "store/results_database.hpp"
#include "store/rows.hpp"

namespace wedgehog::store {
namespace fs = std::filesystem;

namespace {

void count(gathering& all, result<ingested> const& one, std::string_view of) {
  if (!one) {
    all.complaints.push_back(one.error().message());
    return;
  }
  ++(one->added ? all.added : one->changed ? all.changed : all.unchanged);
  for (auto const& complaint : one->complaints)
    all.complaints.push_back(fmt::format("{}: {}", of, complaint));
}

// A file of an older program is brought up to date in a copy: it belongs to somebody else.
result<fs::path> up_to_date_copy(fs::path const& file, loop::temporary_directory const& place) {
  auto reader = sqlite::connection::open_for_reading(file, std::chrono::seconds(2));
  if (!reader) return reader.error();
  auto const copy = fs::path(place.path()) / "results.sqlite";
  if (auto copied = reader->change("VACUUM INTO ?", {copy.string()}); !copied)
    return copied.error();
  return copy;
}

bool is_older(fs::path const& file) {
  auto reader = sqlite::connection::open_for_reading(file, std::chrono::seconds(2));
  if (!reader) return false;
  auto const version = reader->integer("SELECT MAX(version) FROM schema_versions");
  return version && *version < std::ssize(migrations());
}

std::string absolute_in(fs::path const& root, std::string const& path) {
  return path.empty() ? path : (root / path).lexically_normal().string();
}

// A folder's name in runs/ that no other run has.
fs::path free_place(fs::path const& root, stored_run const& run) {
  auto const& name = run.key.name;
  auto const& uid = run.facts.uid;
  bool const plain = !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
  auto const wanted = root / "runs" / (plain ? name : uid);
  std::error_code failure;
  return fs::exists(wanted, failure) ? root / "runs" / (plain ? name + "-" + uid.substr(0, 8) : uid)
                                     : wanted;
}

}  // namespace

result<void> results_database::take_chunks(results_database& from, run_id theirs, run_id ours) {
  struct chunk {
    std::int64_t number, sealed, signals, raw_bytes;
    std::string zstd;
  };
  constexpr std::string_view gathered =
      "SELECT COALESCE(SUM(raw_bytes), 0) FROM timeline_chunks WHERE run = ?";
  auto const more = from.database_.integer(gathered, {theirs});
  auto const have = database_.integer(gathered, {ours});
  if (!more || !have) return more ? have.error() : more.error();
  if (*more <= *have) return {};
  auto const chunks = from.database_.rows(
      "SELECT number, sealed, signals, raw_bytes, zstd FROM timeline_chunks WHERE run = ?",
      {theirs}, [](sqlite::row const& at) {
        return chunk{at.integer(0), at.integer(1), at.integer(2), at.integer(3), at.text(4)};
      });
  if (!chunks) return chunks.error();
  auto const cleared = database_.change("DELETE FROM timeline_chunks WHERE run = ?", {ours});
  if (!cleared) return cleared.error();
  for (auto const& one : *chunks) {
    auto const kept = database_.change(
        "INSERT INTO timeline_chunks VALUES (?, ?, ?, ?, ?, ?)",
        {ours, one.number, one.sealed, one.signals, one.raw_bytes, sqlite::blob{one.zstd}});
    if (!kept) return kept.error();
  }
  return {};
}

// A row of another database, with everything that belongs to it.
result<ingested> results_database::take_over(results_database& from, stored_run run) {
  auto const theirs = run.key.id;
  auto const judgements = from.judgements_of(theirs);
  if (!judgements) return judgements.error();
  auto all_or_nothing = sqlite::transaction::begin(database_);
  if (!all_or_nothing) return all_or_nothing.error();
  auto done = upsert(run, *judgements, false);
  if (!done) return done;
  auto const ours = done->key.id;
  if (run.folder.empty()) {
    auto const texts =
        database_.change("INSERT INTO run_texts VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                         {ours, run.facts.command_line, run.facts.recipe_text, run.facts.plan});
    if (!texts) return texts.error();
    if (auto taken = take_chunks(from, theirs, ours); !taken) return taken.error();
    auto const artifacts = from.artifacts_of(theirs);
    if (!artifacts) return artifacts.error();
    for (auto const& one : *artifacts) {
      auto const kept =
          database_.change("INSERT INTO artifacts VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                           {ours, one.path, static_cast<std::int64_t>(one.bytes), one.sha256});
      if (!kept) return kept.error();
    }
  }
  if (auto committed = all_or_nothing->commit(); !committed) return committed.error();
  return done;
}

result<void> results_database::take_aliases(results_database& from) {
  struct alias {
    std::string signature, stands_for, noted;
  };
  auto const aliases = from.database_.rows("SELECT signature, stands_for, noted FROM aliases", {},
                                           [](sqlite::row const& at) {
                                             return alias{at.text(0), at.text(1), at.text(2)};
                                           });
  if (!aliases) return aliases.error();
  // Of two opinions the newer one holds, wherever it comes from.
  for (auto const& one : *aliases) {
    auto const kept = database_.change(
        R"sql(INSERT INTO aliases VALUES (?, ?, ?)
              ON CONFLICT DO UPDATE SET stands_for = excluded.stands_for, noted = excluded.noted
              WHERE (excluded.noted, excluded.stands_for) > (noted, stands_for))sql",
        {one.signature, one.stands_for, one.noted});
    if (!kept) return kept.error();
  }
  return {};
}

// Of two sights of a campaign the one whose supervisor ended later knows more.
result<void> results_database::take_campaigns(results_database& from) {
  auto const theirs = from.campaigns();
  if (!theirs) return theirs.error();
  for (auto const& one : *theirs) {
    auto const state =
        state_seen(one) == campaign_state::done ? campaign_state::done : campaign_state::stopped;
    auto const kept = database_.change(
        R"sql(INSERT INTO campaigns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', 0, 0, 0)
              ON CONFLICT DO UPDATE SET state = excluded.state, why = excluded.why,
                ended = excluded.ended
              WHERE owner_host = '' AND excluded.ended > COALESCE(ended, ''))sql",
        {one.uid, one.name, name_of(state), one.why, to_text(one.started), in_text(one.ended),
         one.file, one.text, one.inputs, one.settings});
    if (!kept) return kept.error();
  }
  return {};
}

result<gathering> results_database::merge_rows(results_database& from, fs::path const& their_root,
                                               merge_options const& how) {
  gathering all;
  auto const ids = from.database_.rows("SELECT id FROM runs ORDER BY id", {},
                                       [](sqlite::row const& at) { return at.integer(0); });
  if (!ids) return ids.error();
  for (auto const id : *ids) {
    auto run = from.load(id);
    if (!run) return run.error();
    auto const folder = run->folder.empty() ? fs::path() : their_root / run->folder;
    // The folder says more than its row, and how to read it without their database.
    std::error_code failure;
    if (!folder.empty() && fs::is_directory(folder, failure)) {
      auto const read = folder::read_run(folder);
      auto const same = read && from_folder(*read).facts.uid == run->facts.uid;
      if (same && how.copy && run->sealed) {
        count(all, take_copy(*read, *run, how), run->key.name);
        continue;
      }
    }
    run->folder = folder.empty() ? "" : place_of(folder);
    run->wreckage = absolute_in(their_root, run->wreckage);
    count(all, take_over(from, std::move(*run)), "");
  }
  if (auto taken = take_aliases(from); !taken) return taken.error();
  if (auto taken = take_campaigns(from); !taken) return taken.error();
  return all;
}

// Copies a run's folder, unless it is here already, and takes it in from there.
result<ingested> results_database::take_copy(folder::run_contents const& run, stored_run const& row,
                                             merge_options const& how) {
  auto const known = load_by_uid(row.facts.uid);
  if (!known) return known.error();
  bool const here = *known && !(*known)->folder.empty() && (*known)->folder.front() != '/';
  auto const place = here ? folder_of(**known) : free_place(root(), row);
  std::error_code failure;
  if (!fs::is_directory(place, failure)) {
    if (how.tell) how.tell(row.key.name);
    if (auto copied = copy_folder(run.folder, place); !copied)
      return copied.error().within("copying the run " + row.key.name);
  }
  auto const copy = folder::read_run(place);
  if (!copy) return copy.error();
  return ingest(*copy, false);
}

result<gathering> results_database::merge(fs::path const& other, merge_options const& how) {
  std::error_code failure;
  bool const directory = fs::is_directory(other, failure);
  auto const file = directory ? other / "results.sqlite" : other;
  auto const their_root = fs::absolute(file, failure).lexically_normal().parent_path();
  if (fs::equivalent(file, file_, failure))
    return recipe_error(fmt::format("{} is this database itself", file.string()));
  gathering all;
  if (fs::exists(file, failure)) {
    auto from = results_database::open_for_reading(file);
    std::optional<loop::temporary_directory> place;
    if (!from && is_older(file)) {
      auto made = loop::temporary_directory::make();
      if (!made) return made.error();
      place.emplace(std::move(*made));
      auto const copy = up_to_date_copy(file, *place);
      if (!copy) return copy.error();
      from = results_database::open(*copy);
    }
    if (!from) return from.error();
    auto const lock = alone();
    auto rows = merge_rows(*from, their_root, how);
    if (!rows) return rows;
    all = std::move(*rows);
  } else if (!directory) {
    return recipe_error(fmt::format("there is no {}", other.string()));
  }
  // Runs that their database does not know yet.
  auto const lock = alone();
  for (auto const& folder : folders_of_runs(their_root)) {
    auto const run = folder::read_run(folder);
    if (!run) {
      all.complaints.push_back(run.error().message());
      continue;
    }
    auto const row = from_folder(*run);
    auto const known = load_by_uid(row.facts.uid);
    if (!known) return known.error();
    if (*known) continue;
    count(all, how.copy && run->sealed ? take_copy(*run, row, how) : ingest(*run, false),
          folder.filename().string());
  }
  return all;
}

result<gathering> results_database::rebuild() {
  auto const lock = alone();
  gathering all;
  for (auto const& folder : folders_of_runs(root())) {
    auto const run = folder::read_run(folder);
    if (run)
      count(all, ingest(*run, true), folder.filename().string());
    else
      all.complaints.push_back(run.error().message());
  }
  auto const counted = [&]() -> result<void> {
    auto all_or_nothing = sqlite::transaction::begin(database_);
    if (!all_or_nothing) return all_or_nothing.error();
    auto const anew = database_.script(
        "DELETE FROM tally_spans; DELETE FROM tally_kinds; DELETE FROM signature_spans; "
        "INSERT INTO tally_changes SELECT id, 1 FROM runs;");
    if (!anew) return anew;
    return all_or_nothing->commit();
  }();
  if (!counted) return counted.error().within("counting the runs anew");
  return all;
}

}  // namespace wedgehog::store
