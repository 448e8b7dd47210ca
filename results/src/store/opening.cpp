#include <fmt/format.h>
#include <sys/vfs.h>

#include "store/migrations.hpp"
#include "store/network_file_system.hpp"
#include "store/results_database.hpp"

namespace wedgehog::store {
namespace fs = std::filesystem;

namespace {

// Two processes that open a fresh file at once may find the switch to WAL refused without SQLite's
// own waiting (it would be a deadlock of two readers): so the waiting is done here.
result<void> write_ahead(sqlite::connection& on, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds pause{20};
  if (auto set = on.script("PRAGMA busy_timeout = 0"); !set) return set;
  for (std::chrono::milliseconds waited{0};; waited += pause) {
    auto const mode =
        on.first("PRAGMA journal_mode = WAL", {}, [](sqlite::row const& at) { return at.text(0); });
    if (mode && *mode == "wal") break;
    if (mode)
      return host_error(
          fmt::format("the file system of {} has no shared memory for write-ahead logging: give "
                      "--results DIR on a local one",
                      on.file().string()));
    if (!on.busy() || waited >= patience) return mode.error();
    sqlite3_sleep(static_cast<int>(pause.count()));
  }
  if (auto set = on.script(fmt::format("PRAGMA busy_timeout = {}", patience.count())); !set)
    return set;
  // The memory that readers and writers share is asked for by the first who reads.
  auto const read = on.integer("SELECT count(*) FROM sqlite_master");
  return read ? result<void>() : read.error();
}

std::string_view network_of(fs::path const& folder) {
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) return {};
  return network_file_system(static_cast<std::uint64_t>(about.f_type) & 0xffffffffU);
}

// NORMAL: the death of a process loses nothing, that of the host's power at most the last moments.
constexpr std::string_view settings = R"sql(
PRAGMA synchronous = NORMAL;
PRAGMA foreign_keys = ON;
PRAGMA journal_size_limit = 16777216;
)sql";

fs::path full_path(fs::path const& file) {
  std::error_code failure;
  auto const full = fs::absolute(file, failure);
  return failure ? file : full.lexically_normal();
}

constexpr std::chrono::milliseconds patience_of_readers{2'000};

// What a file that is not there would hold.
result<sqlite::connection> no_runs_yet(fs::path const& file) {
  std::error_code failure;
  if (fs::is_directory(file.parent_path() / "runs", failure))
    return host_error(fmt::format(
        "there are runs, and no results database {}: `wedgehog results rebuild` makes it from them",
        file.string()));
  auto empty = sqlite::connection::in_memory();
  if (!empty) return empty;
  if (auto made = migrate(*empty, migrations()); !made) return made.error();
  return empty;
}

result<sqlite::connection> existing(fs::path const& file) {
  auto opened = sqlite::connection::open_for_reading(file, patience_of_readers);
  if (!opened) return opened;
  if (auto newest = expect_newest(*opened); !newest) return newest.error();
  return opened;
}

}  // namespace

result<results_database> results_database::open_for_reading(fs::path const& file) {
  auto const full = full_path(file);
  std::error_code failure;
  auto opened = fs::exists(full, failure) || failure ? existing(full) : no_runs_yet(full);
  if (!opened) return opened.error();
  return results_database(std::move(*opened), full);
}

result<results_database> results_database::open(std::filesystem::path const& file) {
  return open(file, options{});
}

result<results_database> results_database::open(std::filesystem::path const& file,
                                                options const& how) {
  std::error_code failure;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), failure);
  if (failure)
    return host_error(
        fmt::format("creating the results folder {}: {}; make it writable or use --results DIR",
                    file.parent_path().string(), failure.message()));
  if (auto const network = network_of(file.has_parent_path() ? file.parent_path() : ".");
      !network.empty())
    return host_error(
        fmt::format("the results database {} would be on a network file system ({}), where SQLite "
                    "loses what several hosts write: give --results DIR on a local one; `wedgehog "
                    "results ingest FOLDER…` takes runs from here into it",
                    file.string(), network));
  auto opened = sqlite::connection::open(file, how.patience);
  if (!opened) return opened.error();
  // Looks at the file before anything is changed in it: it may be somebody else's, or too new.
  auto backup = migrate(*opened, migrations());
  if (!backup) return backup.error();
  if (auto switched = write_ahead(*opened, how.patience); !switched) return switched.error();
  if (auto set = opened->script(settings); !set) return set.error();
  results_database ready(std::move(*opened), full_path(file));
  ready.backup_ = *backup;
  return ready;
}

}  // namespace wedgehog::store
