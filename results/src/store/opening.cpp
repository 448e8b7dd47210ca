#include <fmt/format.h>

#include "store/migrations.hpp"
#include "store/results_database.hpp"

namespace wedgehog::store {
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
  return on.script(fmt::format("PRAGMA busy_timeout = {}", patience.count()));
}

// NORMAL: the death of a process loses nothing, that of the host's power at most the last moments.
constexpr std::string_view settings = R"sql(
PRAGMA synchronous = NORMAL;
PRAGMA foreign_keys = ON;
PRAGMA journal_size_limit = 16777216;
)sql";

}  // namespace

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
  auto opened = sqlite::connection::open(file, how.patience);
  if (!opened) return opened.error();
  // Looks at the file before anything is changed in it: it may be somebody else's, or too new.
  auto backup = migrate(*opened, migrations());
  if (!backup) return backup.error();
  if (auto switched = write_ahead(*opened, how.patience); !switched) return switched.error();
  if (auto set = opened->script(settings); !set) return set.error();
  results_database ready(std::move(*opened));
  ready.backup_ = *backup;
  return ready;
}

}  // namespace wedgehog::store
