// Campaigns in the database: who plays one, and which of its runs count.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "folders.hpp"

namespace wedgehog::store {
namespace {

using ::testing::HasSubstr;

std::string const night = std::string(32, 'a');

campaign some_campaign(std::string name = "nightly") {
  campaign one;
  one.uid = night;
  one.name = std::move(name);
  one.started = at("2026-11-21T01:00:00.000Z");
  one.text = "campaign: nightly\n";
  one.inputs = "{}";
  one.settings = "{}";
  one.supervisor = this_process();
  return one;
}

struct campaigns_of : ::testing::Test {
  // A run as its folder would say it, of one ticket.
  folder::run_contents a_run(std::uint64_t ticket, std::uint64_t attempt, int exit_code,
                             bool interrupted = false) {
    run_wanted wanted;
    wanted.name = fmt::format("run-{}-{}-{}", ticket, attempt, exit_code);
    wanted.signature = exit_code == 1 ? std::optional<std::string>("sig/a") : std::nullopt;
    auto run = run_without_files(temporary.path(), wanted);
    run.facts.campaign = night;
    run.facts.ticket = ticket;
    run.facts.attempt = attempt;
    run.judgements[0].exit_code = exit_code;
    run.judgements[0].met = exit_code == 0;
    run.played->interrupted = interrupted;
    return run;
  }

  own_folder temporary;
  results_database database = good(results_database::open(temporary / "r.sqlite"));
};

TEST_F(campaigns_of, hours_of_a_run_that_failed_end_with_its_failure) {
  good(database.add_campaign(some_campaign()));
  good(database.ingest(a_run(1, 0, 0)));
  auto failed = a_run(2, 0, 1);
  failed.played->exposure_s = 90;
  failed.judgements[0].failed_for_s = 60;
  good(database.ingest(failed));
  auto const cells = good(database.campaign_cells(night, {}));
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_DOUBLE_EQ(cells[0].hours, 0.5 + 30.0 / 3600);
}

TEST_F(campaigns_of, one_ticket_counts_once_whatever_became_of_its_attempts) {
  good(database.add_campaign(some_campaign()));
  good(database.ingest(a_run(1, 0, 0)));
  // A node that was only silent ended its copy too, later.
  good(database.ingest(a_run(2, 1, 1)));
  good(database.ingest(a_run(2, 0, 0)));
  good(database.ingest(a_run(3, 0, 2, true)));
  good(database.ingest(a_run(3, 1, 0)));
  good(database.ingest(a_run(4, 0, 2)));
  good(database.ingest(a_run(5, 0, 2, true)));
  auto const cells = good(database.campaign_cells(night, {}));
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].done, 3) << "1, 2 and 3";
  EXPECT_EQ(cells[0].hits, 0) << "of ticket 2 the first attempt counts: it ended by itself";
  EXPECT_EQ(cells[0].void_runs, 1) << "4 says nothing about its guest";
  EXPECT_NEAR(cells[0].hours, 3 * 0.5, 1e-9) << "each was exposed for half an hour";
  auto const open = good(database.open_tickets(night));
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].number, 5U);
  EXPECT_EQ(open[0].attempts, 1U);
  EXPECT_EQ(open[0].seed, 18446744073709551557ULL);
  EXPECT_EQ(good(database.last_ticket(night)), 5U);
}

TEST_F(campaigns_of, a_failure_that_was_proved_before_somebody_stopped_it_is_a_result) {
  good(database.ingest(a_run(1, 0, 1, true)));
  auto const cells = good(database.campaign_cells(night, {}));
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_EQ(cells[0].hits, 1);
  EXPECT_TRUE(good(database.open_tickets(night)).empty());
}

TEST_F(campaigns_of, with_a_signature_only_that_is_a_hit_under_any_of_its_names) {
  good(database.ingest(a_run(1, 0, 1)));
  good(database.add_alias("sig/a", "sig/b", at("2026-11-21T02:00:00.000Z")));
  EXPECT_EQ(good(database.campaign_cells(night, "sig/b"))[0].hits, 1);
  EXPECT_EQ(good(database.campaign_cells(night, "sig/c"))[0].hits, 0);
}

TEST_F(campaigns_of, a_signature_is_new_once) {
  auto const first = a_run(1, 0, 1);
  good(database.ingest(first));
  EXPECT_TRUE(good(database.is_new("sig/a", first.facts.uid)));
  auto const second = a_run(2, 0, 1);
  good(database.ingest(second));
  EXPECT_FALSE(good(database.is_new("sig/a", second.facts.uid)));
  good(database.add_alias("sig/z", "sig/a", at("2026-11-21T02:00:00.000Z")));
  EXPECT_FALSE(good(database.is_new("sig/z", second.facts.uid))) << "it is the other one";
}

TEST_F(campaigns_of, one_supervisor_at_a_time) {
  good(database.add_campaign(some_campaign()));
  auto other = this_process();
  other.began += 1;  // as a process that is gone
  auto const refused = database.take_campaign(night, other, false);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("is under way"));
  good(database.take_campaign(night, this_process(), false));
  good(database.leave_campaign(night, campaign_state::stopped, "stopped by user",
                               at("2026-11-21T02:00:00.000Z")));
  good(database.take_campaign(night, other, false));
  auto const taken = good(database.campaigns_called("nightly"));
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(state_seen(taken[0]), campaign_state::stopped) << "its supervisor is gone";
  good(database.take_campaign(night, this_process(), false));
}

TEST_F(campaigns_of, a_host_that_cannot_be_asked_is_believed_alive) {
  auto one = some_campaign();
  one.supervisor->host = "elsewhere";
  one.supervisor->boot = "another";
  good(database.add_campaign(one));
  auto const refused = database.take_campaign(night, this_process(), false);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("--take-over"));
  good(database.take_campaign(night, this_process(), true));
}

TEST_F(campaigns_of, they_are_found_by_name_uid_or_as_the_latest) {
  EXPECT_THAT(database.campaigns_called("x").error().message(), HasSubstr("there is none"));
  good(database.add_campaign(some_campaign()));
  auto shard = some_campaign();
  shard.uid = std::string(32, 'b');
  shard.started = at("2026-11-22T01:00:00.000Z");
  good(database.add_campaign(shard));
  EXPECT_EQ(good(database.campaigns_called("nightly")).size(), 2U) << "shards of one night";
  EXPECT_EQ(good(database.campaigns_called("aaaaaa")).size(), 1U);
  EXPECT_EQ(good(database.campaigns_called("latest"))[0].uid, shard.uid);
  EXPECT_THAT(database.campaigns_called("x").error().message(), HasSubstr("there is nightly"));
}

TEST_F(campaigns_of, exposures_are_told_by_night_and_count_each_ticket_once) {
  good(database.add_campaign(some_campaign()));
  good(database.ingest(a_run(1, 0, 0)));
  good(database.ingest(a_run(2, 0, 1)));
  good(database.ingest(a_run(2, 1, 1)));
  good(database.ingest(a_run(3, 0, 2, true)));
  good(database.ingest(a_run(3, 1, 1, true)));
  auto const rows = good(database.exposures({}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].campaign, "nightly");
  EXPECT_EQ(rows[0].runs, 3);
  EXPECT_EQ(rows[0].hits.at("sig/a"), 2) << "3 was stopped after it had failed";
  EXPECT_NEAR(rows[0].hours, 3 * 0.5, 1e-9);
  EXPECT_TRUE(rows[0].void_runs.empty());
}

TEST_F(campaigns_of, they_come_along_when_databases_are_merged) {
  good(database.add_campaign(some_campaign()));
  good(database.ingest(a_run(1, 0, 1)));
  good(database.leave_campaign(night, campaign_state::done, "all goals reached",
                               at("2026-11-21T05:00:00.000Z")));
  auto into = good(results_database::open(temporary / "other" / "r.sqlite"));
  good(into.merge(temporary / "r.sqlite", {}));
  good(into.merge(temporary / "r.sqlite", {}));
  auto const all = good(into.campaigns());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].state, campaign_state::done);
  EXPECT_EQ(good(into.campaign_cells(night, {}))[0].hits, 1);
}

}  // namespace
}  // namespace wedgehog::store
