// What people and programs ask of the results database.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/described.hpp"
#include "folder/pack.hpp"
#include "store/results_database.hpp"

namespace wedgehog::store {
namespace {

template <class T>
T from_json_text(std::string const& text) {
  T read{};
  boost::system::error_code failure;
  auto const value = json::parse(text, failure);
  if (!failure) from_json(value, read);
  return read;
}

moment moment_in(std::string const& text) {
  return parse_moment(text).value_or(moment{});
}

std::uint64_t seed_in(std::string const& text) {
  std::uint64_t seed = 0;
  std::from_chars(text.data(), text.data() + text.size(), seed);
  return seed;
}

phase phase_in(std::string_view word) {
  if (word == "judged") return phase::judged;
  return word == "played" ? phase::played : phase::existed;
}

// Takes the columns one after the other, so that a list of columns and its reader stay parallel.
class columns {
 public:
  explicit columns(sqlite::row const& at, int from = 0) : at_(at), next_(from) {}
  std::string text() { return at_.text(next_++); }
  std::int64_t integer() { return at_.integer(next_++); }
  double number() { return at_.number(next_++); }
  std::optional<double> maybe_number() { return at_.maybe_number(next_++); }
  std::optional<std::string> maybe_text() { return at_.maybe_text(next_++); }
  [[nodiscard]] int next() const { return next_; }
  [[nodiscard]] bool null() const { return at_.null(next_); }

 private:
  sqlite::row const& at_;
  int next_;
};

constexpr std::string_view judgement_columns =
    "j.judged, j.judge, j.verdict, j.kind, j.because, j.signature, j.exit_code, j.expected, j.met, "
    "j.stuck, j.recovery";

judgement read_judgement(columns& at) {
  judgement read;
  read.judged = moment_in(at.text());
  read.judge = at.text();
  read.verdict = at.text();
  read.kind = at.text();
  read.because = from_json_text<std::vector<std::string>>(at.text());
  read.signature = at.maybe_text();
  read.exit_code = static_cast<int>(at.integer());
  read.expected = at.text();
  read.met = at.integer() != 0;
  read.stuck = from_json_text<std::vector<timeline::blocked_task>>(at.text());
  read.recovery = at.text();
  return read;
}

constexpr std::string_view run_columns =
    "r.id, r.name, r.phase, r.interrupted, r.recipe, r.recipe_file, r.variant, r.seed, r.image, "
    "r.kernel, r.image_checksums, r.qemu, r.accelerator, r.time_scale, r.host, r.host_kernel, "
    "r.wedgehog, r.started, r.wreckage, r.ended, r.duration_s, r.boot_s, r.exposure_s, r.steps";

stored_run read_run(sqlite::row const& row) {
  columns at(row);
  stored_run read;
  read.key.id = at.integer();
  read.key.name = at.text();
  read.reached = phase_in(at.text());
  if (auto when = at.maybe_text()) read.interrupted = moment_in(*when);
  auto& facts = read.facts;
  for (auto* member : {&facts.recipe, &facts.recipe_file, &facts.variant}) *member = at.text();
  facts.seed = seed_in(at.text());
  for (auto* member :
       {&facts.image, &facts.kernel, &facts.image_checksums, &facts.qemu, &facts.accelerator})
    *member = at.text();
  facts.time_scale = at.number();
  for (auto* member : {&facts.host, &facts.host_kernel, &facts.wedgehog}) *member = at.text();
  facts.started = moment_in(at.text());
  read.wreckage = at.text();
  bool const was_played = !at.null();
  outcome how;
  how.ended = at.text();
  how.duration_s = at.number();
  how.boot_s = at.maybe_number();
  how.exposure_s = at.number();
  how.steps = at.text();
  if (was_played) read.played = std::move(how);
  if (!at.null()) read.judged = read_judgement(at);
  return read;
}

constexpr std::string_view from_runs =
    "FROM runs r LEFT JOIN judgements j ON j.id = r.judgement JOIN overview o ON o.id = r.id";

std::optional<std::string> in_text(std::optional<moment> when) {
  return when ? std::optional(to_text(*when)) : std::nullopt;
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string word_of(stored_run const& one) {
  if (one.judged) return one.judged->verdict;
  if (one.interrupted) return "interrupted";
  return one.reached == phase::existed ? "running" : "unjudged";
}

result<run_id> results_database::number_of(std::string_view which) {
  auto const unknown = [&](std::string_view why) {
    return recipe_error(
        fmt::format("no run '{}' in {}: {}; give a number, a name, the end of a name, or latest",
                    which, database_.file().string(), why));
  };
  auto const newest = database_.integer("SELECT COALESCE(MAX(id), 0) FROM runs");
  if (!newest) return newest.error();
  if (*newest == 0) return unknown("it has no runs yet");
  if (which.empty()) return unknown("the name is empty");
  if (which == "latest") return *newest;
  auto const exact = database_.first(
      "SELECT id FROM runs WHERE name = ?1 OR (?2 AND id = CAST(?1 AS INTEGER))",
      {which, all_digits(which)}, [](sqlite::row const& at) { return at.integer(0); });
  if (!exact) return exact.error();
  if (*exact) return **exact;
  // Digits mean a number and nothing else: run 17 must not become a run whose name ends so.
  if (all_digits(which)) return unknown(fmt::format("the newest is {}", *newest));
  // Not LIKE: a name may hold what LIKE takes for a wildcard.
  auto const similar = database_.rows(
      "SELECT id, name FROM runs WHERE substr(name, 1, length(?1)) = ?1 OR substr(name, "
      "-length(?1)) = ?1 ORDER BY id DESC LIMIT 4",
      {which}, [](sqlite::row const& at) {
        return run_key{at.integer(0), at.text(1)};
      });
  if (!similar) return similar.error();
  if (similar->empty()) return unknown(fmt::format("the newest is {}", *newest));
  if (similar->size() == 1) return similar->front().id;
  std::string names;
  for (auto const& one : *similar) names += (names.empty() ? "" : ", ") + one.name;
  return unknown(fmt::format("several begin or end so ({})", names));
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
  auto found = database_.first(
      fmt::format("SELECT {}, {}, r.command_line, r.recipe_text, r.plan {} WHERE r.id = ?",
                  run_columns, judgement_columns, from_runs),
      {run}, [](sqlite::row const& at) {
        constexpr int long_texts = 24 + 11;  // after run_columns and judgement_columns
        auto one = read_run(at);
        one.facts.command_line = at.text(long_texts);
        one.facts.recipe_text = at.text(long_texts + 1);
        one.facts.plan = at.text(long_texts + 2);
        return one;
      });
  if (!found) return found.error();
  if (!*found) return recipe_error(fmt::format("no run {} in {}", run, database_.file().string()));
  stored_run one = std::move(**found);
  if (one.played) {
    auto faults = faults_of(run);
    if (!faults) return faults.error();
    one.played->faults = std::move(*faults);
  }
  return one;
}

result<std::vector<fired_fault>> results_database::faults_of(run_id run) {
  return database_.rows(
      "SELECT name, kind, hits FROM faults WHERE run = ? ORDER BY name", {run},
      [](sqlite::row const& at) {
        return fired_fault{at.text(0), at.text(1), static_cast<std::uint64_t>(at.integer(2))};
      });
}

result<std::vector<stored_run>> results_database::list(run_filter const& filter) {
  auto const lock = alone();
  std::string sql =
      fmt::format("SELECT {}, {} {} WHERE 1", run_columns, judgement_columns, from_runs);
  auto const since = in_text(filter.since);
  sqlite::parameters values;
  auto const only = [&](std::optional<std::string> const& wanted, std::string_view condition) {
    if (!wanted) return;
    sql += condition;
    values.emplace_back(*wanted);
  };
  only(filter.recipe, " AND r.recipe = ?");
  only(filter.variant, " AND r.variant = ?");
  only(filter.verdict, " AND o.verdict = ?");
  only(filter.signature, " AND j.signature = ?");
  only(since, " AND r.started >= ?");
  sql += " ORDER BY r.id DESC LIMIT ?";
  values.emplace_back(filter.limit);
  return database_.rows(sql, values, read_run);
}

result<std::vector<judgement>> results_database::judgements_of(run_id run) {
  auto const lock = alone();
  return database_.rows(
      fmt::format("SELECT {} FROM judgements j WHERE j.run = ? ORDER BY j.id", judgement_columns),
      {run}, [](sqlite::row const& row) {
        columns at(row);
        return read_judgement(at);
      });
}

result<std::vector<artifact>> results_database::artifacts_of(run_id run) {
  auto const lock = alone();
  return database_.rows(
      "SELECT path, bytes, sha256 FROM artifacts WHERE run = ? ORDER BY path", {run},
      [](sqlite::row const& at) {
        return artifact{at.text(0), static_cast<std::uint64_t>(at.integer(1)), at.text(2)};
      });
}

result<std::vector<tally>> results_database::tallies(std::optional<moment> since) {
  auto const lock = alone();
  return database_.rows(
      R"sql(SELECT recipe, variant, verdict, count(*), COALESCE(SUM(exposure_s), 0) / 3600.0
            FROM overview WHERE ?1 IS NULL OR started >= ?1
            GROUP BY recipe, variant, verdict ORDER BY recipe, variant, verdict)sql",
      {in_text(since)}, [](sqlite::row const& at) {
        return tally{at.text(0), at.text(1), at.text(2), at.integer(3), at.number(4)};
      });
}

result<std::vector<signature_sighting>> results_database::signatures(std::optional<moment> since) {
  auto const lock = alone();
  // SQLite, "Bare columns in an aggregate query": with one max(), the other columns come from the
  // row that has it; so verdict, kind and name are those of the latest run.
  return database_.rows(
      R"sql(SELECT signature, verdict, kind, count(*), MAX(id), name,
                   (SELECT MIN(started) FROM overview f WHERE f.signature = o.signature
                      AND (?1 IS NULL OR f.started >= ?1)),
                   started
            FROM overview o WHERE signature IS NOT NULL AND (?1 IS NULL OR started >= ?1)
            GROUP BY signature ORDER BY count(*) DESC, signature)sql",
      {in_text(since)}, [](sqlite::row const& at) {
        return signature_sighting{at.text(0),
                                  at.text(1),
                                  at.text(2),
                                  at.integer(3),
                                  moment_in(at.text(6)),
                                  moment_in(at.text(7)),
                                  {at.integer(4), at.text(5)}};
      });
}

result<std::uint64_t> results_database::each_timeline_chunk(
    run_id run, std::function<void(std::string_view)> const& take) {
  auto const lock = alone();
  if (auto there = exists(run); !there) return there.error();
  std::uint64_t damaged = 0;
  // One chunk per query: a run that still writes must not find a reader that lasts for minutes.
  for (std::int64_t after = 0;;) {
    auto const chunk = database_.first(
        "SELECT number, zstd FROM timeline_chunks WHERE run = ? AND number > ? ORDER BY number "
        "LIMIT 1",
        {run, after}, [](sqlite::row const& at) { return std::pair(at.integer(0), at.text(1)); });
    if (!chunk) return chunk.error();
    if (!*chunk) return damaged;
    after = (*chunk)->first;
    if (auto const text = folder::unpack((*chunk)->second))
      take(*text);
    else
      ++damaged;
  }
}

result<timeline_text> results_database::timeline_text_of(run_id run) {
  timeline_text whole;
  auto const damaged =
      each_timeline_chunk(run, [&](std::string_view piece) { whole.text += piece; });
  if (!damaged) return damaged.error();
  whole.damaged_chunks = *damaged;
  return whole;
}

result<timeline::reading> results_database::timeline_of(run_id run) {
  auto const whole = timeline_text_of(run);
  if (!whole) return whole.error();
  auto read = timeline::read_text(whole->text);
  read.skipped += whole->damaged_chunks;
  if (whole->damaged_chunks != 0 && read.first_complaint.empty())
    read.first_complaint = "a timeline chunk is damaged";
  return read;
}

}  // namespace wedgehog::store
