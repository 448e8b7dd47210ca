// Databases of several hosts into one, and a database out of folders: in any order, again and
// again.
#include <sys/stat.h>

#include <random>

#include "folders.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

std::string recipe_of(int number) {
  return number % 2 == 0 ? "lost-wakeup" : "panic";
}

// A host's results: some runs of its own as folders, and rows of a program of before.
struct host {
  explicit host(fs::path place) : root(std::move(place)) {
    fs::create_directories(root);
    database.emplace(good(results_database::open(root / "results.sqlite")));
  }
  fs::path add(std::string const& name, run_wanted wanted) {
    wanted.name = name;
    auto const folder = write_run(root / "runs" / name, wanted);
    good(database->ingest(folder));
    return folder;
  }
  fs::path root;
  std::optional<results_database> database;
};

TEST(merging, any_order_and_any_repetition_give_the_same_rows) {
  own_folder temporary;
  // Two hosts that both have merged the same old file, and one with runs of its own.
  restore("version-3.sql", temporary / "old/results.sqlite");
  std::vector<fs::path> folders;
  host first(temporary / "first");
  for (int i = 0; i < 4; ++i) {
    run_wanted wanted{
        .recipe = recipe_of(i),
        .started = "2026-11-2" + std::to_string(i) + "T03:41:07.123Z",
        .until = i == 0   ? stage::begun
                 : i == 1 ? stage::played
                          : stage::sealed,
        .signature = i == 3 ? std::optional<std::string>() : "sig-" + std::to_string(i % 2),
        .whose = i < 2 ? somebody_dead() : this_process()};
    folders.push_back(first.add("run-" + std::to_string(i), wanted));
    // The same run as somebody copied it before it had ended.
    wanted.name = "run-" + std::to_string(i);
    wanted.until = stage::begun;
    folders.push_back(write_run(temporary / ("early-" + std::to_string(i)), wanted));
  }
  good(first.database->merge(temporary / "old", {}));
  host second(temporary / "second");
  folders.push_back(second.add("run-0", {.recipe = "panic"}));
  good(second.database->merge(temporary / "old/results.sqlite", {}));
  good(first.database->add_alias("sig-0", "sig-1", at("2026-11-01T00:00:00.000Z")));
  good(second.database->add_alias("sig-1", "sig-0", at("2026-11-02T00:00:00.000Z")));

  std::vector<std::function<void(results_database&)>> deeds;
  for (auto const& other : {first.root, second.root, temporary / "old"})
    deeds.emplace_back([other](results_database& into) { good(into.merge(other, {})); });
  for (auto const& folder : folders)
    deeds.emplace_back([folder](results_database& into) { good(into.ingest(folder)); });

  std::string expected;
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::minstd_rand draws(seed + 1);
    auto order = deeds;
    for (int again = 0; again < 4; ++again) order.push_back(deeds[draws() % deeds.size()]);
    std::shuffle(order.begin(), order.end(), draws);
    auto into = good(
        results_database::open(temporary / ("into-" + std::to_string(seed)) / "results.sqlite"));
    for (auto const& deed : order) deed(into);
    auto const rows = rows_of(into);
    if (seed == 0) expected = rows;
    ASSERT_EQ(rows, expected) << "seed " << seed;
    auto const seen = good(into.signatures({}));
    EXPECT_TRUE(std::none_of(seen.begin(), seen.end(), [](auto const& one) {
      return one.signature == "sig-1";
    })) << "of two that name each other, one stays";
  }
  EXPECT_NE(expected.find("run-3"), std::string::npos);
}

TEST(merging, hosts_that_merge_each_other_agree) {
  own_folder temporary;
  host first(temporary / "first");
  host second(temporary / "second");
  first.add("run-1", {});
  second.add("run-1", {.recipe = "panic"});
  auto const merged = good(first.database->merge(second.root, {}));
  EXPECT_EQ(merged.added, 1U);
  good(second.database->merge(first.root, {}));
  good(first.database->merge(second.root, {}));
  EXPECT_EQ(good(first.database->list({})).size(), 2U);
  EXPECT_EQ(good(second.database->list({})).size(), 2U);
  auto const one = good(first.database->list({.recipe = "panic"}))[0];
  EXPECT_EQ(one.folder, fs::weakly_canonical(second.root / "runs/run-1"));
  EXPECT_EQ(good(first.database->timeline_of(one.key.id)).signals.size(), 2U);
  auto const ambiguous = first.database->find("run-1");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().whose(), blame::recipe);
  EXPECT_NE(ambiguous.error().message().find("several runs"), std::string::npos);
  EXPECT_EQ(good(first.database->find(one.facts.uid.substr(0, 12))).key.id, one.key.id);
}

TEST(merging, copies_what_has_ended) {
  own_folder temporary;
  host first(temporary / "first");
  host second(temporary / "second");
  first.add("run-1", {});
  second.add("run-1", {.recipe = "panic"});
  second.add("living", {.recipe = "panic", .until = stage::begun});
  std::ofstream hole(second.root / "runs/run-1/memory.raw");
  hole.seekp(4 << 20);
  hole << "end";
  hole.close();
  std::vector<std::string> told;
  results_database::merge_options const how{
      .copy = true, .tell = [&](std::string_view name) { told.emplace_back(name); }};
  good(first.database->merge(second.root, how));
  good(first.database->merge(second.root, how));
  EXPECT_EQ(told, (std::vector<std::string>{"run-1"})) << "once is enough, and not what lives";
  auto const runs = good(first.database->list({.recipe = "panic"}));
  ASSERT_EQ(runs.size(), 2U);
  auto const copy = std::find_if(runs.begin(), runs.end(),
                                 [](stored_run const& one) { return one.key.name == "run-1"; });
  EXPECT_EQ(copy->folder, "runs/run-1-" + copy->facts.uid.substr(0, 8));
  auto const memory = first.root / copy->folder / "memory.raw";
  EXPECT_EQ(fs::file_size(memory), (4U << 20U) + 3);
  struct stat about {};
  ASSERT_EQ(::stat(memory.c_str(), &about), 0);
  EXPECT_LT(about.st_blocks, 512) << "a hole stays one";
  EXPECT_EQ(testing::text_of(memory).substr(4 << 20), "end");
}

TEST(merging, a_run_that_claims_another_ones_uid_is_left_out_and_the_rest_is_taken) {
  own_folder temporary;
  host first(temporary / "first");
  host second(temporary / "second");
  auto const uid = folder::new_uid();
  first.add("honest", {.uid = uid});
  second.add("forged", {.uid = uid, .recipe = "panic"});
  second.add("other", {});
  auto const merged = good(first.database->merge(second.root, {}));
  EXPECT_EQ(merged.added, 1U);
  ASSERT_EQ(merged.complaints.size(), 1U);
  EXPECT_NE(merged.complaints[0].find(uid), std::string::npos);
  EXPECT_EQ(good(first.database->find("honest")).facts.recipe, "lost-wakeup");
}

TEST(merging, an_old_file_is_merged_and_stays_as_it_is) {
  own_folder temporary;
  auto const old = temporary / "old/results.sqlite";
  restore("version-3.sql", old);
  auto const before = testing::text_of(old);
  host mine(temporary / "mine");
  EXPECT_EQ(good(mine.database->merge(old, {})).added, 7U);
  EXPECT_EQ(testing::text_of(old), before);
  auto const wedged = good(mine.database->list({.verdict = "wedged"}));
  ASSERT_EQ(wedged.size(), 1U);
  EXPECT_EQ(good(mine.database->timeline_of(wedged[0].key.id)).signals.size(), 140U);
  EXPECT_EQ(good(mine.database->judgements_of(wedged[0].key.id)).size(), 2U);
  EXPECT_EQ(good(mine.database->artifacts_of(wedged[0].key.id)).size(), 2U);
  EXPECT_EQ(mine.database->folder_of(wedged[0]),
            temporary / "old" / "wreckage" / wedged[0].key.name);
}

TEST(merging, what_is_not_there_or_is_oneself_is_the_users_mistake) {
  own_folder temporary;
  host mine(temporary / "mine");
  auto const missing = mine.database->merge(temporary / "none.sqlite", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().whose(), blame::recipe);
  auto const itself = mine.database->merge(mine.root, {});
  ASSERT_FALSE(itself);
  EXPECT_EQ(itself.error().whose(), blame::recipe);
}

TEST(rebuilding, makes_the_same_rows_out_of_nothing) {
  own_folder temporary;
  host mine(temporary / "mine");
  for (int i = 0; i < 5; ++i) mine.add("run-" + std::to_string(i), {.recipe = recipe_of(i)});
  auto const before = rows_of(*mine.database);
  mine.database.reset();
  for (auto const* suffix : {"", "-wal", "-shm"})
    fs::remove(mine.root / ("results.sqlite" + std::string(suffix)));
  auto database = good(results_database::open(mine.root / "results.sqlite"));
  EXPECT_EQ(good(database.rebuild()).added, 5U);
  EXPECT_EQ(rows_of(database), before);
}

TEST(rebuilding, believes_the_folders_and_keeps_what_only_the_database_has) {
  own_folder temporary;
  restore("version-3.sql", temporary / "mine/results.sqlite");
  host mine(temporary / "mine");
  mine.add("run-1", {.uid = "0123456789abcdef0123456789abcdef"});
  auto const gone = mine.add("run-2", {});
  fs::remove_all(gone);
  auto opinion = some_verdict("passed");
  opinion.judged = at("2026-12-01T00:00:00.000Z");
  fs::remove_all(mine.root / "runs/run-1/judgements");
  std::ofstream(mine.root / "runs/run-1/judgements") << "in the way: cannot be written";
  EXPECT_TRUE(good(mine.database->add_judgement(good(mine.database->find("run-1")), opinion, 0)));
  auto const before = rows_of(*mine.database);
  {
    auto raw =
        good(sqlite::connection::open(mine.root / "results.sqlite", std::chrono::seconds(1)));
    good(
        raw.script("UPDATE runs SET exposure_s = 9, ended = 'by hand', sealed = 0 "
                   "WHERE name = 'run-1'; DELETE FROM tally_spans;"));
  }
  EXPECT_NE(rows_of(*mine.database), before);
  good(mine.database->rebuild());
  EXPECT_EQ(rows_of(*mine.database), before);
}

}  // namespace
}  // namespace wedgehog::store
