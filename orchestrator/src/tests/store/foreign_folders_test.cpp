// Folders that claim what is not so, or say what this program does not know: refused by name, with
// what is known already left as it is, and all others taken.
#include <gmock/gmock.h>

#include "folders.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

struct foreign_folders : ::testing::Test {
  own_folder temporary;
  fs::path file = temporary / "results.sqlite";
  results_database database = good(results_database::open(file));

  fs::path run(std::string const& name, run_wanted wanted = {}) {
    wanted.name = name;
    return write_run(temporary.path() / "runs" / name, wanted);
  }
  static void change(fs::path const& document, std::string_view key, json::value to) {
    auto object = good(folder::read_object(document));
    object[key] = std::move(to);
    good(folder::write_document(document, json::serialize(object)));
  }
};

// The facts are the same, so it may be a copy; what came of the run is not.
TEST_F(foreign_folders, one_uid_and_two_outcomes_are_two_runs) {
  auto const uid = folder::new_uid();
  good(database.ingest(run("honest", {.uid = uid})));
  auto const before = rows_of(database);
  for (auto const* exposure : {"0", "7200"}) {
    fs::remove_all(temporary / "runs/forged");
    auto const forged = run("forged", {.uid = uid});
    change(forged / "outcome.json", "exposure_s", json::parse(exposure));
    auto const refused = database.ingest(forged);
    ASSERT_FALSE(refused) << exposure;
    EXPECT_THAT(refused.error().message(), HasSubstr(forged.string()));
    EXPECT_THAT(refused.error().message(), HasSubstr("honest"));
    EXPECT_THAT(refused.error().message(), HasSubstr(uid));
    EXPECT_EQ(rows_of(database), before);
  }
  auto const anew = good(database.rebuild());
  EXPECT_EQ(anew.complaints.size(), 1U) << "nor by making the rows anew";
}

TEST_F(foreign_folders, a_copy_is_the_same_run) {
  auto const honest = run("honest");
  good(database.ingest(honest));
  fs::copy(honest, temporary / "copy", fs::copy_options::recursive);
  EXPECT_FALSE(good(database.ingest(temporary / "copy")).added);
  EXPECT_EQ(good(database.list({})).size(), 1U);
}

TEST_F(foreign_folders, what_was_changed_by_hand_after_its_end_is_told) {
  auto const folder = run("honest");
  good(database.ingest(folder));
  change(folder / "outcome.json", "exposure_s", 1.5);
  auto const refused = database.ingest(folder);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("changed by hand"));
  for (auto const& complaint : good(database.rebuild()).complaints)
    EXPECT_THAT(complaint, Not(HasSubstr("changed by hand"))) << "who rebuilds believes folders";
  EXPECT_EQ(good(database.find("honest")).played->exposure_s, 1.5);
}

TEST_F(foreign_folders, of_a_newer_version_are_left_and_the_rest_is_taken) {
  auto const newer = run("newer");
  change(newer / "run.json", "wedgehog_run_folder", 2);
  run("known");
  auto const refused = database.ingest(newer);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr(newer.string()));
  EXPECT_THAT(refused.error().message(), HasSubstr("use a newer Wedgehog"));
  auto const rebuilt = good(database.rebuild());
  EXPECT_EQ(rebuilt.added, 1U);
  ASSERT_EQ(rebuilt.complaints.size(), 1U);
  EXPECT_THAT(rebuilt.complaints[0], HasSubstr("newer"));
  EXPECT_TRUE(fs::exists(newer / "MANIFEST.json"));
}

// A run whose performer died is looked after by the next command. Its folder must not be able to
// stop that one.
TEST_F(foreign_folders, in_a_dead_runs_place_keep_nobody_out) {
  auto const uid = folder::new_uid();
  good(database.ingest(run("dead", {.uid = uid, .until = stage::begun})));
  auto raw = good(sqlite::connection::open(file, std::chrono::seconds(1)));
  good(raw.change("UPDATE runs SET owner_began = owner_began + 1"));
  change(temporary / "runs/dead/run.json", "recipe", "another");
  auto const dead = good(database.take_in_the_dead());
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(word_of(good(database.find("dead"))), "interrupted");
  EXPECT_EQ(good(database.find("dead")).facts.recipe, "lost-wakeup");
  EXPECT_TRUE(good(database.take_in_the_dead()).empty());
}

// The host's clock was set back while it ran: it was not heard of before it began.
TEST_F(foreign_folders, of_a_host_whose_clock_was_set_back_end_after_they_began) {
  run_wanted const wanted{
      .started = "2100-01-01T00:00:00.000Z", .until = stage::begun, .whose = somebody_dead()};
  good(database.ingest(run("late", wanted)));
  auto const one = good(database.find("late"));
  ASSERT_TRUE(one.interrupted);
  EXPECT_GE(*one.interrupted, one.facts.started);
}

}  // namespace
}  // namespace wedgehog::store
