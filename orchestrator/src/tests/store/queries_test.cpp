#include "folders.hpp"

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
  folder::run_contents contents_of(wanted const& one) {
    auto const& when = one.started;
    auto const name = one.recipe + '-' + when.substr(0, 4) + when.substr(5, 2) + when.substr(8, 2) +
                      '-' + when.substr(11, 2);
    auto run = run_without_files(temporary.path(),
                                 {.name = name + '-' + std::to_string(++added_),
                                  .recipe = one.recipe,
                                  .started = one.started,
                                  .until = one.verdict.empty() ? stage::begun : stage::sealed,
                                  .verdict = one.verdict,
                                  .signature = one.signature});
    run.facts.variant = one.variant;
    return run;
  }
  run_key add(wanted const& one) { return good(database.ingest(contents_of(one))).key; }
  void add_opinion(run_key const& key, judgement const& said) {
    EXPECT_TRUE(good(database.add_judgement(good(database.load(key.id)), said, 0)));
  }
  int added_ = 0;
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
  EXPECT_EQ(good(database.find("g-20261120-01")).key.id, second.id) << "any part";
  EXPECT_EQ(good(database.find("20261119")).key.id, first.id) << "no run has so high a number";
  auto const uid = good(database.load(first.id)).facts.uid;
  for (std::size_t const digits : {32U, 12U, 6U})
    EXPECT_EQ(good(database.find(uid.substr(0, digits))).key.id, first.id) << digits;
  EXPECT_FALSE(database.find(uid.substr(0, 5)));
}

TEST_F(queries, a_run_that_is_not_there_is_the_users_mistake) {
  auto const early = database.find("latest");
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().message().find("it has no runs yet"), std::string::npos);
  add({"hammer", "", "2026-11-19T01:00:00.000Z", "passed", {}});
  add({"hammer", "", "2026-11-19T01:00:00.000Z", "passed", {}});
  for (auto const* bad :
       {"17", "2026", "nonesuch", "", "%", "h_mmer", "99999999999999999999", "hammer"}) {
    auto const found = database.find(bad);
    ASSERT_FALSE(found) << bad;
    EXPECT_EQ(found.error().whose(), blame::recipe) << bad;
  }
  EXPECT_NE(database.find("hammer").error().message().find("several runs"), std::string::npos);
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

TEST_F(queries, tallies_are_told_apart_by_image_and_kernel_when_asked) {
  auto const add_on = [&](std::string const& image, std::string const& kernel,
                          std::string const& verdict, std::string const& when) {
    auto run = contents_of({"xfs", "", when, verdict, {}});
    run.facts.image = image;
    run.facts.kernel = kernel;
    return good(database.ingest(run)).key;
  };
  std::string const early = "2026-11-20T01:00:00.000Z";
  std::string const late = "2026-11-20T05:00:00.000Z";
  add_on("linux", "6.1.0", "passed", early);
  add_on("linux", "6.1.0", "passed", late);
  add_on("linux", "6.12.117+deb12", "wedged", late);
  add_on("mine", "6.12.117+deb12", "wedged", late);
  auto const rows = [&](std::optional<moment> since, tally_terms const& by) {
    std::vector<std::string> all;
    for (auto const& one : good(database.tallies(since, by)))
      all.push_back(one.image + "|" + one.kernel + "|" + one.verdict + " " +
                    std::to_string(one.runs));
    return all;
  };
  using texts = std::vector<std::string>;
  EXPECT_EQ(rows({}, {}), (texts{"||passed 2", "||wedged 2"}));
  EXPECT_EQ(rows({}, {.by_image = true}),
            (texts{"linux||passed 2", "linux||wedged 1", "mine||wedged 1"}));
  EXPECT_EQ(rows({}, {.by_kernel = true}), (texts{"|6.1.0|passed 2", "|6.12.117+deb12|wedged 2"}));
  auto const noon = at("2026-11-20T02:00:00.000Z");
  EXPECT_EQ(rows(noon, {.by_image = true, .by_kernel = true}),
            (texts{"linux|6.1.0|passed 1", "linux|6.12.117+deb12|wedged 1",
                   "mine|6.12.117+deb12|wedged 1"}));

  run_filter of_kernel;
  of_kernel.kernel = "6.1";
  EXPECT_EQ(good(database.list(of_kernel)).size(), 4U) << "a release that begins so";
  of_kernel.kernel = "6.12";
  EXPECT_EQ(good(database.list(of_kernel)).size(), 2U);
  of_kernel.image = "mine";
  EXPECT_EQ(good(database.list(of_kernel)).size(), 1U);
}

TEST_F(queries, tallies_tell_kinds_and_what_failed_apart) {
  add({"xfs", "", "2026-11-20T01:00:00.000Z", "wedged", {}});
  auto unexpected = contents_of({"xfs", "", "2026-11-20T01:00:00.000Z", "passed", {}});
  auto& said = unexpected.judgements[0];
  said.kind = "";
  said.exit_code = 0;
  said.expected = "wedged";
  auto const key = good(database.ingest(unexpected)).key;
  auto all = good(database.tallies({}));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, "");
  EXPECT_EQ(all[0].failed, 1) << "the expectation decides";
  EXPECT_EQ(all[1].kind, "software-wait");
  EXPECT_EQ(all[1].failed, 1);
  said.judged += std::chrono::seconds(1);
  said.kind = "better";
  said.met = true;
  add_opinion(key, said);
  all = good(database.tallies({}));
  ASSERT_EQ(all.size(), 2U) << "what it was counted as before is no more";
  EXPECT_EQ(all[0].kind, "better");
  EXPECT_EQ(all[0].failed, 0);
}

TEST_F(queries, a_boundary_within_a_day_is_exact) {
  for (int hour = 10; hour < 20; ++hour)
    add({"xfs", "", "2026-11-20T" + std::to_string(hour) + ":00:00.000Z", "wedged", "sig"});
  add({"xfs", "", "2026-11-19T23:59:59.999Z", "wedged", "sig"});
  add({"xfs", "", "2026-11-21T00:00:00.000Z", "wedged", "sig"});
  auto const runs = [&](std::string_view since) {
    auto const tallies = good(database.tallies(at(since)));
    auto const signatures = good(database.signatures(at(since)));
    EXPECT_EQ(tallies.empty() ? 0 : tallies[0].runs, signatures.empty() ? 0 : signatures[0].runs);
    return tallies.empty() ? 0 : tallies[0].runs;
  };
  EXPECT_EQ(runs("2026-11-19T00:00:00.000Z"), 12);
  EXPECT_EQ(runs("2026-11-20T00:00:00.000Z"), 11);
  EXPECT_EQ(runs("2026-11-20T15:00:00.000Z"), 6);
  EXPECT_EQ(runs("2026-11-20T15:00:00.001Z"), 5);
  EXPECT_EQ(runs("2026-11-21T00:00:00.000Z"), 1);
  EXPECT_EQ(runs("2026-11-21T00:00:00.001Z"), 0);
}

TEST_F(queries, a_boundary_is_exact_across_months_and_years) {
  std::vector<std::string> const all{"2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00.000Z",
                                     "2026-01-31T12:00:00.000Z", "2026-02-01T12:00:00.000Z",
                                     "2026-02-28T12:00:00.000Z", "2026-12-31T12:00:00.000Z",
                                     "2027-01-01T12:00:00.000Z"};
  for (auto const& when : all) add({"xfs", "", when, "wedged", "sig"});
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto const left = static_cast<std::int64_t>(all.size() - i);
    for (auto const& [since, runs] :
         {std::pair(at(all[i]), left), {at(all[i]) + std::chrono::milliseconds(1), left - 1}}) {
      auto const tallies = good(database.tallies(since));
      EXPECT_EQ(tallies.empty() ? 0 : tallies[0].runs, runs) << to_text(since);
      auto const seen = good(database.signatures(since));
      EXPECT_EQ(seen.empty() ? 0 : seen[0].runs, runs) << to_text(since);
      if (!seen.empty()) {
        EXPECT_EQ(to_text(seen[0].first), all[i + (runs == left ? 0U : 1U)]);
      }
    }
  }
}

TEST_F(queries, an_alias_makes_one_failure_of_two_names) {
  add({"xfs", "", "2026-11-19T01:00:00.000Z", "wedged", "old-name"});
  auto const last = add({"xfs", "", "2026-11-21T01:00:00.000Z", "wedged", "new-name"});
  add({"xfs", "", "2026-11-20T01:00:00.000Z", "wedged", "older-name"});
  auto const now = at("2026-11-22T00:00:00.000Z");
  good(database.add_alias("old-name", "new-name", now));
  good(database.add_alias("older-name", "old-name", now));
  auto seen = good(database.signatures({}));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].signature, "new-name");
  EXPECT_EQ(seen[0].runs, 3);
  EXPECT_EQ(seen[0].first, at("2026-11-19T01:00:00.000Z"));
  EXPECT_EQ(seen[0].latest.name, last.name);
  EXPECT_EQ(seen[0].aliases, (std::vector<std::string>{"old-name", "older-name"}));
  for (auto const* name : {"old-name", "new-name", "older-name"})
    EXPECT_EQ(ids({.signature = name}), (std::vector<run_id>{2, 3, 1})) << name;
  EXPECT_FALSE(database.add_alias("a", "a", now));
  EXPECT_FALSE(database.remove_alias("new-name"));
  good(database.remove_alias("old-name"));
  EXPECT_EQ(good(database.signatures({})).size(), 2U);
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
    add_opinion(key, some_verdict("unknown"));
    auto again = some_verdict("wedged");
    again.signature = "xlog_wait_on_iclog+xlog_cil_push";
    again.judged += std::chrono::seconds(1);
    add_opinion(key, again);
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
