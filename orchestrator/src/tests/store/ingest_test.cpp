// Folders to rows: again, at once, half written, forged.
#include "folders.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

struct ingesting : ::testing::Test {
  own_folder temporary;
  fs::path file = temporary / "results.sqlite";
  results_database database = good(results_database::open(file));

  fs::path run(std::string const& name, run_wanted wanted = {}) {
    wanted.name = name;
    return write_run(temporary.path() / "runs" / name, wanted);
  }
};

TEST_F(ingesting, a_run_is_found_with_all_that_its_folder_says) {
  auto const folder = run("lost-wakeup-1");
  auto const done = good(database.ingest(folder));
  EXPECT_TRUE(done.added);
  EXPECT_TRUE(done.complaints.empty()) << done.complaints.front();
  auto const one = good(database.find("lost-wakeup-1"));
  EXPECT_EQ(word_of(one), "wedged");
  EXPECT_EQ(one.folder, "runs/lost-wakeup-1");
  EXPECT_EQ(database.folder_of(one), folder);
  EXPECT_TRUE(one.sealed);
  EXPECT_FALSE(one.interrupted);
  EXPECT_EQ(one.played, some_outcome());
  EXPECT_EQ(one.judged, some_verdict());
  auto const facts = facts_of({});
  EXPECT_EQ(one.facts.recipe_text, facts.recipe_text);
  EXPECT_EQ(one.facts.plan, facts.plan + "\n");
  EXPECT_EQ(one.facts.command_line, facts.command_line);
  EXPECT_EQ(one.facts.seed, facts.seed);
  EXPECT_EQ(one.facts.owner, facts.owner);
  EXPECT_EQ(good(database.timeline_of(one.key.id)).signals.size(), 2U);
  auto const files = good(database.artifacts_of(one.key.id));
  EXPECT_TRUE(std::any_of(files.begin(), files.end(),
                          [](artifact const& each) { return each.path == "console.raw"; }));
}

TEST_F(ingesting, again_changes_nothing) {
  auto const folder = run("a");
  good(database.ingest(folder));
  auto const before = rows_of(database);
  auto const again = good(database.ingest(folder));
  EXPECT_FALSE(again.added);
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(rows_of(database), before);
}

TEST_F(ingesting, a_run_that_lives_is_a_row_and_is_completed) {
  auto const uid = folder::new_uid();
  for (auto const until : {stage::begun, stage::played, stage::judged, stage::sealed}) {
    fs::remove_all(temporary / "runs");
    auto const done = good(database.ingest(run("a", {.uid = uid, .until = until})));
    EXPECT_EQ(done.key.id, 1);
    auto const word = word_of(good(database.load(1)));
    EXPECT_EQ(word, until == stage::begun    ? "running"
                    : until == stage::played ? "unjudged"
                                             : "wedged");
  }
  EXPECT_TRUE(good(database.load(1)).sealed);
}

TEST_F(ingesting, an_older_sight_does_not_undo_a_newer_one) {
  auto const uid = folder::new_uid();
  auto const early = folder::read_run(run("a", {.uid = uid, .until = stage::begun}));
  fs::remove_all(temporary / "runs");
  good(database.ingest(run("a", {.uid = uid})));
  auto const before = rows_of(database);
  EXPECT_FALSE(good(database.ingest(*early)).changed);
  EXPECT_EQ(rows_of(database), before);
}

TEST_F(ingesting, who_died_is_interrupted_and_can_be_judged) {
  auto const folder = run("a", {.until = stage::begun, .whose = somebody_dead()});
  good(database.ingest(folder));
  auto const one = good(database.load(1));
  EXPECT_EQ(word_of(one), "interrupted");
  EXPECT_EQ(good(database.list({.verdict = "interrupted"})).size(), 1U);
  EXPECT_TRUE(good(database.add_judgement(one, some_verdict("unknown"), 0)));
  EXPECT_EQ(word_of(good(database.load(1))), "unknown");
  EXPECT_TRUE(good(database.load(1)).interrupted) << "that it was interrupted stays known";
}

TEST_F(ingesting, a_death_is_seen_by_whoever_reads_without_being_written) {
  auto const wanted = run_wanted{.until = stage::begun};
  auto const folder = run("a", wanted);
  good(database.ingest(folder));
  EXPECT_EQ(word_of(good(database.load(1))), "running");
  auto raw = good(sqlite::connection::open(file, std::chrono::seconds(1)));
  good(raw.change("UPDATE runs SET owner_began = owner_began + 1"));
  auto reader = good(results_database::open_for_reading(file));
  EXPECT_EQ(word_of(good(reader.load(1))), "interrupted");
  EXPECT_EQ(good(reader.list({}))[0].interrupted.has_value(), true);
  EXPECT_EQ(good(reader.list({.verdict = "interrupted"})).size(), 1U);
  EXPECT_TRUE(good(reader.list({.verdict = "running"})).empty());
  auto const tallies = good(reader.tallies({}));
  ASSERT_EQ(tallies.size(), 1U);
  EXPECT_EQ(tallies[0].verdict, "interrupted");
  EXPECT_EQ(good(raw.integer("SELECT count(*) FROM runs WHERE word = 'running'")), 1);
}

TEST_F(ingesting, two_runs_with_one_uid_are_an_error_and_nothing_is_overwritten) {
  auto const uid = folder::new_uid();
  good(database.ingest(run("honest", {.uid = uid})));
  auto const before = rows_of(database);
  for (auto const& forged : {run_wanted{.uid = uid, .recipe = "another"},
                             run_wanted{.uid = uid, .started = "2026-11-22T00:00:00.000Z"}}) {
    fs::remove_all(temporary / "runs/forged");
    auto const refused = database.ingest(run("forged", forged));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().whose(), blame::host);
    EXPECT_NE(refused.error().message().find(uid), std::string::npos);
    EXPECT_NE(refused.error().message().find("honest"), std::string::npos);
    EXPECT_EQ(rows_of(database), before);
  }
}

TEST_F(ingesting, a_folder_without_facts_is_taken_with_a_complaint) {
  auto const folder = run("a");
  fs::remove(folder / "run.json");
  auto const first = good(database.ingest(folder));
  EXPECT_TRUE(first.added);
  bool told = false;
  for (auto const& complaint : first.complaints)
    told = told || complaint.find("it has no uid") != std::string::npos;
  EXPECT_TRUE(told);
  EXPECT_FALSE(good(database.ingest(folder)).added) << "the same folder, the same uid";
  EXPECT_EQ(word_of(good(database.load(first.key.id))), "wedged");
  EXPECT_EQ(good(database.timeline_of(first.key.id)).signals.size(), 2U);
}

TEST_F(ingesting, what_had_no_facts_yet_is_the_run_that_has_them_later) {
  auto const folder = temporary.path() / "runs" / "a";
  good(folder::make_folder(folder));
  good(folder::write_document(folder / "order.json", "{\"run\":\"a\"}\n"));
  good(database.ingest(folder));
  run("a");
  good(database.ingest(folder));
  EXPECT_EQ(good(database.list({})).size(), 1U);
  EXPECT_EQ(word_of(good(database.find("a"))), "wedged");
}

TEST_F(ingesting, names_and_texts_of_a_folder_are_not_trusted) {
  auto const folder = run("a");
  auto object = good(folder::read_object(folder / "run.json"));
  object["name"] = "../../etc/cron.d/x";
  object["recipe"] = std::string(100'000, 'r');
  object["host"] = std::string("a\0b", 3);
  object["time_scale"] = -5;
  good(folder::write_document(folder / "run.json", json::serialize(object)));
  good(folder::write_document(folder / "outcome.json",
                              R"({"ended":"x","duration_s":1e300,"exposure_s":-1e300})"));
  good(database.ingest(folder));
  auto const one = good(database.load(1));
  EXPECT_EQ(one.key.name, "a");
  EXPECT_EQ(one.facts.recipe.size(), 200U);
  EXPECT_EQ(one.facts.host, "ab");
  EXPECT_EQ(one.facts.time_scale, 1);
  EXPECT_EQ(one.played->exposure_s, 0);
  EXPECT_LE(one.played->duration_s, 1e8);
  EXPECT_EQ(good(database.tallies({}))[0].exposure_hours, 0);
}

TEST_F(ingesting, a_folder_that_moved_is_where_it_is_now) {
  auto const folder = run("a");
  good(database.ingest(folder));
  own_folder elsewhere;
  fs::rename(folder, elsewhere / "a");
  good(database.ingest(elsewhere / "a"));
  auto const one = good(database.load(1));
  EXPECT_EQ(one.folder, fs::weakly_canonical(elsewhere / "a"));
  EXPECT_EQ(good(database.timeline_of(1)).signals.size(), 2U);
}

TEST_F(ingesting, a_folder_that_another_run_took_is_not_mistaken_for_the_old_one) {
  good(database.ingest(run("a")));
  fs::remove_all(temporary / "runs/a");
  auto const folder = run("a");
  EXPECT_FALSE(database.timeline_of(1)) << "seen even before the new one is known";
  good(database.ingest(folder));
  EXPECT_TRUE(good(database.load(1)).folder.empty());
  EXPECT_TRUE(good(database.load(1)).removed);
  EXPECT_EQ(good(database.load(2)).folder, "runs/a");
}

TEST_F(ingesting, many_processes_take_in_the_same_runs_at_once) {
  std::vector<fs::path> folders;
  for (int i = 0; i < 8; ++i) folders.push_back(run("run-" + std::to_string(i)));
  std::vector<pid_t> children;
  for (int i = 0; i < 5; ++i) {
    pid_t const child = fork();
    if (child == 0) {
      auto mine = results_database::open(file);
      bool fine = mine.has_value();
      for (std::size_t n = 0; fine && n < folders.size(); ++n) {
        auto const done = mine->ingest(folders[(n + static_cast<std::size_t>(i) * 3) % 8]);
        if (!done) fprintf(stderr, "%s\n", done.error().message().c_str());
        fine = done.has_value();
      }
      _exit(fine ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t const child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(good(database.list({})).size(), 8U);
  EXPECT_EQ(good(database.tallies({}))[0].runs, 8);
  EXPECT_EQ(good(database.signatures({}))[0].runs, 8);
}

TEST_F(ingesting, an_opinion_over_missing_pieces_is_not_kept) {
  auto const folder = run("a", {.until = stage::played, .whose = somebody_dead()});
  good(database.ingest(folder));
  auto bytes = testing::text_of(folder / "timeline.zst");
  bytes[bytes.size() / 4] = static_cast<char>(bytes[bytes.size() / 4] ^ 0x10);
  std::ofstream(folder / "timeline.zst", std::ios::binary) << bytes;
  auto const one = good(database.load(1));
  auto const missing = good(database.timeline_text_of(1)).damaged_chunks;
  EXPECT_EQ(missing, 1U);
  EXPECT_FALSE(good(database.add_judgement(one, some_verdict(), missing)));
  EXPECT_TRUE(good(database.judgements_of(1)).empty());
  EXPECT_TRUE(folder::read_run(folder)->judgements.empty());
}

TEST_F(ingesting, an_opinion_goes_into_the_folder_and_the_same_twice_is_one) {
  auto const folder = run("a", {.until = stage::played, .whose = somebody_dead()});
  good(database.ingest(folder));
  auto const one = good(database.load(1));
  EXPECT_TRUE(good(database.add_judgement(one, some_verdict(), 0)));
  EXPECT_EQ(folder::read_run(folder)->judgements.size(), 1U);
  good(database.ingest(folder));
  EXPECT_TRUE(good(database.add_judgement(one, some_verdict(), 0)));
  EXPECT_EQ(good(database.judgements_of(1)).size(), 1U);
}

TEST_F(ingesting, which_opinion_counts_is_told_by_its_time_and_not_by_its_arrival) {
  auto newer = some_verdict("passed");
  newer.judged = at("2026-12-01T00:00:00.000Z");
  auto const folder = run("a");
  good(database.ingest(folder));
  auto const one = good(database.load(1));
  EXPECT_TRUE(good(database.add_judgement(one, newer, 0)));
  auto older = some_verdict("unknown");
  older.judged = at("2026-11-01T00:00:00.000Z");
  EXPECT_TRUE(good(database.add_judgement(one, older, 0)));
  EXPECT_EQ(word_of(good(database.load(1))), "passed");
}

TEST_F(ingesting, nobody_judges_a_run_that_is_under_way) {
  good(database.ingest(run("a", {.until = stage::begun})));
  EXPECT_FALSE(good(database.add_judgement(good(database.load(1)), some_verdict(), 0)));
  EXPECT_EQ(word_of(good(database.load(1))), "running");
}

}  // namespace
}  // namespace wedgehog::store
