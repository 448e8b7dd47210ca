// What the world does to a database: folders that cannot be written, files that are none, locks,
// full disks, dead orchestrators. Every refusal must name the file and the way out.
#include <sched.h>
#include <sys/mount.h>

#include "fixture.hpp"

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
  EXPECT_EQ(contents(file), std::string(5000, 'z'));
}

TEST(bad_day, the_file_belongs_to_another_program) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  {
    auto raw = good(sqlite::connection::open(file, std::chrono::milliseconds(10)));
    good(raw.script("CREATE TABLE bookmarks (url)"));
  }
  auto const before = contents(file);
  auto const opened = results_database::open(file);
  ASSERT_FALSE(opened);
  expect_a_way_out(opened.error(), file, "another program");
  EXPECT_EQ(contents(file), before);
}

TEST(bad_day, the_file_is_damaged) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  {
    auto database = good(results_database::open(file));
    for (int i = 0; i < 50; ++i) good(database.begin_run(some_facts(), this_process()));
  }
  auto bytes = contents(file);
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
    for (int i = 0; i < 50; ++i) good(database.begin_run(some_facts(), this_process()));
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
  auto const begun = database.begin_run(some_facts(), this_process());
  ASSERT_FALSE(begun);
  expect_a_way_out(begun.error(), file, "has been locked by another process for 10 ms");
  EXPECT_NE(begun.error().message().find("while noting that a run begins"), std::string::npos);
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

// A mount namespace of our own, also for those who are not root.
bool alone_with_mounts() {
  auto const user = getuid();
  auto const group = getgid();
  bool const root = geteuid() == 0;
  if (unshare(CLONE_NEWNS | (root ? 0 : CLONE_NEWUSER)) != 0) return false;
  if (!root) {
    // user_namespaces(7): without a mapping of ourselves we could create no file.
    std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1\n";
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1\n";
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// Runs in a child with a tiny tmpfs of its own. 77: such a thing cannot be made here.
int on_a_full_disk(fs::path const& folder) {
  if (!alone_with_mounts()) return 77;
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=512k,mode=777") != 0) return 77;
  auto const file = folder / "results.sqlite";
  auto database = good(results_database::open(file));
  auto const key = good(database.begin_run(some_facts(), this_process()));
  good(database.keep_timeline(key.id, "{\"t\":1.0,\"signal\":\"hold\"}\n"));

  auto const ballast = folder / "ballast";
  {
    std::ofstream filler(ballast);
    for (int i = 0; i < 600 && filler.flush(); ++i) filler << std::string(1024, 'b');
  }
  result<void> kept;
  std::string noise;
  for (unsigned i = 1; i < 40'000; ++i)  // does not compress
    noise += static_cast<char>(32 + (i * 2654435761U >> 24U) % 90);
  for (int i = 0; i < 100 && kept; ++i) kept = database.keep_timeline(key.id, noise + "\n");
  if (kept) return 1;
  if (kept.error().message().find("is full: free some space") == std::string::npos) return 2;
  if (kept.error().message().find(file.string()) == std::string::npos) return 3;
  // What was there is there, and with room again the run goes on.
  if (good(database.timeline_text_of(key.id)).text.substr(0, 7) != "{\"t\":1.") return 4;
  fs::remove(ballast);
  good(database.keep_timeline(key.id, noise + "\n"));
  good(database.played(key.id, some_outcome()));
  good(database.judged(key.id, some_verdict()));
  return word_of(good(database.find("latest"))) == "wedged" ? 0 : 5;
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
  moment now = at("2026-11-21T09:00:00.000Z");
};

TEST_F(orchestrator_dies, and_its_timeline_stays_readable_and_judgeable) {
  EXPECT_EQ(in_child([&] {
              auto database = results_database::open(file);
              auto const key = database->begin_run(some_facts(), this_process());
              (void)database->keep_timeline(key->id, "{\"t\":1.0,\"signal\":\"hold\"}\n");
              (void)database->keep_timeline(key->id, "{\"t\":2.0,\"signal\":\"hold\"}\n");
              raise(SIGKILL);
              return 0;
            }),
            128 + SIGKILL);
  auto database = good(results_database::open(file));
  EXPECT_EQ(word_of(good(database.find("latest"))), "running") << "nobody has looked yet";
  auto const recovered = good(database.recover_interrupted(now));
  ASSERT_EQ(recovered.size(), 1U);
  auto const id = recovered[0].id;
  EXPECT_EQ(word_of(good(database.load(id))), "interrupted");
  EXPECT_EQ(good(database.load(id)).interrupted, now);
  EXPECT_EQ(good(database.list({.verdict = "interrupted"})).size(), 1U);
  EXPECT_TRUE(good(database.recover_interrupted(now)).empty()) << "once is enough";

  EXPECT_EQ(good(database.timeline_of(id)).signals.size(), 2U);
  good(database.judged(id, some_verdict()));
  EXPECT_EQ(word_of(good(database.load(id))), "wedged");
  EXPECT_EQ(good(database.load(id)).interrupted, now) << "that it was interrupted stays known";
}

TEST_F(orchestrator_dies, between_any_two_phases) {
  EXPECT_EQ(in_child([&] {
              auto database = results_database::open(file);
              auto const self = this_process();
              auto const facts = some_facts();
              (void)database->begin_run(facts, self);
              auto const was_played = database->begin_run(facts, self);
              (void)database->played(was_played->id, some_outcome());
              auto const was_judged = database->begin_run(facts, self);
              (void)database->played(was_judged->id, some_outcome());
              (void)database->judged(was_judged->id, some_verdict());
              return 0;
            }),
            0);
  auto database = good(results_database::open(file));
  auto const ours = good(database.begin_run(some_facts(), this_process()));
  ASSERT_EQ(good(database.recover_interrupted(now)).size(), 2U);
  EXPECT_EQ(word_of(good(database.load(1))), "interrupted");
  EXPECT_EQ(word_of(good(database.load(2))), "interrupted");
  EXPECT_EQ(good(database.load(2)).played->duration_s, 184.5);
  EXPECT_EQ(word_of(good(database.load(3))), "wedged");
  EXPECT_EQ(word_of(good(database.load(ours.id))), "running") << "its owner lives";
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
  good(database.begin_run(some_facts(), this_process()));
}

TEST(writers, two_processes_write_to_one_file) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  constexpr int writers = 2;
  constexpr int runs_each = 10;
  constexpr int chunks_each = 20;
  std::vector<pid_t> children;
  for (int writer = 0; writer < writers; ++writer) {
    pid_t const child = fork();
    if (child == 0) {
      auto database = results_database::open(file);
      bool fine = database.has_value();
      for (int i = 0; fine && i < runs_each; ++i) {
        auto const key = database->begin_run(some_facts(), this_process());
        fine = key.has_value();
        for (int chunk = 0; fine && chunk < chunks_each; ++chunk)
          fine = database->keep_timeline(key->id, std::to_string(writer) + "\n").has_value();
        fine = fine && database->played(key->id, some_outcome()).has_value() &&
               database->judged(key->id, some_verdict()).has_value();
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
  auto database = good(results_database::open(file));
  auto const all = good(database.list({.verdict = "wedged"}));
  EXPECT_EQ(all.size(), static_cast<std::size_t>(writers * runs_each));
  for (auto const& run : all) {
    auto const text = good(database.timeline_text_of(run.key.id)).text;
    ASSERT_EQ(text.size(), 2U * chunks_each);
    EXPECT_EQ(text.find(text[0] == '0' ? '1' : '0'), std::string::npos) << "not mixed";
  }
}

}  // namespace
}  // namespace wedgehog::store
