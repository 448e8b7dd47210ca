// Campaigns: who plays them, and what their runs add up to.
#include <fmt/format.h>

#include <algorithm>

#include "store/campaign.hpp"
#include "store/locations.hpp"
#include "store/results_database.hpp"
#include "store/rows.hpp"

namespace wedgehog::store {
namespace {

constexpr std::string_view select_campaigns =
    "SELECT uid, name, state, why, started, ended, file, text, inputs, settings, owner_host, "
    "owner_boot, owner_pid_namespace, owner_pid, owner_began FROM campaigns";

campaign read_campaign(sqlite::row const& row) {
  columns at(row);
  campaign one;
  one.uid = at.text();
  one.name = at.text();
  (void)parse_name(at.text(), one.state);
  one.why = at.text();
  one.started = moment_in(at.text());
  if (auto const when = at.maybe_text()) one.ended = moment_in(*when);
  for (auto* member : {&one.file, &one.text, &one.inputs, &one.settings}) *member = at.text();
  folder::owner whose;
  whose.host = at.text();
  whose.boot = at.text();
  whose.pid_namespace = static_cast<std::uint64_t>(at.integer());
  whose.pid = at.integer();
  whose.began = static_cast<std::uint64_t>(at.integer());
  if (!whose.host.empty()) one.supervisor = whose;
  return one;
}

error owned(campaign const& one, folder::owner const& whose) {
  bool const elsewhere = look_for(whose) == presence::unknown;
  return recipe_error(fmt::format(
      "the campaign {} is under way: its supervisor is process {} on {}{}", one.name, whose.pid,
      whose.host,
      elsewhere ? ", which cannot be asked from here; when it is gone for sure, use --take-over"
                : "; `wedgehog campaign stop` ends it"));
}

}  // namespace

campaign_state state_seen(campaign const& one) {
  if (one.state != campaign_state::running) return one.state;
  bool const gone = !one.supervisor || look_for(*one.supervisor) == presence::gone;
  return gone ? campaign_state::stopped : campaign_state::running;
}

result<void> results_database::add_campaign(campaign const& one) {
  auto const lock = alone();
  auto const started = to_text(one.started);
  auto const whose = one.supervisor.value_or(folder::owner{});
  auto const added = database_.change(
      "INSERT INTO campaigns VALUES (?, ?, 'running', '', ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {one.uid, one.name, started, one.file, one.text, one.inputs, one.settings, whose.host,
       whose.boot, static_cast<std::int64_t>(whose.pid_namespace), whose.pid,
       static_cast<std::int64_t>(whose.began)});
  if (!added) return added.error().within("noting the campaign " + one.name);
  return {};
}

result<void> results_database::take_campaign(std::string_view uid, folder::owner const& me,
                                             bool from_elsewhere) {
  auto const lock = alone();
  auto all_or_nothing = sqlite::transaction::begin(database_);
  if (!all_or_nothing) return all_or_nothing.error();
  auto const found =
      database_.first(fmt::format("{} WHERE uid = ?", select_campaigns), {uid}, read_campaign);
  if (!found) return found.error();
  if (!*found) return recipe_error(fmt::format("no campaign {} in {}", uid, file_.string()));
  auto const& whose = (*found)->supervisor;
  if ((*found)->state == campaign_state::running && whose && *whose != me) {
    auto const there = look_for(*whose);
    if (there == presence::alive || (there == presence::unknown && !from_elsewhere))
      return owned(**found, *whose);
  }
  auto const taken = database_.change(
      "UPDATE campaigns SET state = 'running', why = '', ended = NULL, owner_host = ?, "
      "owner_boot = ?, owner_pid_namespace = ?, owner_pid = ?, owner_began = ? WHERE uid = ?",
      {me.host, me.boot, static_cast<std::int64_t>(me.pid_namespace), me.pid,
       static_cast<std::int64_t>(me.began), uid});
  if (!taken) return taken.error();
  return all_or_nothing->commit();
}

result<void> results_database::leave_campaign(std::string_view uid, campaign_state state,
                                              std::string_view why, moment when) {
  auto const lock = alone();
  auto const left = database_.change(
      "UPDATE campaigns SET state = ?, why = ?, ended = ?, owner_host = '' WHERE uid = ?",
      {name_of(state), why, to_text(when), uid});
  if (!left) return left.error();
  return {};
}

result<std::vector<campaign>> results_database::campaigns() {
  auto const lock = alone();
  return database_.rows(fmt::format("{} ORDER BY started DESC, uid", select_campaigns), {},
                        read_campaign);
}

result<std::vector<campaign>> results_database::campaigns_called(std::string_view which) {
  auto all = campaigns();
  if (!all) return all;
  if (which == "latest" && !all->empty()) return std::vector{all->front()};
  std::vector<campaign> found;
  for (auto const& one : *all)
    if (one.name == which || (which.size() >= 6 && one.uid.starts_with(which)))
      found.push_back(one);
  if (!found.empty()) return found;
  std::vector<std::string> names;
  for (auto const& one : *all)
    if (std::find(names.begin(), names.end(), one.name) == names.end()) names.push_back(one.name);
  if (names.empty())
    return recipe_error(
        fmt::format("no campaign '{}': there is none in {}; `wedgehog campaign "
                    "start FILE` begins one",
                    which, file_.string()));
  return recipe_error(fmt::format("no campaign '{}' in {}: there {} {}", which, file_.string(),
                                  names.size() == 1 ? "is" : "are", fmt::join(names, ", ")));
}

result<std::vector<cell_sum>> results_database::campaign_cells(
    std::string_view uid, std::optional<std::string> const& signature) {
  std::vector<std::string> names;
  auto const lock = alone();
  if (signature) {
    auto same = names_of(*signature);
    if (!same) return same.error();
    names = std::move(*same);
  }
  std::string hit = "exit_code = 1";
  sqlite::parameters values;
  if (signature) {
    hit += " AND signature IN (?";
    for (std::size_t i = 1; i < names.size(); ++i) hit += ", ?";
    hit += ")";
    for (auto const& name : names) values.emplace_back(name);
  }
  values.emplace_back(uid);
  return database_.rows(
      fmt::format("SELECT recipe, variant, image, SUM(NOT void), SUM(void), "
                  "SUM(NOT void AND COALESCE({}, 0)), "
                  "SUM(CASE WHEN void THEN 0 ELSE at_risk_ms END), "
                  "SUM(CASE WHEN void THEN 0 ELSE COALESCE(duration_s, 0) END) "
                  "FROM counted_runs WHERE campaign = ? AND finished GROUP BY 1, 2, 3",
                  hit),
      values, [](sqlite::row const& row) {
        columns at(row);
        cell_sum sum;
        for (auto* member : {&sum.recipe, &sum.variant, &sum.image}) *member = at.text();
        for (auto* member : {&sum.done, &sum.void_runs, &sum.hits}) *member = at.integer();
        sum.hours = static_cast<double>(at.integer()) / 3'600'000;
        sum.duration_s = at.number();
        return sum;
      });
}

result<std::vector<open_ticket>> results_database::open_tickets(std::string_view uid) {
  auto const lock = alone();
  return database_.rows(
      "SELECT ticket, (SELECT MAX(attempt) + 1 FROM runs a WHERE a.campaign = c.campaign AND "
      "a.ticket = c.ticket), recipe, variant, image, seed FROM counted_runs c "
      "WHERE campaign = ? AND NOT finished ORDER BY ticket",
      {uid}, [](sqlite::row const& row) {
        columns at(row);
        open_ticket one;
        one.number = static_cast<std::uint64_t>(at.integer());
        one.attempts = static_cast<std::uint64_t>(at.integer());
        for (auto* member : {&one.recipe, &one.variant, &one.image}) *member = at.text();
        one.seed = seed_in(at.text());
        return one;
      });
}

result<std::uint64_t> results_database::last_ticket(std::string_view uid) {
  auto const lock = alone();
  auto const last = database_.first("SELECT COALESCE(MAX(ticket), 0) FROM runs WHERE campaign = ?",
                                    {uid}, [](sqlite::row const& at) { return at.integer(0); });
  if (!last) return last.error();
  return static_cast<std::uint64_t>(last->value_or(0));
}

result<std::vector<std::filesystem::path>> results_database::folders_without_row() {
  auto const lock = alone();
  std::vector<std::filesystem::path> unknown;
  for (auto const& folder : folders_of_runs(root())) {
    auto const known = database_.first("SELECT 1 FROM runs WHERE folder = ? LIMIT 1",
                                       {place_of(folder)}, [](sqlite::row const&) { return 1; });
    if (!known) return known.error();
    if (!*known) unknown.push_back(folder);
  }
  return unknown;
}

result<std::vector<std::string>> results_database::names_for(std::string_view signature) {
  auto const lock = alone();
  return names_of(signature);
}

result<bool> results_database::is_new(std::string_view signature, std::string_view run_uid) {
  auto const lock = alone();
  auto const names = names_of(signature);
  if (!names) return names.error();
  for (auto const& name : *names) {
    auto const known =
        database_.first("SELECT 1 FROM runs WHERE signature = ? AND uid <> ? LIMIT 1",
                        {name, run_uid}, [](sqlite::row const&) { return 1; });
    if (!known) return known.error();
    if (*known) return false;
  }
  return true;
}

}  // namespace wedgehog::store
