#include <array>
#include <map>
#include <set>

#include "folders.hpp"
#include "store/migrations.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

TEST(opening, creates_the_folder_and_the_file_with_what_was_promised) {
  own_folder temporary;
  auto const file = temporary / "some/where/results.sqlite";
  auto database = good(results_database::open(file));
  EXPECT_FALSE(database.backup());
  EXPECT_TRUE(fs::is_regular_file(file));
  auto raw = good(sqlite::connection::open(file, std::chrono::seconds(1)));
  auto const text = [](sqlite::row const& at) { return at.text(0); };
  EXPECT_EQ(good(raw.first("PRAGMA journal_mode", {}, text)), "wal");
  EXPECT_EQ(good(raw.integer("SELECT MAX(version) FROM schema_versions")),
            std::ssize(migrations()));
  EXPECT_EQ(good(raw.first("PRAGMA integrity_check", {}, text)), "ok");
}

TEST(opening, what_belongs_to_a_run_goes_with_it) {
  own_folder temporary;
  restore("version-3.sql", temporary / "r.sqlite");
  { auto const migrated = good(results_database::open(temporary / "r.sqlite")); }
  auto raw = good(sqlite::connection::open(temporary / "r.sqlite", std::chrono::seconds(1)));
  good(raw.script("PRAGMA foreign_keys = ON"));
  EXPECT_FALSE(raw.change("INSERT INTO faults VALUES (99, 'a', 'b', 1)"));
  good(raw.change("UPDATE runs SET judgement = NULL"));
  good(raw.change("DELETE FROM runs"));
  for (auto const* table : {"timeline_chunks", "judgements", "faults", "artifacts", "run_texts"})
    EXPECT_EQ(good(raw.integer("SELECT count(*) FROM " + std::string(table))), 0) << table;
}

TEST(opening, a_damaged_chunk_of_an_old_run_costs_its_own_signals_only) {
  own_folder temporary;
  restore("version-3.sql", temporary / "r.sqlite");
  auto database = good(results_database::open(temporary / "r.sqlite"));
  auto raw = good(sqlite::connection::open(temporary / "r.sqlite", std::chrono::seconds(1)));
  good(raw.change("INSERT INTO timeline_chunks SELECT 2, 2, 1, 1, 1, x'00112233'"));
  good(
      raw.change("INSERT INTO timeline_chunks SELECT 2, 3, 1, signals, raw_bytes, zstd "
                 "FROM timeline_chunks WHERE run = 7"));
  auto const read = good(database.timeline_of(2));
  EXPECT_EQ(read.signals.size(), 150U);
  EXPECT_EQ(read.skipped, 1U);
  EXPECT_EQ(read.first_complaint, "a timeline chunk is damaged");
}

TEST(opening, an_old_file_is_copied_and_brought_up_to_date) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  restore("version-1.sql", file);
  auto database = good(results_database::open(file));

  auto const run = good(database.find("hammer2-newfs-20261101-2200-00a1"));
  EXPECT_EQ(run.judged->verdict, "wedged");
  EXPECT_EQ(run.judged->because, (std::vector<std::string>{"canary stuck 61 s"}));
  EXPECT_EQ(run.facts.seed, 42U);
  EXPECT_TRUE(run.played->faults.empty());
  EXPECT_EQ(good(database.timeline_of(run.key.id)).signals.size(), 2U);
  EXPECT_EQ(good(database.list({})).size(), 2U);
  EXPECT_GT(good(database.ingest(run_without_files(temporary.path()))).key.id, 2);

  ASSERT_TRUE(database.backup());
  EXPECT_EQ(*database.backup(), temporary / "results.sqlite.schema-1.backup");
  auto copy = good(sqlite::connection::open(*database.backup(), std::chrono::seconds(1)));
  EXPECT_EQ(good(copy.integer("SELECT MAX(version) FROM schema_versions")), 1);
  EXPECT_EQ(good(copy.integer("SELECT count(*) FROM runs")), 2);

  EXPECT_FALSE(good(results_database::open(file)).backup()) << "once is enough";
}

TEST(opening, runs_of_schema_3_get_their_uid_and_columns) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  restore("version-3.sql", file);
  auto database = good(results_database::open(file));
  auto const runs = good(database.list({}));
  ASSERT_EQ(runs.size(), 7U);
  std::vector<std::string> words;
  for (auto const& run : runs) {
    EXPECT_TRUE(folder::is_uid(run.facts.uid)) << run.key.name;
    words.push_back(word_of(run));
  }
  EXPECT_EQ(words, (std::vector<std::string>{"running", "interrupted", "unjudged", "invalid",
                                             "panicked", "wedged", "passed"}));
  auto const wedged = good(database.find("bba8"));
  EXPECT_EQ(wedged.facts.seed, 18446744073709551557ULL);
  EXPECT_EQ(wedged.wreckage, "wreckage/lost-wakeup-20261120-2203-bba8");
  EXPECT_TRUE(wedged.folder.empty());
  EXPECT_EQ(wedged.judged->recovery, "never-recovered");
  EXPECT_EQ(wedged.judged->stuck[0].name, "lab-waiter");
  EXPECT_EQ(wedged.played->exposure_s, 160.75);
  EXPECT_EQ(wedged.played->faults.size(), 2U);
  EXPECT_NE(wedged.facts.plan.find("lost-wakeup"), std::string::npos);
  EXPECT_NE(wedged.facts.recipe_text.find("mkfs.ext4"), std::string::npos);
  EXPECT_EQ(good(database.artifacts_of(wedged.key.id)).size(), 2U);
  EXPECT_EQ(good(database.judgements_of(wedged.key.id))[0].verdict, "unknown");
  EXPECT_EQ(good(database.timeline_of(wedged.key.id)).signals.size(), 140U);
  EXPECT_EQ(good(database.signatures({})).size(), 2U);
  EXPECT_EQ(good(database.tallies({})).size(), 7U);
  EXPECT_EQ(good(database.ingest(run_without_files(temporary.path()))).key.id, 8);

  own_folder elsewhere;
  restore("version-3.sql", elsewhere / "results.sqlite");
  auto other = good(results_database::open(elsewhere / "results.sqlite"));
  EXPECT_EQ(good(other.find("bba8")).facts.uid, wedged.facts.uid) << "the same on every host";
}

TEST(opening, runs_of_schema_4_are_counted_by_image_and_kernel) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  restore("version-4.sql", file);
  auto database = good(results_database::open(file));
  EXPECT_EQ(*database.backup(), temporary / "results.sqlite.schema-4.backup");
  EXPECT_EQ(good(database.list({})).size(), 6U);
  EXPECT_EQ(good(database.signatures({})).front().runs, 3);
  std::int64_t runs = 0;
  for (auto const& one : good(database.tallies({}))) runs += one.runs;
  EXPECT_EQ(runs, 6);
  std::set<std::string> kernels;
  for (auto const& one : good(database.tallies({}, {.by_image = true, .by_kernel = true}))) {
    EXPECT_EQ(one.runs, 1) << one.recipe;
    kernels.insert(one.image + " " + one.kernel);
  }
  EXPECT_EQ(kernels, (std::set<std::string>{"linux 6.1.0-57-cloud-amd64",
                                            "linux-6.12 6.12.117+deb12-cloud-amd64",
                                            "linux-generic 6.1.0-57-amd64"}));
  EXPECT_EQ(good(database.ingest(run_without_files(temporary.path()))).key.id, 7);
}

TEST(opening, runs_of_schema_5_belong_to_no_campaign) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  restore("version-5.sql", file);
  auto database = good(results_database::open(file));
  EXPECT_EQ(*database.backup(), temporary / "results.sqlite.schema-5.backup");
  EXPECT_TRUE(good(database.campaigns()).empty());
  auto const runs = good(database.list({}));
  ASSERT_EQ(runs.size(), 7U);
  for (auto const& run : runs) {
    EXPECT_TRUE(run.facts.campaign.empty()) << run.key.name;
    EXPECT_EQ(run.facts.ticket, 0U) << run.key.name;
    EXPECT_FALSE(run.judged && run.judged->failed_for_s) << run.key.name;
  }
  EXPECT_EQ(word_of(good(database.find("1789eadc"))), "wedged");
  EXPECT_EQ(good(database.judgements_of(2)).size(), 1U);
  std::int64_t counted = 0;
  double exposed = 0;
  for (auto const& one : good(database.tallies({}))) {
    counted += one.runs;
    exposed += one.exposure_hours;
  }
  EXPECT_EQ(counted, 7);
  double at_risk = 0;
  std::map<std::string, std::int64_t> void_runs, hits;
  for (auto const& cell : good(database.exposures({}))) {
    EXPECT_TRUE(cell.campaign.empty());
    at_risk += cell.hours;
    for (auto const& [word, count] : cell.void_runs) void_runs[word] += count;
    for (auto const& [signature, count] : cell.hits) hits[signature] += count;
    hits[""] += cell.unnamed;
  }
  EXPECT_EQ(void_runs, (std::map<std::string, std::int64_t>{{"interrupted", 1}}));
  EXPECT_EQ(hits,
            (std::map<std::string, std::int64_t>{{"", 2}, {"wedge/wedgehog_log_flush_wait", 2}}));
  EXPECT_NEAR(at_risk, exposed, 1e-6) << "nobody says when they failed";
  EXPECT_EQ(good(database.names_for("wedge/lab-waiter")).size(), 2U);
  EXPECT_EQ(good(database.ingest(run_without_files(temporary.path()))).key.id, 42);
}

TEST(opening, a_campaign_of_schema_6_keeps_its_runs_and_their_hours) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  restore("version-6.sql", file);
  auto database = good(results_database::open(file));
  EXPECT_EQ(*database.backup(), temporary / "results.sqlite.schema-6.backup");
  auto const night = good(database.campaigns_called("try")).front();
  EXPECT_EQ(night.state, campaign_state::done);
  auto const cells = good(database.campaign_cells(night.uid, {}));
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].recipe, "lab-panic");
  EXPECT_EQ(cells[0].done, 2);
  EXPECT_EQ(cells[0].hits, 2);
  EXPECT_NEAR(cells[0].hours, (8.219053234 + 7.747621616) / 3600, 1e-6) << "the whole exposure";
  EXPECT_EQ(cells[1].hits, 0);
  EXPECT_TRUE(good(database.open_tickets(night.uid)).empty());
  EXPECT_EQ(good(database.last_ticket(night.uid)), 4U);
  // Judged again, a run says when it failed.
  auto const run = good(database.find("lab-panic-20261130-0518-5d9c"));
  auto said = *run.judged;
  said.judged += std::chrono::hours(24);
  said.failed_for_s = 2;
  good(database.add_judgement(run, said, 0));
  EXPECT_NEAR(good(database.campaign_cells(night.uid, {}))[0].hours,
              (8.219053234 - 2 + 7.747621616) / 3600, 1e-6);
}

TEST(opening, runs_of_schema_7_keep_when_they_failed_and_are_not_measured_yet) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  restore("version-7.sql", file);
  auto const folder = temporary / "runs/lab-panic-20261130-0954-14a5";
  fs::create_directories(folder);
  std::ofstream(folder / "console.raw") << std::string(5000, 'c');
  auto database = good(results_database::open(file));
  EXPECT_EQ(*database.backup(), temporary / "results.sqlite.schema-7.backup");
  auto const wedged = good(database.find("lab-lost-wakeup"));
  EXPECT_NEAR(*wedged.judged->failed_for_s, 40.0, 0.1);
  EXPECT_NEAR(wedged.played->exposure_s, 46.0, 0.1);
  double hours = 0;
  for (auto const& cell : good(database.exposures({}))) hours += cell.hours;
  EXPECT_NEAR(hours * 3600, 5.966 + 5.725, 1e-6);
  auto const kept = good(database.evidence_kept());
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].run.name, "lab-panic-20261130-0954-14a5");
  EXPECT_GE(kept[0].bytes, 5000U);
}

TEST(opening, a_number_that_was_given_once_is_not_given_again) {
  own_folder temporary;
  restore("version-3.sql", temporary / "r.sqlite");
  {
    auto raw = good(sqlite::connection::open(temporary / "r.sqlite", std::chrono::seconds(1)));
    good(raw.change("DELETE FROM timeline_chunks WHERE run = 7"));
    good(raw.change("DELETE FROM runs WHERE id = 7"));
  }
  auto database = good(results_database::open(temporary / "r.sqlite"));
  EXPECT_EQ(good(database.ingest(run_without_files(temporary.path()))).key.id, 8);
}

TEST(opening, a_migration_that_fails_changes_nothing) {
  own_folder temporary;
  restore("version-1.sql", temporary / "r.sqlite");
  auto raw = good(sqlite::connection::open(temporary / "r.sqlite", std::chrono::seconds(1)));
  std::array<migration, 3> const steps{migrations()[0],
                                       "CREATE TABLE half (x); INSERT INTO half VALUES (1);",
                                       "INSERT INTO nonesuch VALUES (1);"};
  auto const migrated = migrate(raw, steps);
  ASSERT_FALSE(migrated);
  EXPECT_NE(migrated.error().message().find("nonesuch"), std::string::npos);
  EXPECT_NE(migrated.error().message().find("while bringing it to schema 3"), std::string::npos);
  EXPECT_EQ(good(raw.integer("SELECT MAX(version) FROM schema_versions")), 1);
  EXPECT_EQ(good(raw.integer("SELECT count(*) FROM sqlite_master WHERE name = 'half'")), 0);
  EXPECT_EQ(good(raw.integer("SELECT count(*) FROM runs")), 2);
}

TEST(opening, rows_that_refer_to_nothing_stop_a_migration) {
  own_folder temporary;
  restore("version-1.sql", temporary / "r.sqlite");
  {
    auto raw = good(sqlite::connection::open(temporary / "r.sqlite", std::chrono::seconds(1)));
    good(raw.change("UPDATE runs SET judgement = 77 WHERE id = 1"));
  }
  auto const opened = results_database::open(temporary / "r.sqlite");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("changed by hand"), std::string::npos);
}

TEST(opening, a_newer_file_is_refused_and_left_alone) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  { auto const made = good(results_database::open(file)); }
  {
    auto raw = good(sqlite::connection::open(file, std::chrono::seconds(1)));
    good(raw.change("INSERT INTO schema_versions VALUES (9, '2031-01-01T00:00:00.000Z')"));
  }
  auto const before = testing::text_of(file);
  auto const opened = results_database::open(file);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().whose(), blame::host);
  EXPECT_EQ(opened.error().message(),
            "the results database " + file.string() +
                " was written by a newer Wedgehog (schema 9, this one knows " +
                std::to_string(migrations().size()) + "): upgrade or use --results DIR");
  EXPECT_EQ(testing::text_of(file), before);
}

TEST(opening, many_processes_may_find_no_file_at_once) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    pid_t const child = fork();
    if (child == 0) {
      auto opened = results_database::open(file);
      if (!opened) fprintf(stderr, "%s\n", opened.error().message().c_str());
      _exit(opened && opened->ingest(run_without_files(temporary.path())) ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t const child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(good(good(results_database::open(file)).list({})).size(), 6U);
}

TEST(opening, many_processes_may_find_an_old_file_at_once) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  restore("version-1.sql", file);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    pid_t const child = fork();
    if (child == 0) {
      auto opened = results_database::open(file);
      if (!opened) fprintf(stderr, "%s\n", opened.error().message().c_str());
      _exit(opened ? (opened->backup() ? 10 : 0) : 1);
    }
    children.push_back(child);
  }
  int copies = 0;
  for (pid_t const child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_NE(WEXITSTATUS(status), 1);
    copies += WEXITSTATUS(status) == 10 ? 1 : 0;
  }
  EXPECT_EQ(copies, 1) << "one migrates, the others find it done";
  auto copy = good(sqlite::connection::open(temporary / "results.sqlite.schema-1.backup",
                                            std::chrono::seconds(1)));
  EXPECT_EQ(good(copy.integer("SELECT MAX(version) FROM schema_versions")), 1);
}

}  // namespace
}  // namespace wedgehog::store
