// What the world does to a database: folders that cannot be written, files that are none, locks,
// full disks, dead orchestrators. Every refusal must name the file and the way out.
#include <sys/mount.h>

#include "folders.hpp"
#include "mounts.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

constexpr results_database::options impatient{.patience = std::chrono::milliseconds(10)};

void expect_a_way_out(error const& cause, fs::path const& file, std::string_view words) {
  EXPECT_EQ(cause.whose(), blame::host);
  auto const text = cause.message();
  EXPECT_NE(text.find(file.string()), std::string::npos) << text;
  EXPECT_NE(text.find(words), std::string::npos) << text;
  EXPECT_NE(text.find("--results DIR"), std::string::npos) << text;
}

TEST(bad_day, the_folder_is_a_file) {
  own_folder temporary;
  std::ofstream(temporary / "occupied") << "x";
  auto const opened = results_database::open(temporary / "occupied/results.sqlite");
  ASSERT_FALSE(opened);
  expect_a_way_out(opened.error(), temporary / "occupied", "make it writable");
}

TEST(bad_day, the_file_is_a_folder) {
  own_folder temporary;
  fs::create_directories(temporary / "results.sqlite");
  auto const opened = results_database::open(temporary / "results.sqlite");
  ASSERT_FALSE(opened);
  expect_a_way_out(opened.error(), temporary / "results.sqlite", "writable");
}

TEST(bad_day, the_folder_may_not_be_written) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  own_folder temporary;
  fs::create_directories(temporary / "closed");
  fs::permissions(temporary / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  auto const opened = results_database::open(temporary / "closed/results.sqlite");
  fs::permissions(temporary / "closed", fs::perms::owner_all);
  ASSERT_FALSE(opened);
  expect_a_way_out(opened.error(), temporary / "closed/results.sqlite", "Permission denied");
}

TEST(bad_day, the_file_may_not_be_written) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  { auto const made = good(results_database::open(file)); }
  // A read-only file, as root sees it too: the descriptor is writable, the database is not.
  auto raw = good(sqlite::connection::open(file, std::chrono::milliseconds(10)));
  good(raw.script("PRAGMA query_only = ON"));
  auto const changed = raw.change("DELETE FROM runs");
  ASSERT_FALSE(changed);
  expect_a_way_out(changed.error(), file, "for writing");
}

TEST(bad_day, the_file_is_no_database) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  std::ofstream(file) << std::string(5000, 'z');
  auto const opened = results_database::open(file);
  ASSERT_FALSE(opened);
  expect_a_way_out(opened.error(), file, "is not a results database");
  EXPECT_EQ(testing::text_of(file), std::string(5000, 'z'));
}

TEST(bad_day, the_file_belongs_to_another_program) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  {
    auto raw = good(sqlite::connection::open(file, std::chrono::milliseconds(10)));
    good(raw.script("CREATE TABLE bookmarks (url)"));
  }
  auto const before = testing::text_of(file);
  auto const opened = results_database::open(file);
  ASSERT_FALSE(opened);
  expect_a_way_out(opened.error(), file, "another program");
  EXPECT_EQ(testing::text_of(file), before);
}

TEST(bad_day, the_file_is_damaged) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  {
    auto database = good(results_database::open(file));
    for (int i = 0; i < 50; ++i) good(database.ingest(run_without_files(temporary.path())));
  }
  auto bytes = testing::text_of(file);
  ASSERT_GT(bytes.size(), 20'000U);
  // Everything but the first page, which holds the header and the list of tables.
  std::fill(bytes.begin() + 4096, bytes.end(), '\xa5');
  std::ofstream(file, std::ios::binary) << bytes;
  auto opened = results_database::open(file);
  auto const cause = opened ? opened->list({}).error() : opened.error();
  expect_a_way_out(cause, file, "is damaged");
  EXPECT_NE(cause.message().find(".recover"), std::string::npos);
}

TEST(bad_day, the_file_is_cut_short) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  {
    auto database = good(results_database::open(file));
    for (int i = 0; i < 50; ++i) good(database.ingest(run_without_files(temporary.path())));
  }
  fs::resize_file(file, 6000);
  auto opened = results_database::open(file);
  auto const cause = opened ? opened->list({}).error() : opened.error();
  expect_a_way_out(cause, file, "damaged");
}

TEST(bad_day, another_process_sits_on_the_lock) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  auto database = good(results_database::open(file, impatient));
  auto other = good(sqlite::connection::open(file, std::chrono::milliseconds(10)));
  auto const held = good(sqlite::transaction::begin(other));
  auto const refused = database.ingest(run_without_files(temporary.path()));
  ASSERT_FALSE(refused);
  expect_a_way_out(refused.error(), file, "has been locked by another process for 10 ms");
  EXPECT_NE(refused.error().message().find("while taking in"), std::string::npos);
  EXPECT_EQ(good(database.list({})).size(), 0U) << "readers are not kept out";
}

TEST(bad_day, a_fresh_file_is_locked_by_somebody_who_stays) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  auto other = good(sqlite::connection::open(file, std::chrono::milliseconds(10)));
  good(other.script("BEGIN EXCLUSIVE"));
  auto const opened = results_database::open(file, impatient);
  ASSERT_FALSE(opened);
  expect_a_way_out(opened.error(), file, "has been locked");
}

TEST(bad_day, the_page_limit_is_reached) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  { auto const made = good(results_database::open(file)); }
  auto raw = good(sqlite::connection::open(file, std::chrono::milliseconds(10)));
  // Below the pages in use it means "no more than now".
  good(raw.integer("PRAGMA max_page_count = 1"));
  good(raw.script("CREATE TABLE IF NOT EXISTS schema_versions (x)"));
  auto const filled = raw.change("CREATE TABLE ballast AS SELECT zeroblob(1000000)");
  ASSERT_FALSE(filled);
  expect_a_way_out(filled.error(), file, "is full");
}

// Runs in a child with a tiny tmpfs of its own. 77: such a thing cannot be made here.
int on_a_full_disk(fs::path const& folder) {
  if (!alone_with_mounts()) return 77;
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=512k,mode=777") != 0) return 77;
  auto const file = folder / "results.sqlite";
  auto database = good(results_database::open(file));
  good(database.ingest(run_without_files(folder)));
  auto const ballast = folder / "ballast";
  {
    std::ofstream filler(ballast);
    for (int i = 0; i < 600 && filler.flush(); ++i) filler << std::string(1024, 'b');
  }
  result<ingested> taken = ingested{};
  for (int i = 0; i < 500 && taken; ++i) taken = database.ingest(run_without_files(folder));
  if (taken) return 1;
  if (taken.error().message().find("is full: free some space") == std::string::npos) return 2;
  if (taken.error().message().find(file.string()) == std::string::npos) return 3;
  // What was there is there, and with room again runs are taken in.
  auto const before = good(database.list({})).size();
  if (before == 0) return 4;
  fs::remove(ballast);
  good(database.ingest(run_without_files(folder)));
  return good(database.list({})).size() == before + 1 ? 0 : 5;
}

TEST(bad_day, the_disk_is_full) {
  own_folder temporary;
  int const code = in_child([&] {
    try {
      return on_a_full_disk(temporary.path());
    } catch (std::exception const& unexpected) {
      fprintf(stderr, "%s\n", unexpected.what());
      return 99;
    }
  });
  if (code == 77) GTEST_SKIP() << "no mount namespace of our own may be made here";
  EXPECT_EQ(code, 0);
}

struct orchestrator_dies : ::testing::Test {
  own_folder temporary;
  fs::path file = temporary / "results.sqlite";
};

TEST_F(orchestrator_dies, and_what_it_left_is_taken_in) {
  auto database = good(results_database::open(file));
  auto const write = [&](std::string const& name, stage until, owner whose) {
    return write_run(temporary.path() / "runs" / name,
                     {.name = name, .until = until, .whose = std::move(whose)});
  };
  for (auto const& [name, until] :
       {std::pair("begun", stage::begun), {"played", stage::played}, {"judged", stage::judged}}) {
    auto alive = folder::read_run(write(name, until, somebody_dead()));
    good(database.ingest(*alive));
  }
  good(database.ingest(write("alive", stage::begun, this_process())));
  // It came to an end that nobody told the database of.
  auto early = folder::read_run(write("ended", stage::begun, this_process()));
  early->facts.owner = somebody_dead();
  good(database.ingest(*early));
  good(folder::run_writer::take_over(temporary / "runs/ended")->judged(some_verdict()));

  auto raw = good(sqlite::connection::open(file, std::chrono::seconds(1)));
  good(raw.script("UPDATE runs SET interrupted = NULL"));
  std::vector<std::string> dead;
  for (auto const& run : good(database.take_in_the_dead())) dead.push_back(run.key.name);
  std::sort(dead.begin(), dead.end());
  EXPECT_EQ(dead, (std::vector<std::string>{"begun", "played"}));
  EXPECT_EQ(good(raw.integer("SELECT count(*) FROM runs WHERE word = 'interrupted'")), 2);
  EXPECT_EQ(word_of(good(database.find("alive"))), "running");
  EXPECT_EQ(word_of(good(database.find("judged"))), "wedged");
  EXPECT_EQ(word_of(good(database.find("ended"))), "wedged");
  EXPECT_TRUE(good(database.take_in_the_dead()).empty()) << "once is enough";
}

TEST_F(orchestrator_dies, before_it_told_of_a_run) {
  auto database = good(results_database::open(file));
  auto const write = [&](std::string const& name, run_wanted how) {
    how.name = name;
    return write_run(temporary.path() / "runs" / name, how);
  };
  write("dead", {.until = stage::begun, .whose = somebody_dead()});
  write("alive", {.until = stage::begun, .whose = this_process()});
  write("brought", {.whose = somebody_dead()});
  std::vector<std::string> dead;
  for (auto const& run : good(database.take_in_the_dead())) dead.push_back(run.key.name);
  EXPECT_EQ(dead, std::vector<std::string>{"dead"});
  EXPECT_EQ(word_of(good(database.find("dead"))), "interrupted");
  EXPECT_EQ(good(database.folders_without_row()).size(), 2U) << "one lives, one was brought";
  EXPECT_TRUE(good(database.take_in_the_dead()).empty()) << "once is enough";
}

TEST_F(orchestrator_dies, in_the_middle_of_a_transaction) {
  auto database = good(results_database::open(file));
  EXPECT_EQ(in_child([&] {
              auto raw = sqlite::connection::open(file, std::chrono::seconds(1));
              auto half = sqlite::transaction::begin(*raw);
              auto const changed =
                  raw->change("INSERT INTO schema_versions VALUES (99, 'never committed')");
              return changed ? raise(SIGKILL) : 1;
            }),
            128 + SIGKILL);
  EXPECT_TRUE(results_database::open(file)) << "the half-written part is not there";
  good(database.ingest(run_without_files(temporary.path())));
}

}  // namespace
}  // namespace wedgehog::store
