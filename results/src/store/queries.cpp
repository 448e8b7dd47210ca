// What people and programs ask of the results database about single runs.
#include <fmt/format.h>

#include <algorithm>

#include "folder/files.hpp"
#include "store/locations.hpp"
#include "store/results_database.hpp"
#include "store/rows.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

// Shorter beginnings of a uid are more likely a mistyped number.
constexpr std::size_t shortest_uid = 6;
constexpr int names_told = 3;

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool begins_uid(std::string_view text) {
  return text.size() >= shortest_uid && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool may_be_alive(stored_run const& run) {
  return !run.judged && !run.interrupted && !run.sealed;
}

// An interrupted run is shown as one by whoever looks, without anybody having to write that down.
void look_after(stored_run& run, fs::path const& folder) {
  if (may_be_alive(run) && look_for(run.facts.owner) == presence::gone)
    run.interrupted =
        run.folder.empty() ? run.facts.started : last_heard_of(folder, run.facts.started);
}

void put_texts(stored_run& run, fs::path const& folder) {
  if (!holds(folder, run)) return;
  auto const text = [&](std::string_view name) {
    auto read = folder::read_document(folder / name);
    return read ? std::move(*read) : std::string();
  };
  run.facts.plan = text(folder::names::plan);
  run.facts.recipe_text = text(folder::names::recipe);
  if (auto const facts = folder::read_object(folder / folder::names::facts))
    run.facts.command_line = text_at(*facts, "command_line");
}

}  // namespace

std::string word_of(stored_run const& one) {
  if (one.judged) return one.judged->verdict;
  if (one.interrupted) return "interrupted";
  return one.reached == phase::existed ? "running" : "unjudged";
}

fs::path results_database::folder_of(stored_run const& run) const {
  // An absolute path stays what it is.
  return root() / (run.folder.empty() ? run.wreckage : run.folder);
}

result<run_id> results_database::number_of(std::string_view which) {
  auto const unknown = [&](std::string_view why) {
    return recipe_error(fmt::format(
        "no run '{}' in {}: {}; give a number, a name or a part of one, a uid, or latest", which,
        file_.string(), why));
  };
  auto const newest = database_.first("SELECT id FROM runs ORDER BY started DESC, id DESC LIMIT 1",
                                      {}, [](sqlite::row const& at) { return at.integer(0); });
  if (!newest) return newest.error();
  if (!*newest) return unknown("it has no runs yet");
  if (which.empty()) return unknown("the name is empty");
  if (which == "latest") return **newest;
  if (all_digits(which)) {
    auto const numbered =
        database_.first("SELECT id FROM runs WHERE id = CAST(? AS INTEGER)", {which},
                        [](sqlite::row const& at) { return at.integer(0); });
    if (!numbered) return numbered.error();
    if (*numbered) return **numbered;
    // Few digits mean a number and nothing else: run 17 must not become one whose name has it.
    if (which.size() < shortest_uid) return unknown(fmt::format("the newest is {}", **newest));
  }
  return named_in_part(which, unknown(fmt::format("the newest is {}", **newest)).what());
}

result<run_id> results_database::named_in_part(std::string_view which, std::string_view otherwise) {
  struct named {
    run_id id;
    std::string name, uid;
  };
  auto const look = [&](std::string_view condition, sqlite::parameters const& values) {
    return database_.rows(
        fmt::format("SELECT id, name, uid FROM runs WHERE {} ORDER BY id DESC LIMIT {}", condition,
                    names_told + 1),
        values, [](sqlite::row const& at) {
          return named{at.integer(0), at.text(1), at.text(2)};
        });
  };
  auto found = look("name = ?", {which});
  if (found && found->empty() && begins_uid(which))
    found = look("uid >= ?1 AND uid < ?1 || 'g'", {which});
  // Not LIKE: a name may hold what LIKE takes for a wildcard.
  if (found && found->empty())
    found = look("id IN (SELECT id FROM runs WHERE instr(name, ?) > 0)", {which});
  if (!found) return found.error();
  if (found->empty()) return recipe_error(std::string(otherwise));
  if (found->size() == 1) return found->front().id;
  std::string names;
  for (auto const& one : *found)
    names += fmt::format("{}{} ({}, uid {})", names.empty() ? "" : ", ", one.name, one.id,
                         one.uid.substr(0, 12));
  return recipe_error(
      fmt::format("several runs in {} are called '{}': {}{}; say more of the name, "
                  "its number, or the beginning of its uid",
                  file_.string(), which, names, found->size() > names_told ? " …" : ""));
}

result<stored_run> results_database::find(std::string_view which) {
  auto const lock = alone();
  auto const id = number_of(which);
  if (!id) return id.error();
  return load_one(*id);
}

result<stored_run> results_database::load(run_id run) {
  auto const lock = alone();
  return load_one(run);
}

result<stored_run> results_database::load_one(run_id run) {
  auto found = database_.first(fmt::format("{} WHERE r.id = ?", select_runs), {run}, read_run);
  if (!found) return found.error();
  if (!*found) return recipe_error(fmt::format("no run {} in {}", run, file_.string()));
  stored_run one = std::move(**found);
  if (one.played) {
    auto faults = faults_of(run);
    if (!faults) return faults.error();
    one.played->faults = std::move(*faults);
  }
  if (!one.folder.empty()) {
    put_texts(one, folder_of(one));
  } else {
    auto const texts =
        database_.rows("SELECT command_line, recipe_text, plan FROM run_texts WHERE run = ?", {run},
                       [&](sqlite::row const& at) {
                         one.facts.command_line = at.text(0);
                         one.facts.recipe_text = at.text(1);
                         one.facts.plan = at.text(2);
                         return 0;
                       });
    if (!texts) return texts.error();
  }
  look_after(one, folder_of(one));
  return one;
}

result<std::optional<stored_run>> results_database::load_by_uid(std::string_view uid) {
  auto found = database_.first(fmt::format("{} WHERE r.uid = ?", select_runs), {uid}, read_run);
  if (!found) return found.error();
  if (*found && (*found)->played) {
    auto faults = faults_of((*found)->key.id);
    if (!faults) return faults.error();
    (*found)->played->faults = std::move(*faults);
  }
  return found;
}

result<std::vector<fired_fault>> results_database::faults_of(run_id run) {
  return database_.rows(
      "SELECT name, kind, hits FROM faults WHERE run = ? ORDER BY name", {run},
      [](sqlite::row const& at) {
        return fired_fault{at.text(0), at.text(1), static_cast<std::uint64_t>(at.integer(2))};
      });
}

result<std::vector<stored_run>> results_database::unfinished(std::optional<moment> since) {
  auto runs = database_.rows(
      fmt::format("{} WHERE r.word IN ('running', 'unjudged') AND r.started >= ?", select_runs),
      {to_text(since.value_or(moment{}))}, read_run);
  if (!runs) return runs;
  for (auto& run : *runs) look_after(run, folder_of(run));
  return runs;
}

result<std::vector<stored_run>> results_database::list(run_filter const& filter) {
  auto const lock = alone();
  std::string sql = fmt::format("{} WHERE 1", select_runs);
  auto const since = in_text(filter.since);
  sqlite::parameters values;
  auto const only = [&](std::optional<std::string> const& wanted, std::string_view condition) {
    if (!wanted) return;
    sql += condition;
    values.emplace_back(*wanted);
  };
  only(filter.recipe, " AND r.recipe = ?");
  only(filter.variant, " AND r.variant = ?");
  only(filter.image, " AND r.image = ?");
  // Not LIKE: a release may hold what LIKE takes for a wildcard.
  auto const after = filter.kernel ? std::optional(*filter.kernel + '\x7f') : std::nullopt;
  only(filter.kernel, " AND r.kernel >= ?");
  only(after, " AND r.kernel < ?");
  only(since, " AND r.started >= ?");
  // These three words change as processes end, without anybody writing it down.
  bool const alive = filter.verdict == "running" || filter.verdict == "unjudged";
  bool const interrupted = filter.verdict == "interrupted";
  if (interrupted)
    sql += " AND r.word IN ('interrupted', 'running', 'unjudged')";
  else
    only(filter.verdict, " AND r.word = ?");
  std::vector<std::string> names;
  if (filter.signature) {
    auto same = names_of(*filter.signature);
    if (!same) return same.error();
    names = std::move(*same);
    sql += " AND r.signature IN (?";
    for (std::size_t i = 1; i < names.size(); ++i) sql += ", ?";
    sql += ")";
    for (auto const& name : names) values.emplace_back(name);
  }
  sql += " ORDER BY r.started DESC, r.id DESC LIMIT ?";
  values.emplace_back(alive || interrupted ? -1 : filter.limit);
  auto runs = database_.rows(sql, values, read_run);
  if (!runs) return runs;
  for (auto& run : *runs) look_after(run, folder_of(run));
  if (alive || interrupted)
    std::erase_if(*runs, [&](stored_run const& run) { return word_of(run) != filter.verdict; });
  if (std::ssize(*runs) > filter.limit) runs->resize(static_cast<std::size_t>(filter.limit));
  return runs;
}

result<std::vector<judgement>> results_database::judgements_of(run_id run) {
  auto const lock = alone();
  return database_.rows(fmt::format("SELECT {} FROM judgements j WHERE j.run = ? ORDER BY "
                                    "j.judged, j.opinion",
                                    judgement_columns),
                        {run}, [](sqlite::row const& row) {
                          columns at(row);
                          return read_judgement(at);
                        });
}

result<std::vector<artifact>> results_database::artifacts_of(run_id run) {
  auto const lock = alone();
  auto const one = load_one(run);
  if (!one) return one.error();
  if (!one->folder.empty()) {
    auto read = folder::read_run(folder_of(*one));
    if (!read) return read.error();
    return std::move(read->artifacts);
  }
  return database_.rows(
      "SELECT path, bytes, sha256 FROM artifacts WHERE run = ? ORDER BY path", {run},
      [](sqlite::row const& at) {
        return artifact{at.text(0), static_cast<std::uint64_t>(at.integer(1)), at.text(2)};
      });
}

}  // namespace wedgehog::store
