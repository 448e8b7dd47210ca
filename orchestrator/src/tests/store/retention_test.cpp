// What goes to make room, what stays, and that nothing else is touched.
#include "store/retention.hpp"

#include <sys/stat.h>

#include "folders.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

constexpr microseconds day = std::chrono::hours(24);

evidence some(run_id id, int day_of_month, std::string signature, bool failed = true,
              std::uint64_t bytes = 100) {
  return {.run = {id, "run-" + std::to_string(id)},
          .started = at("2026-11-" + std::to_string(day_of_month) + "T00:00:00.000Z"),
          .signature = std::move(signature),
          .failed = failed,
          .bytes = bytes};
}

std::vector<run_id> ids(std::vector<removal_of> const& chosen) {
  std::vector<run_id> all;
  for (auto const& one : chosen) all.push_back(one.what.run.id);
  return all;
}

auto const now = at("2026-11-30T00:00:00.000Z");
using list = std::vector<run_id>;

TEST(retention, without_rules_everything_stays) {
  EXPECT_TRUE(chosen_by({}, {some(1, 10, "a")}, now).empty());
}

TEST(retention, by_age) {
  auto const chosen =
      chosen_by({.age = 10 * day}, {some(1, 25, "a"), some(2, 19, "a"), some(3, 20, "a")}, now);
  EXPECT_EQ(ids(chosen), (list{2})) << "exactly so old is not older";
  EXPECT_NE(chosen[0].why.find("240 h"), std::string::npos) << chosen[0].why;
}

TEST(retention, by_count_of_a_failure_keeps_the_newest) {
  auto const chosen =
      chosen_by({.a_signature = 2},
                {some(1, 11, "a"), some(2, 12, "a"), some(3, 13, "b"), some(4, 14, "a"),
                 some(5, 15, "a"), some(6, 16, "", true), some(7, 17, "", false)},
                now);
  EXPECT_EQ(ids(chosen), (list{2, 1}));
}

TEST(retention, by_bytes_takes_what_is_worth_least_first) {
  std::vector<evidence> const all{some(1, 11, "a"), some(2, 12, "a"), some(3, 13, "b"),
                                  some(4, 14, "", false), some(5, 15, "", false)};
  EXPECT_EQ(ids(chosen_by({.bytes = 500}, all, now)), (list{}));
  EXPECT_EQ(ids(chosen_by({.bytes = 400}, all, now)), (list{4}));
  EXPECT_EQ(ids(chosen_by({.bytes = 201}, all, now)), (list{4, 5, 1}));
  EXPECT_EQ(ids(chosen_by({.bytes = 0}, all, now)), (list{4, 5, 1, 2, 3}));
}

TEST(retention, rules_add_up_and_a_run_goes_once) {
  auto const chosen =
      chosen_by({.age = 10 * day, .a_signature = 1, .bytes = 100},
                {some(1, 11, "a"), some(2, 22, "a"), some(3, 23, "a"), some(4, 24, "b")}, now);
  EXPECT_EQ(ids(chosen), (list{1, 2, 3}));
}

struct making_room : ::testing::Test {
  own_folder temporary;
  results_database database = good(results_database::open(temporary / "results.sqlite"));
  fs::path folder = write_run(temporary.path() / "runs" / "a", {.name = "a"});
  removal_of all_of(run_id id) {
    for (auto const& one : good(database.evidence_kept()))
      if (one.run.id == id) return {one, "a test"};
    throw std::runtime_error("it has no evidence");
  }
};

TEST_F(making_room, what_the_run_was_stays) {
  good(database.ingest(folder));
  auto const freed = good(database.make_room(all_of(1), now));
  EXPECT_GT(freed, 0U);
  EXPECT_FALSE(fs::exists(folder / "timeline.zst"));
  EXPECT_FALSE(fs::exists(folder / "console.raw"));
  auto const read = folder::read_run(folder);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->complaints.empty()) << read->complaints.front();
  EXPECT_EQ(read->judgements.size(), 1U);
  EXPECT_EQ(read->played, some_outcome());
  ASSERT_TRUE(read->removed);
  EXPECT_EQ(read->removed->when, now);
  EXPECT_EQ(read->removed->why, "a test");
  auto const one = good(database.load(1));
  EXPECT_EQ(one.removed, now);
  EXPECT_EQ(word_of(one), "wedged");
  EXPECT_EQ(good(database.timeline_text_of(1)).damaged_chunks, 1U) << "so no opinion is kept";
  EXPECT_TRUE(good(database.evidence_kept()).empty());
  auto anew = good(results_database::open(temporary / "anew.sqlite"));
  good(anew.ingest(folder));
  EXPECT_EQ(good(anew.load(1)).removed, now);
}

// Of ten thousand runs only the new ones are measured.
TEST_F(making_room, a_sealed_folder_is_measured_once_and_when_it_was_changed) {
  fs::create_directory(folder / "disks");
  good(database.ingest(folder));
  auto const first = good(database.evidence_kept())[0].bytes;
  std::ofstream(folder / "disks/more") << std::string(1U << 20U, 'x');
  EXPECT_EQ(good(database.evidence_kept())[0].bytes, first) << "nobody looked into it";
  std::ofstream(folder / "poked.txt") << "x";
  EXPECT_GE(good(database.evidence_kept())[0].bytes, first + (1U << 20U));
  auto again = good(results_database::open(database.file()));
  EXPECT_GE(good(again.evidence_kept())[0].bytes, first + (1U << 20U));
  auto reading = good(results_database::open_for_reading(database.file()));
  EXPECT_EQ(good(reading.evidence_kept()).size(), 1U);
}

TEST_F(making_room, who_only_reads_measures_what_nobody_did) {
  good(database.ingest(folder));
  auto reading = good(results_database::open_for_reading(database.file()));
  EXPECT_GT(good(reading.evidence_kept())[0].bytes, 5000U);
}

TEST_F(making_room, what_was_not_sealed_is_measured_each_time) {
  auto const dead =
      write_run(temporary.path() / "runs/d", {.until = stage::begun, .whose = somebody_dead()});
  good(database.ingest(dead));
  auto const first = good(database.evidence_kept())[0].bytes;
  fs::create_directory(dead / "disks");
  (void)good(database.evidence_kept());
  std::ofstream(dead / "disks/more") << std::string(1U << 20U, 'x');
  EXPECT_GE(good(database.evidence_kept())[0].bytes, first + (1U << 20U));
}

TEST_F(making_room, nothing_but_the_runs_own_regular_files_goes) {
  std::ofstream(temporary / "precious") << "x";
  fs::create_directory(temporary / "elsewhere");
  std::ofstream(temporary / "elsewhere/precious") << "x";
  fs::create_symlink(temporary / "precious", folder / "link");
  fs::create_directory_symlink(temporary / "elsewhere", folder / "folder");
  ::mkfifo((folder / "pipe").c_str(), 0600);
  fs::create_directories(folder / "disks/deep");
  std::ofstream(folder / "disks/deep/d.raw") << "evidence";
  good(database.ingest(folder));
  good(database.make_room(all_of(1), now));
  EXPECT_TRUE(fs::exists(temporary / "precious"));
  EXPECT_TRUE(fs::exists(temporary / "elsewhere/precious"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
  EXPECT_FALSE(fs::exists(folder / "disks/deep/d.raw"));
}

TEST_F(making_room, a_link_in_place_of_the_run_is_not_followed) {
  good(database.ingest(folder));
  auto const what = all_of(1);
  fs::rename(folder, temporary / "moved");
  fs::create_directory_symlink(temporary / "moved", folder);
  (void)database.make_room(what, now);
  EXPECT_TRUE(fs::exists(temporary / "moved/timeline.zst"));
}

TEST_F(making_room, neither_runs_that_live_nor_those_of_others_are_offered) {
  own_folder elsewhere;
  good(database.ingest(write_run(temporary.path() / "runs/b", {.until = stage::begun})));
  good(database.ingest(write_run(elsewhere / "c")));
  EXPECT_TRUE(good(database.evidence_kept()).empty());
  good(database.ingest(
      write_run(temporary.path() / "runs/d", {.until = stage::begun, .whose = somebody_dead()})));
  EXPECT_EQ(good(database.evidence_kept()).size(), 1U);
}

TEST(making_room_in_the_database, chunks_of_old_runs_go) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  restore("version-3.sql", file);
  auto database = good(results_database::open(file));
  auto const kept = good(database.evidence_kept());
  ASSERT_EQ(kept.size(), 4U) << "not the one that runs elsewhere";
  good(database.make_room({kept[0], "a test"}, now));
  EXPECT_EQ(good(database.timeline_text_of(kept[0].run.id)).damaged_chunks, 1U);
  EXPECT_EQ(good(database.evidence_kept()).size(), 3U);
}

}  // namespace
}  // namespace wedgehog::store
