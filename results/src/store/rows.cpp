#include "store/rows.hpp"

#include <fmt/format.h>

#include <charconv>

#include "folder/checksum.hpp"

namespace wedgehog::store {
namespace {

phase phase_in(std::string_view word) {
  if (word == "judged") return phase::judged;
  return word == "played" ? phase::played : phase::existed;
}

std::string_view word_for(phase reached) {
  if (reached == phase::judged) return "judged";
  return reached == phase::played ? "played" : "existed";
}

std::string because_of(judgement const& opinion) {
  return json::serialize(to_json(opinion.because));
}

// A run's own columns as they stand in the table, in the order of `written_columns`. Views of
// `run` and of the texts here.
struct row_values {
  explicit row_values(stored_run const& run)
      : interrupted(in_text(run.interrupted)),
        started(to_text(run.facts.started)),
        seed(std::to_string(run.facts.seed)),
        removed(in_text(run.removed)) {
    auto const& facts = run.facts;
    auto const& owner = facts.owner;
    auto const& how = run.played;
    if (how) missing = json::serialize(to_json(how->missing));
    auto const when_played = [&](auto const& value) {
      return how ? sqlite::parameter(value) : sqlite::parameter(std::nullopt);
    };
    outcome const none;
    auto const& played = how ? *how : none;
    values = {facts.uid,
              run.key.name,
              word_for(run.reached),
              run.sealed,
              interrupted,
              facts.recipe,
              facts.variant,
              started,
              when_played(played.ended),
              when_played(played.duration_s),
              how ? sqlite::parameter(how->boot_s) : std::nullopt,
              when_played(played.exposure_s),
              when_played(played.steps),
              when_played(played.interrupted),
              when_played(missing),
              run.folder,
              removed,
              run.wreckage,
              seed,
              facts.recipe_file,
              facts.image,
              facts.kernel,
              facts.image_checksums,
              facts.qemu,
              facts.accelerator,
              facts.time_scale,
              facts.host,
              facts.host_kernel,
              facts.wedgehog,
              facts.campaign,
              static_cast<std::int64_t>(facts.ticket),
              static_cast<std::int64_t>(facts.attempt),
              owner.host,
              owner.boot,
              static_cast<std::int64_t>(owner.pid_namespace),
              owner.pid,
              static_cast<std::int64_t>(owner.began)};
  }
  std::optional<std::string> interrupted;
  std::string started, seed, missing;
  std::optional<std::string> removed;
  sqlite::parameters values;
};

constexpr std::string_view written_columns =
    "uid, name, phase, sealed, interrupted, recipe, variant, started, ended, duration_s, boot_s, "
    "exposure_s, steps, stopped, missing, folder, removed, wreckage, seed, recipe_file, image, "
    "kernel, image_checksums, qemu, accelerator, time_scale, host, host_kernel, wedgehog, "
    "campaign, ticket, attempt, owner_host, owner_boot, owner_pid_namespace, owner_pid, "
    "owner_began";

}  // namespace

std::uint64_t seed_in(std::string const& text) {
  std::uint64_t seed = 0;
  std::from_chars(text.data(), text.data() + text.size(), seed);
  return seed;
}

moment moment_in(std::string const& text) {
  return parse_moment(text).value_or(moment{});
}

std::optional<std::string> in_text(std::optional<moment> when) {
  return when ? std::optional(to_text(*when)) : std::nullopt;
}

std::string_view const judgement_columns =
    "j.judged, j.judge, j.verdict, j.kind, j.because, j.signature, j.exit_code, j.expected, j.met, "
    "j.stuck, j.recovery, j.failed_for_s";

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
  read.failed_for_s = at.maybe_number();
  return read;
}

std::string_view const select_runs =
    "SELECT r.id, r.uid, r.name, r.phase, r.sealed, r.interrupted, r.recipe, r.recipe_file, "
    "r.variant, r.seed, r.image, r.kernel, r.image_checksums, r.qemu, r.accelerator, r.time_scale, "
    "r.host, r.host_kernel, r.wedgehog, r.campaign, r.ticket, r.attempt, r.started, r.owner_host, "
    "r.owner_boot, "
    "r.owner_pid_namespace, r.owner_pid, r.owner_began, r.folder, r.removed, r.wreckage, r.ended, "
    "r.duration_s, r.boot_s, r.exposure_s, r.steps, r.stopped, r.missing, j.judged, j.judge, "
    "j.verdict, j.kind, j.because, j.signature, j.exit_code, j.expected, j.met, j.stuck, "
    "j.recovery, j.failed_for_s FROM runs r LEFT JOIN judgements j ON j.id = r.judgement";

stored_run read_run(sqlite::row const& row) {
  columns at(row);
  stored_run read;
  auto& facts = read.facts;
  read.key.id = at.integer();
  facts.uid = at.text();
  read.key.name = at.text();
  facts.name = read.key.name;
  read.reached = phase_in(at.text());
  read.sealed = at.integer() != 0;
  if (auto when = at.maybe_text()) read.interrupted = moment_in(*when);
  for (auto* member : {&facts.recipe, &facts.recipe_file, &facts.variant}) *member = at.text();
  facts.seed = seed_in(at.text());
  for (auto* member :
       {&facts.image, &facts.kernel, &facts.image_checksums, &facts.qemu, &facts.accelerator})
    *member = at.text();
  facts.time_scale = at.number();
  for (auto* member : {&facts.host, &facts.host_kernel, &facts.wedgehog, &facts.campaign})
    *member = at.text();
  facts.ticket = static_cast<std::uint64_t>(at.integer());
  facts.attempt = static_cast<std::uint64_t>(at.integer());
  facts.started = moment_in(at.text());
  facts.owner.host = at.text();
  facts.owner.boot = at.text();
  facts.owner.pid_namespace = static_cast<std::uint64_t>(at.integer());
  facts.owner.pid = at.integer();
  facts.owner.began = static_cast<std::uint64_t>(at.integer());
  read.folder = at.text();
  if (auto when = at.maybe_text()) read.removed = moment_in(*when);
  read.wreckage = at.text();
  bool const was_played = !at.null();
  outcome how;
  how.ended = at.text();
  how.duration_s = at.number();
  how.boot_s = at.maybe_number();
  how.exposure_s = at.number();
  how.steps = at.text();
  how.interrupted = at.integer() != 0;
  how.missing = from_json_text<std::vector<std::string>>(at.text());
  if (was_played) read.played = std::move(how);
  if (!at.null()) read.judged = read_judgement(at);
  return read;
}

std::string digest_of(judgement const& opinion) {
  // As schema.cpp has it for the opinions of before.
  auto const text =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", to_text(opinion.judged), opinion.judge,
                  opinion.verdict, opinion.kind, opinion.recovery, opinion.signature.value_or(""),
                  opinion.exit_code, opinion.expected, opinion.met ? 1 : 0, because_of(opinion));
  return folder::sha256_of_text(text).substr(0, 16);
}

result<run_id> insert_run(sqlite::connection& on, stored_run const& run) {
  row_values const row(run);
  std::string marks = "?";
  for (std::size_t i = 1; i < row.values.size(); ++i) marks += ", ?";
  return on.insert(fmt::format("INSERT INTO runs ({}) VALUES ({})", written_columns, marks),
                   row.values);
}

result<void> update_run(sqlite::connection& on, run_id id, stored_run const& run) {
  row_values row(run);
  std::string marks = "?";
  for (std::size_t i = 1; i < row.values.size(); ++i) marks += ", ?";
  row.values.emplace_back(id);
  auto const changed = on.change(
      fmt::format("UPDATE runs SET ({}) = ({}) WHERE id = ?", written_columns, marks), row.values);
  if (!changed) return changed.error();
  return {};
}

result<bool> insert_judgement(sqlite::connection& on, run_id id, judgement const& opinion) {
  auto const judged = to_text(opinion.judged);
  auto const because = because_of(opinion);
  auto const stuck = json::serialize(to_json(opinion.stuck));
  auto const digest = digest_of(opinion);
  auto const added = on.change(
      R"sql(INSERT INTO judgements (run, judged, judge, verdict, kind, because, signature,
              exit_code, expected, met, stuck, recovery, opinion, failed_for_s)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, opinion) DO NOTHING)sql",
      {id, judged, opinion.judge, opinion.verdict, opinion.kind, because, opinion.signature,
       opinion.exit_code, opinion.expected, opinion.met, stuck, opinion.recovery, digest,
       opinion.failed_for_s});
  if (!added) return added.error();
  return *added > 0;
}

result<void> choose_judgement(sqlite::connection& on, run_id id) {
  auto const chosen = on.change(
      R"sql(UPDATE runs SET phase = 'judged',
              (judgement, verdict, kind, recovery, signature, exit_code, expected, met,
               failed_for_s) =
              (SELECT id, verdict, kind, recovery, signature, exit_code, expected, met, failed_for_s
               FROM judgements WHERE run = ?1 ORDER BY judged DESC, opinion DESC LIMIT 1)
            WHERE id = ?1 AND EXISTS (SELECT 1 FROM judgements WHERE run = ?1))sql",
      {id});
  if (!chosen) return chosen.error();
  return {};
}

result<void> replace_faults(sqlite::connection& on, run_id id,
                            std::vector<fired_fault> const& faults) {
  auto const cleared = on.change("DELETE FROM faults WHERE run = ?", {id});
  if (!cleared) return cleared.error();
  for (auto const& fault : faults) {
    auto const fired = on.change(
        R"sql(INSERT INTO faults VALUES (?, ?, ?, ?)
              ON CONFLICT DO UPDATE SET hits = hits + excluded.hits)sql",
        {id, fault.name, fault.kind, static_cast<std::int64_t>(fault.hits)});
    if (!fired) return fired.error();
  }
  return {};
}

}  // namespace wedgehog::store
