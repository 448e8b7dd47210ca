#include "store/migrations.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace wedgehog::store {
namespace {

namespace fs = std::filesystem;

// "Wdgh": tells our files from other programs' (SQLite's application_id, shown by file(1)).
constexpr std::int64_t application = 0x57646768;

constexpr std::string_view versions_table = R"sql(
CREATE TABLE IF NOT EXISTS schema_versions (
  version INTEGER PRIMARY KEY,
  applied TEXT NOT NULL
) STRICT;
)sql";

// 0 for an empty file.
result<std::int64_t> version_of(sqlite::connection& on) {
  auto const tables = on.integer("SELECT count(*) FROM sqlite_master");
  if (!tables) return tables.error();
  if (*tables == 0) return 0;
  auto const whose = on.integer("PRAGMA application_id");
  if (!whose) return whose.error();
  auto const ours = on.integer("SELECT count(*) FROM sqlite_master WHERE name = 'schema_versions'");
  if (!ours) return ours.error();
  if (*whose != application || *ours == 0)
    return host_error(fmt::format(
        "{} is an SQLite database of another program: move it away, or use --results DIR",
        on.file().string()));
  return on.integer("SELECT COALESCE(MAX(version), 0) FROM schema_versions");
}

error too_new(fs::path const& file, std::int64_t found, std::size_t known) {
  return host_error(
      fmt::format("the results database {} was written by a newer Wedgehog (schema {}, this one "
                  "knows {}): upgrade or use --results DIR",
                  file.string(), found, known));
}

// SQLite leaves a copy made by VACUUM INTO to the kernel; a rename must not overtake its data.
void flush_to_disk(fs::path const& file) {
  int const opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return;
  (void)::fsync(opened);
  (void)::close(opened);
}

// Must be called while the caller's transaction keeps other writers out and has written nothing.
result<fs::path> back_up(fs::path const& file, std::int64_t version) {
  auto reader = sqlite::connection::open(file, std::chrono::seconds(1));
  if (!reader) return reader.error();
  fs::path const kept = fmt::format("{}.schema-{}.backup", file.string(), version);
  fs::path const partial = kept.string() + ".partial";
  std::error_code failure;
  fs::remove(partial, failure);
  auto const copied = reader->change("VACUUM INTO ?", {partial.string()});
  if (!copied) {
    fs::remove(partial, failure);
    return copied.error();
  }
  flush_to_disk(partial);
  fs::rename(partial, kept, failure);
  if (failure)
    return host_error(
        fmt::format("naming the copy {}: {}; make the folder writable, or use "
                    "--results DIR",
                    kept.string(), failure.message()));
  return kept;
}

result<void> expect_no_dangling_rows(sqlite::connection& on) {
  auto const dangling =
      on.rows("PRAGMA foreign_key_check", {}, [](sqlite::row const& at) { return at.text(0); });
  if (!dangling) return dangling.error();
  if (dangling->empty()) return {};
  return host_error(fmt::format(
      "the results database {} has {} rows that refer to missing ones, the first in the table "
      "{}: it was changed by hand; move it away, or use --results DIR",
      on.file().string(), dangling->size(), dangling->front()));
}

result<void> apply(sqlite::connection& on, std::span<migration const> steps, std::int64_t from) {
  // Before, because a step that makes a table anew drops what it cannot place.
  if (auto whole = expect_no_dangling_rows(on); !whole) return whole;
  if (auto made = on.script(versions_table); !made) return made;
  for (auto version = from; version < static_cast<std::int64_t>(steps.size()); ++version) {
    auto const step = on.script(steps[static_cast<std::size_t>(version)]);
    if (!step) return step.error().within(fmt::format("bringing it to schema {}", version + 1));
    auto const noted =
        on.change("INSERT INTO schema_versions VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
                  {version + 1});
    if (!noted) return noted.error();
  }
  if (auto whole = expect_no_dangling_rows(on); !whole) return whole;
  return on.script(fmt::format("PRAGMA application_id = {}", application));
}

}  // namespace

result<void> expect_newest(sqlite::connection& on) {
  auto const newest = static_cast<std::int64_t>(migrations().size());
  auto const found = version_of(on);
  if (!found) return found.error();
  if (*found > newest) return too_new(on.file(), *found, migrations().size());
  if (*found == newest) return {};
  return host_error(fmt::format(
      "the results database {} is of an older Wedgehog (schema {}, this one reads {}): `wedgehog "
      "results upgrade` brings it up to date and keeps a copy",
      on.file().string(), *found, newest));
}

result<std::optional<fs::path>> migrate(sqlite::connection& on, std::span<migration const> steps) {
  auto const newest = static_cast<std::int64_t>(steps.size());
  auto const before = version_of(on);
  if (!before) return before.error();
  if (*before > newest) return too_new(on.file(), *before, steps.size());
  if (*before == newest) return std::nullopt;

  // SQLite, "Making Other Kinds Of Table Schema Changes": a table that is dropped to be made anew
  // must not take along the rows that refer to it. Has no effect inside a transaction.
  if (auto off = on.script("PRAGMA foreign_keys = OFF"); !off) return off.error();
  auto all_or_nothing = sqlite::transaction::begin(on);
  if (!all_or_nothing) return all_or_nothing.error();
  // Another process may have migrated it between the look and the lock.
  auto const now = version_of(on);
  if (!now) return now.error();
  if (*now > newest) return too_new(on.file(), *now, steps.size());
  if (*now == newest) return std::nullopt;

  std::optional<fs::path> copy;
  if (*now > 0) {
    auto kept = back_up(on.file(), *now);
    if (!kept) return kept.error().within("keeping a copy before the tables change");
    copy = *kept;
  }
  if (auto applied = apply(on, steps, *now); !applied) return applied.error();
  if (auto committed = all_or_nothing->commit(); !committed) return committed.error();
  return copy;
}

}  // namespace wedgehog::store
