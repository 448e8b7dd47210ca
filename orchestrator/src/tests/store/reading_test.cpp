// Readers: they change nothing, need no right to, and wait for nobody.
#include <fcntl.h>
#include <sys/mount.h>

#include "folders.hpp"
#include "mounts.hpp"
#include "store/network_file_system.hpp"

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

void fill(fs::path const& root) {
  auto database = good(results_database::open(root / "results.sqlite"));
  good(database.ingest(write_run(root / "runs/a", {.name = "a"})));
}

std::vector<std::string> names_in(fs::path const& root) {
  std::vector<std::string> names;
  for (auto const& one : fs::directory_iterator(root)) names.push_back(one.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// Everything a reader may be asked.
bool can_be_asked(fs::path const& root) {
  auto database = good(results_database::open_for_reading(root / "results.sqlite"));
  auto const one = good(database.find("a"));
  return word_of(one) == "wedged" && good(database.list({})).size() == 1 &&
         good(database.tallies({})).size() == 1 && good(database.signatures({})).size() == 1 &&
         good(database.judgements_of(one.key.id)).size() == 1 &&
         good(database.timeline_of(one.key.id)).signals.size() == 2;
}

TEST(reading, changes_nothing) {
  own_folder temporary;
  fill(temporary.path());
  auto const before = testing::text_of(temporary / "results.sqlite");
  EXPECT_TRUE(can_be_asked(temporary.path()));
  EXPECT_EQ(testing::text_of(temporary / "results.sqlite"), before);
  auto database = good(results_database::open_for_reading(temporary / "results.sqlite"));
  auto const refused = database.ingest(run_without_files(temporary.path()));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("cannot read"), std::string::npos)
      << refused.error().message();
}

TEST(reading, of_nothing_finds_no_runs_and_makes_no_file) {
  own_folder temporary;
  auto database = good(results_database::open_for_reading(temporary / "results.sqlite"));
  EXPECT_TRUE(good(database.list({})).empty());
  EXPECT_TRUE(good(database.tallies({})).empty());
  EXPECT_EQ(database.find("latest").error().whose(), blame::recipe);
  EXPECT_TRUE(names_in(temporary.path()).empty());
}

TEST(reading, says_how_to_get_a_database_that_is_gone) {
  own_folder temporary;
  write_run(temporary.path() / "runs/a");
  auto const opened = results_database::open_for_reading(temporary / "results.sqlite");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("wedgehog results rebuild"), std::string::npos);
}

TEST(reading, does_not_migrate_but_says_what_to_do) {
  for (auto const* dump : {"version-1.sql", "version-3.sql", "version-4.sql"}) {
    own_folder temporary;
    auto const file = temporary / "results.sqlite";
    restore(dump, file);
    auto const before = testing::text_of(file);
    auto const opened = results_database::open_for_reading(file);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message().find("wedgehog results upgrade"), std::string::npos);
    EXPECT_EQ(testing::text_of(file), before);
    EXPECT_EQ(names_in(temporary.path()), (std::vector<std::string>{"results.sqlite"}));
  }
}

TEST(reading, is_not_held_up_by_a_writer) {
  own_folder temporary;
  fill(temporary.path());
  auto writer =
      good(sqlite::connection::open(temporary / "results.sqlite", std::chrono::seconds(1)));
  auto const held = good(sqlite::transaction::begin(writer));
  good(writer.change("DELETE FROM runs"));
  EXPECT_TRUE(can_be_asked(temporary.path())) << "as it was before";
}

TEST(reading, sees_what_was_written_since_it_opened) {
  own_folder temporary;
  fill(temporary.path());
  auto reader = good(results_database::open_for_reading(temporary / "results.sqlite"));
  EXPECT_EQ(good(reader.list({})).size(), 1U);
  auto writer = good(results_database::open(temporary / "results.sqlite"));
  good(writer.ingest(write_run(temporary.path() / "runs/b")));
  EXPECT_EQ(good(reader.list({})).size(), 2U);
}

// Leaves the log of changes behind, as a killed writer does.
void fill_and_die(fs::path const& root) {
  EXPECT_EQ(in_child([&] {
              fill(root);
              auto database = results_database::open(root / "results.sqlite");
              return database && database->ingest(write_run(root / "runs/late", {.name = "late"}))
                         ? raise(SIGKILL)
                         : 1;
            }),
            128 + SIGKILL);
}

// 77: such a thing cannot be made here.
int where_nothing_can_be_written(fs::path const& root, bool died, char const* options) {
  if (!alone_with_mounts()) return 77;
  own_folder place;
  if (mount("tmpfs", place.path().c_str(), "tmpfs", 0, "size=2m,mode=777") != 0) return 77;
  for (auto const& name : names_in(root))
    fs::copy(root / name, place / name, fs::copy_options::recursive);
  if (died) fs::remove(place / "results.sqlite-shm");
  auto const full = std::string_view(options) == "full";
  if (full) {
    int const ballast = ::open((place / "ballast").c_str(), O_WRONLY | O_CREAT, 0600);
    std::string const bytes(4096, 'b');
    while (::write(ballast, bytes.data(), bytes.size()) > 0) {
    }
    ::close(ballast);
  } else if (mount("tmpfs", place.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
    return 77;
  }
  auto database = good(results_database::open_for_reading(place / "results.sqlite"));
  int const wrong =
      died ? (good(database.list({})).size() == 2 ? 0 : 1) : (can_be_asked(place.path()) ? 0 : 2);
  mount("tmpfs", place.path().c_str(), "tmpfs", MS_REMOUNT, nullptr);
  umount2(place.path().c_str(), MNT_DETACH);
  return wrong;
}

struct hostile_place {
  std::string name;
  bool died;
  char const* options;
};

void PrintTo(hostile_place const& one, std::ostream* out) {
  *out << one.name;
}

struct reading_where : ::testing::TestWithParam<hostile_place> {};

TEST_P(reading_where, nothing_can_be_written) {
  own_folder temporary;
  if (GetParam().died)
    fill_and_die(temporary.path());
  else
    fill(temporary.path());
  int const code = in_child([&] {
    try {
      return where_nothing_can_be_written(temporary.path(), GetParam().died, GetParam().options);
    } catch (std::exception const& unexpected) {
      fprintf(stderr, "%s\n", unexpected.what());
      return 99;
    }
  });
  if (code == 77) GTEST_SKIP() << "no mount namespace of our own may be made here";
  EXPECT_EQ(code, 0);
}

INSTANTIATE_TEST_SUITE_P(places, reading_where,
                         ::testing::Values(hostile_place{"read-only", false, "ro"},
                                           hostile_place{"full", false, "full"},
                                           hostile_place{"read-only, after a death", true, "ro"},
                                           hostile_place{"full, after a death", true, "full"}));

TEST(network_file_systems, are_known_by_what_statfs_says) {
  // statfs(2), "magic numbers".
  EXPECT_EQ(network_file_system(0x6969), "NFS");
  EXPECT_EQ(network_file_system(0xff534d42), "SMB");
  EXPECT_EQ(network_file_system(0x00c36400), "Ceph");
  for (auto const local : {0xef53ULL /* ext4 */, 0x58465342ULL /* XFS */, 0x01021994ULL /* tmpfs */,
                           0x9123683eULL /* btrfs */, 0x794c7630ULL /* overlayfs */})
    EXPECT_EQ(network_file_system(local), "") << local;
}

}  // namespace
}  // namespace wedgehog::store
