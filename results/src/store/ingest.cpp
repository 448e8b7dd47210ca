// From folders to rows. What a folder says is foreign: names and paths in it are not followed, and
// texts have a bound.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "folder/files.hpp"
#include "folder/run_writer.hpp"
#include "store/locations.hpp"
#include "store/results_database.hpp"
#include "store/rows.hpp"

namespace wedgehog::store {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_text = 4096;
constexpr std::size_t most_lines = 200;
constexpr double longest_s = 1e8;  // three years

// NUL ends a text for half of SQLite's functions.
void bind_length(std::string& text, std::size_t most) {
  std::erase(text, '\0');
  if (text.size() > most) text.resize(most);
}

void bind_length(std::vector<std::string>& lines) {
  if (lines.size() > most_lines) lines.resize(most_lines);
  for (auto& line : lines) bind_length(line, longest_text);
}

double bounded(double seconds) {
  return std::isfinite(seconds) ? std::clamp(seconds, 0.0, longest_s) : 0;
}

void bind_facts(run_facts& facts) {
  for (auto* text : {&facts.name, &facts.recipe}) bind_length(*text, longest_name);
  for (auto* text : {&facts.recipe_file, &facts.variant, &facts.image, &facts.kernel,
                     &facts.image_checksums, &facts.qemu, &facts.accelerator, &facts.host,
                     &facts.host_kernel, &facts.wedgehog, &facts.owner.host, &facts.owner.boot})
    bind_length(*text, longest_text);
  if (!folder::is_uid(facts.campaign)) facts.campaign.clear();
  for (auto* number : {&facts.ticket, &facts.attempt})
    *number = std::min<std::uint64_t>(*number, 1ULL << 53U);
  if (!std::isfinite(facts.time_scale) || facts.time_scale <= 0) facts.time_scale = 1;
}

void bind_outcome(outcome& how) {
  for (auto* text : {&how.ended, &how.steps}) bind_length(*text, longest_text);
  for (auto* seconds : {&how.duration_s, &how.exposure_s}) *seconds = bounded(*seconds);
  if (how.boot_s) how.boot_s = bounded(*how.boot_s);
  bind_length(how.missing);
  if (how.faults.size() > most_lines) how.faults.resize(most_lines);
  for (auto& fault : how.faults) {
    bind_length(fault.name, longest_name);
    bind_length(fault.kind, longest_name);
    fault.hits = std::min<std::uint64_t>(fault.hits, 1ULL << 53U);
  }
  std::sort(how.faults.begin(), how.faults.end(),
            [](auto const& a, auto const& b) { return a.name < b.name; });
}

judgement bounded(judgement opinion) {
  for (auto* text :
       {&opinion.judge, &opinion.verdict, &opinion.kind, &opinion.recovery, &opinion.expected})
    bind_length(*text, longest_name);
  if (opinion.signature) bind_length(*opinion.signature, longest_text);
  bind_length(opinion.because);
  if (opinion.stuck.size() > most_lines) opinion.stuck.resize(most_lines);
  for (auto& task : opinion.stuck) bind_length(task.frames);
  if (opinion.failed_for_s) opinion.failed_for_s = bounded(*opinion.failed_for_s);
  return opinion;
}

std::vector<judgement> bounded(std::vector<judgement> opinions) {
  for (auto& one : opinions) one = bounded(std::move(one));
  return opinions;
}

bool newer(judgement const& a, judgement const& b) {
  return std::pair(a.judged, digest_of(a)) > std::pair(b.judged, digest_of(b));
}

// What cannot differ between two sights of one run.
std::string differing_fact(run_facts const& a, run_facts const& b) {
  auto const fact = [](std::string_view name, auto const& one, auto const& other) {
    return one == other ? std::string() : fmt::format("{} is {}, not {}", name, other, one);
  };
  std::string found = fact("recipe", a.recipe, b.recipe);
  if (found.empty()) found = fact("variant", a.variant, b.variant);
  if (found.empty()) found = fact("seed", a.seed, b.seed);
  if (found.empty()) found = fact("start", to_text(a.started), to_text(b.started));
  if (found.empty()) found = fact("host", a.host, b.host);
  return found;
}

std::string text_of(std::optional<outcome> const& how) {
  return how ? json::serialize(to_json(*how)) : std::string();
}

// How a run went, as one sight of it knows; an order in which a later sight is greater.
auto progress_of(stored_run const& run) {
  return std::tuple(run.sealed, run.played.has_value(), run.interrupted, text_of(run.played));
}

// How a run went is told once: when it is sealed.
std::string differing_outcome(stored_run const& a, stored_run const& b) {
  bool const both = a.sealed && b.sealed && a.played && b.played;
  if (!both || text_of(a.played) == text_of(b.played)) return {};
  return fmt::format("outcome is {}, not {}", text_of(b.played), text_of(a.played));
}

stored_run joined(stored_run const& a, stored_run const& b) {
  stored_run both = a;
  if (progress_of(b) > progress_of(a)) {
    both.sealed = b.sealed;
    both.played = b.played;
    both.interrupted = b.interrupted;
  }
  both.folder = better_place(a.folder, b.folder);
  both.wreckage = better_place(a.wreckage, b.wreckage);
  both.removed = a.folder == b.folder      ? std::max(a.removed, b.removed)
                 : both.folder == b.folder ? b.removed
                                           : a.removed;
  return both;
}

bool same_row(stored_run const& a, stored_run const& b) {
  return progress_of(a) == progress_of(b) && a.folder == b.folder && a.wreckage == b.wreckage &&
         a.removed == b.removed && a.key.name == b.key.name;
}

bool is_there(fs::path const& folder) {
  std::error_code failure;
  return fs::is_directory(folder, failure);
}

}  // namespace

stored_run from_folder(folder::run_contents const& run) {
  stored_run one;
  one.facts = run.facts;
  bind_facts(one.facts);
  if (one.facts.uid.empty()) one.facts.uid = derived_uid(run.folder);
  one.key.name = one.facts.name;
  one.sealed = run.sealed;
  one.played = run.played;
  if (one.played) bind_outcome(*one.played);
  one.folder = run.folder.string();
  if (run.removed) one.removed = run.removed->when;
  for (auto const& each : run.judgements) {
    auto opinion = bounded(each);
    if (!one.judged || newer(opinion, *one.judged)) one.judged = std::move(opinion);
  }
  if (one.judged)
    one.reached = phase::judged;
  else if (one.played)
    one.reached = phase::played;
  if (standing_of(run) == folder::standing::interrupted)
    one.interrupted = last_heard_of(run.folder, one.facts.started);
  else if (run.sealed && one.played && one.played->interrupted && !one.judged)
    one.interrupted =
        one.facts.started +
        std::chrono::milliseconds(static_cast<std::int64_t>(one.played->duration_s * 1000));
  return one;
}

std::string results_database::place_of(fs::path const& folder) const {
  std::error_code failure;
  auto const here = fs::weakly_canonical(root(), failure);
  auto const there = fs::weakly_canonical(folder, failure);
  if (failure) return folder.string();
  auto const below = there.lexically_relative(here).string();
  return folder::stays_inside(below) && below != "." ? below : there.string();
}

result<ingested> results_database::upsert(stored_run const& run,
                                          std::vector<judgement> const& judgements, bool anew) {
  auto const found = load_by_uid(run.facts.uid);
  if (!found) return found.error();
  ingested done{.key = run.key, .added = !*found, .changed = !*found, .complaints = {}};
  stored_run row = run;
  if (!*found) {
    auto const id = insert_run(database_, run);
    if (!id) return id.error();
    done.key.id = *id;
  } else {
    auto const& old = **found;
    done.key = old.key;
    // Who makes the rows anew believes a folder rather than the row that was made of it.
    bool const believed = anew && (old.folder == run.folder || !is_there(folder_of(old)));
    auto fact = differing_fact(old.facts, run.facts);
    if (fact.empty() && !believed) fact = differing_outcome(old, run);
    if (!fact.empty())
      return host_error(fmt::format(
          "{} claims to be the run {} (uid {}), but its {}: one of the two was changed by hand; "
          "nothing of it was taken",
          run.folder.empty() ? run.key.name : run.folder, old.key.name, run.facts.uid, fact));
    // A folder that moved is where it is now.
    stored_run known = old;
    if (!known.folder.empty() && known.folder != run.folder && !run.folder.empty() &&
        !is_there(folder_of(known)))
      known.folder.clear();
    row = anew ? run : joined(known, run);
    if (!anew) row.reached = row.played ? phase::played : phase::existed;
    if (anew || !same_row(row, old)) {
      if (auto updated = update_run(database_, old.key.id, row); !updated) return updated.error();
      done.changed = !same_row(row, old);
    }
  }
  done.key.name = row.key.name;
  if (done.changed && row.played)
    if (auto kept = replace_faults(database_, done.key.id, row.played->faults); !kept)
      return kept.error();
  for (auto const& opinion : judgements) {
    auto const added = insert_judgement(database_, done.key.id, opinion);
    if (!added) return added.error();
    done.changed = done.changed || *added;
  }
  if (auto chosen = choose_judgement(database_, done.key.id); !chosen) return chosen.error();
  return done;
}

result<ingested> results_database::ingest(folder::run_contents const& run, bool anew) {
  auto one = from_folder(run);
  one.folder = place_of(run.folder);
  auto const attempt = [&]() -> result<ingested> {
    auto all_or_nothing = sqlite::transaction::begin(database_);
    if (!all_or_nothing) return all_or_nothing.error();
    auto done = upsert(one, bounded(run.judgements), anew);
    if (!done) return done;
    // Who was here before this run: its own folder before it had facts, or a run that is gone.
    auto const nameless = database_.change("DELETE FROM runs WHERE uid = ? AND uid <> ?",
                                           {derived_uid(run.folder), one.facts.uid});
    if (!nameless) return nameless.error();
    auto const gone = database_.change(
        "UPDATE runs SET folder = '', removed = COALESCE(removed, ?) WHERE folder = ? AND uid <> ?",
        {to_text(one.facts.started), one.folder, one.facts.uid});
    if (!gone) return gone.error();
    if (auto committed = all_or_nothing->commit(); !committed) return committed.error();
    return done;
  };
  auto done = attempt();
  if (!done) return done.error().within("taking in " + run.folder.string());
  done->complaints = run.complaints;
  if (run.facts.uid.empty())
    done->complaints.push_back(
        fmt::format("it has no uid: {} is made of its path, and another place makes another run",
                    one.facts.uid));
  return done;
}

result<ingested> results_database::ingest(folder::run_contents const& run) {
  auto const lock = alone();
  return ingest(run, false);
}

result<ingested> results_database::ingest(fs::path const& folder) {
  auto const run = folder::read_run(folder);
  if (!run) return run.error();
  return ingest(*run);
}

result<bool> results_database::add_judgement(stored_run const& run, judgement const& opinion,
                                             std::uint64_t missing_pieces) {
  auto const word = word_of(run);
  if (missing_pieces > 0 || word == "running") return false;
  // A folder that cannot be written is no reason to lose an opinion: then it is here alone.
  if (!run.folder.empty()) (void)folder::add_judgement(folder_of(run), opinion);
  auto const lock = alone();
  auto const attempt = [&]() -> result<bool> {
    auto all_or_nothing = sqlite::transaction::begin(database_);
    if (!all_or_nothing) return all_or_nothing.error();
    auto const known = load_by_uid(run.facts.uid);
    if (!known) return known.error();
    if (*known) {
      auto const id = (*known)->key.id;
      if (auto added = insert_judgement(database_, id, bounded(opinion)); !added)
        return added.error();
      if (auto chosen = choose_judgement(database_, id); !chosen) return chosen.error();
    }
    if (auto committed = all_or_nothing->commit(); !committed) return committed.error();
    return true;
  };
  auto done = attempt();
  if (!done) return done.error().within("noting an opinion on " + run.key.name);
  return done;
}

// Their supervisor died before it told of them. A folder that was sealed is whoever's who brought
// it, and a campaign closes its own.
result<std::vector<stored_run>> results_database::take_in_the_untold() {
  auto const folders = folders_without_row();
  if (!folders) return folders.error();
  std::vector<stored_run> taken;
  for (auto const& folder : *folders) {
    if (std::error_code unknown; fs::exists(folder / folder::names::manifest, unknown)) continue;
    auto const run = folder::read_run(folder);
    if (!run || run->facts.uid.empty() || !run->facts.campaign.empty()) continue;
    if (folder::standing_of(*run) != folder::standing::interrupted) continue;
    // One that cannot be taken in keeps nobody out.
    auto const row = ingest(*run);
    if (!row) continue;
    auto one = load(row->key.id);
    if (one && word_of(*one) == "interrupted") taken.push_back(std::move(*one));
  }
  return taken;
}

result<std::vector<stored_run>> results_database::take_in_the_dead() {
  auto untold = take_in_the_untold();
  if (!untold) return untold;
  auto const lock = alone();
  auto runs = unfinished({});
  if (!runs) return runs;
  std::erase_if(*runs, [](stored_run const& run) { return !run.interrupted; });
  for (auto& run : *runs) {
    auto const read = folder::read_run(folder_of(run));
    // A folder that another one took the place of, or that was changed by hand, keeps nobody out.
    if (!run.folder.empty() && read && holds(folder_of(run), run) && ingest(*read, false)) {
      auto now = load_one(run.key.id);
      if (now) run = std::move(*now);
      continue;
    }
    auto const noted = database_.change("UPDATE runs SET interrupted = ? WHERE id = ?",
                                        {in_text(run.interrupted), run.key.id});
    if (!noted) return noted.error();
  }
  // The last look may have found an end that nobody had told.
  std::erase_if(*runs, [](stored_run const& run) { return word_of(run) != "interrupted"; });
  std::move(untold->begin(), untold->end(), std::back_inserter(*runs));
  return runs;
}

}  // namespace wedgehog::store
