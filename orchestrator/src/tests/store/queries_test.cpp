#include "fixture.hpp"

namespace wedgehog::store {
namespace {

struct queries : ::testing::Test {
  own_folder temporary;
  results_database database = good(results_database::open(temporary / "results.sqlite"));

  struct wanted {
    std::string recipe;
    std::string variant;
    std::string started;
    std::string verdict;  // empty: not judged
    std::optional<std::string> signature;
  };
  run_key add(wanted const& one) {
    auto facts = some_facts(one.recipe);
    facts.variant = one.variant;
    facts.started = at(one.started);
    auto const key = good(database.begin_run(facts, this_process()));
    if (one.verdict.empty()) return key;
    good(database.played(key.id, some_outcome()));
    auto verdict = some_verdict(one.verdict);
    verdict.signature = one.signature;
    good(database.judged(key.id, verdict));
    return key;
  }
  std::vector<run_id> ids(run_filter const& filter) {
    std::vector<run_id> found;
    for (auto const& one : good(database.list(filter))) found.push_back(one.key.id);
    return found;
  }
};

TEST_F(queries, lists_are_filtered_and_newest_first) {
  add({"hammer", "", "2026-11-19T01:00:00.000Z", "passed", {}});
  add({"hammer", "settle=60s", "2026-11-20T01:00:00.000Z", "wedged", "sig-a"});
  add({"xfs", "", "2026-11-21T01:00:00.000Z", "wedged", "sig-b"});
  add({"xfs", "", "2026-11-22T01:00:00.000Z", "", {}});
  using list = std::vector<run_id>;
  EXPECT_EQ(ids({}), (list{4, 3, 2, 1}));
  EXPECT_EQ(ids({.recipe = "xfs"}), (list{4, 3}));
  EXPECT_EQ(ids({.recipe = "hammer", .variant = ""}), (list{1}));
  EXPECT_EQ(ids({.verdict = "wedged"}), (list{3, 2}));
  EXPECT_EQ(ids({.verdict = "running"}), (list{4}));
  EXPECT_EQ(ids({.signature = "sig-a"}), (list{2}));
  EXPECT_EQ(ids({.since = at("2026-11-21T01:00:00.000Z")}), (list{4, 3}));
  EXPECT_EQ(ids({.limit = 1}), (list{4}));
  EXPECT_EQ(ids({.recipe = "' OR 1 --"}), (list{}));
  auto const listed = good(database.list({.limit = 1}));
  EXPECT_TRUE(listed[0].facts.recipe_text.empty()) << "long texts are loaded one run at a time";
  EXPECT_EQ(listed[0].facts.seed, some_facts().seed);
}

TEST_F(queries, a_run_is_found_by_what_people_type) {
  auto const first = add({"hammer", "", "2026-11-19T01:00:00.000Z", "passed", {}});
  auto const second = add({"xfs_log", "", "2026-11-20T01:00:00.000Z", "passed", {}});
  EXPECT_EQ(good(database.find("1")).key.name, first.name);
  EXPECT_EQ(good(database.find("latest")).key.id, second.id);
  EXPECT_EQ(good(database.find(first.name)).key.id, first.id);
  EXPECT_EQ(good(database.find(first.name.substr(first.name.size() - 5))).key.id, first.id);
  EXPECT_EQ(good(database.find("hammer")).key.id, first.id);
}

TEST_F(queries, a_run_that_is_not_there_is_the_users_mistake) {
  auto const early = database.find("latest");
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().message().find("it has no runs yet"), std::string::npos);
  add({"hammer", "", "2026-11-19T01:00:00.000Z", "passed", {}});
  add({"hammer", "", "2026-11-19T01:00:00.000Z", "passed", {}});
  for (auto const* bad : {"17", "nonesuch", "", "%", "h_mmer", "99999999999999999999", "hammer"}) {
    auto const found = database.find(bad);
    ASSERT_FALSE(found) << bad;
    EXPECT_EQ(found.error().whose(), blame::recipe) << bad;
  }
  EXPECT_NE(database.find("hammer").error().message().find("several begin or end so"),
            std::string::npos);
  EXPECT_NE(database.find("x").error().message().find("the newest is 2"), std::string::npos);
}

TEST_F(queries, tallies_come_with_their_exposure) {
  add({"xfs", "a", "2026-11-19T01:00:00.000Z", "passed", {}});
  add({"xfs", "a", "2026-11-20T01:00:00.000Z", "passed", {}});
  add({"xfs", "a", "2026-11-20T01:00:00.000Z", "wedged", "sig"});
  add({"xfs", "b", "2026-11-20T01:00:00.000Z", "", {}});
  auto const all = good(database.tallies({}));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].verdict, "passed");
  EXPECT_EQ(all[0].runs, 2);
  EXPECT_EQ(all[0].exposure_hours, 1.0);
  EXPECT_EQ(all[1].verdict, "wedged");
  EXPECT_EQ(all[1].exposure_hours, 0.5);
  EXPECT_EQ(all[2].variant, "b");
  EXPECT_EQ(all[2].verdict, "running");
  EXPECT_EQ(all[2].exposure_hours, 0);
  EXPECT_EQ(good(database.tallies(at("2026-11-20T00:00:00.000Z")))[0].runs, 1);
}

TEST_F(queries, signatures_know_when_they_were_first_and_last_seen) {
  add({"xfs", "", "2026-11-19T01:00:00.000Z", "wedged", "often"});
  add({"xfs", "", "2026-11-20T01:00:00.000Z", "panicked", "once"});
  auto const last = add({"hammer", "", "2026-11-21T01:00:00.000Z", "locked-up", "often"});
  add({"xfs", "", "2026-11-22T01:00:00.000Z", "passed", {}});
  auto const seen = good(database.signatures({}));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].signature, "often");
  EXPECT_EQ(seen[0].runs, 2);
  EXPECT_EQ(seen[0].verdict, "locked-up");
  EXPECT_EQ(seen[0].first, at("2026-11-19T01:00:00.000Z"));
  EXPECT_EQ(seen[0].last, at("2026-11-21T01:00:00.000Z"));
  EXPECT_EQ(seen[0].latest.name, last.name);
  EXPECT_EQ(seen[1].signature, "once");
  auto const recent = good(database.signatures(at("2026-11-20T12:00:00.000Z")));
  ASSERT_EQ(recent.size(), 1U);
  EXPECT_EQ(recent[0].runs, 1);
  EXPECT_EQ(recent[0].first, at("2026-11-21T01:00:00.000Z"));
}

// The indented SELECT … ; blocks of results/README.md.
std::vector<std::string> documented_queries() {
  std::ifstream readme(std::string(WEDGEHOG_SOURCE_DIR) + "/results/README.md");
  std::vector<std::string> found;
  std::string query;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("    SELECT") || (!query.empty() && line.starts_with("    ")))
      query += line.substr(4) + '\n';
    else
      query.clear();
    if (!query.empty() && line.back() == ';') found.push_back(std::exchange(query, {}));
  }
  return found;
}

TEST_F(queries, those_of_the_readme_work_and_find_something) {
  for (int run = 1; run < 18; ++run) {
    auto const key =
        add({"xfs", "", "2026-11-19T01:00:00.000Z", "wedged", "xlog_wait_on_iclog+xlog_cil_push"});
    good(database.judged(key.id, some_verdict("unknown")));
    auto again = some_verdict("wedged");
    again.signature = "xlog_wait_on_iclog+xlog_cil_push";
    good(database.judged(key.id, again));
  }
  auto const all = documented_queries();
  ASSERT_GE(all.size(), 7U);
  auto raw = good(sqlite::connection::open(temporary / "results.sqlite", std::chrono::seconds(1)));
  for (auto const& query : all) {
    auto const rows = raw.rows(query, {}, [](sqlite::row const& at) { return at.text(0); });
    ASSERT_TRUE(rows) << query << rows.error().message();
    bool const about_this_week = query.find("'-7 days'") != std::string::npos;
    EXPECT_TRUE(about_this_week || !rows->empty()) << query;
  }
}

}  // namespace
}  // namespace wedgehog::store
