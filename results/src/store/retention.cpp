#include "store/retention.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <set>

#include "folder/files.hpp"
#include "loop/descriptor.hpp"
#include "store/aliases.hpp"
#include "store/results_database.hpp"
#include "store/rows.hpp"

namespace wedgehog::store {
namespace fs = std::filesystem;

namespace {

constexpr int deepest = 16;

// What says what a run was, and how it was judged.
bool stays(std::string_view path) {
  using namespace folder::names;
  constexpr std::array kept{order,    facts,  folder::names::plan, recipe, folder::names::outcome,
                            manifest, removed};
  return std::find(kept.begin(), kept.end(), path) != kept.end() ||
         path.starts_with(std::string(judgements) + "/");
}

using visitor = std::function<void(int folder, char const* name, std::string const& path,
                                   struct stat const& about)>;

// Each regular file that may go, without following a link anywhere.
void each_file(loop::descriptor folder, std::string const& below, int depth, visitor const& visit) {
  std::unique_ptr<DIR, int (*)(DIR*)> const list(::fdopendir(folder.get()), &::closedir);
  if (!list) return;
  (void)folder.release();
  int const here = ::dirfd(list.get());
  while (auto const* entry = ::readdir(list.get())) {
    std::string const name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat about {};
    if (::fstatat(here, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) continue;
    auto const path = below + name;
    if (S_ISREG(about.st_mode) && !stays(path)) visit(here, name.c_str(), path, about);
    if (!S_ISDIR(about.st_mode) || depth >= deepest) continue;
    loop::descriptor inner(
        ::openat(here, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (inner) each_file(std::move(inner), path + "/", depth + 1, visit);
  }
}

void each_file(fs::path const& folder, visitor const& visit) {
  loop::descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (opened) each_file(std::move(opened), "", 0, visit);
}

std::uint64_t on_disk(struct stat const& about) {
  return static_cast<std::uint64_t>(about.st_blocks) * 512;
}

// Oldest first; two that began at once in the order of their numbers.
bool older(evidence const& a, evidence const& b) {
  return std::pair(a.started, a.run.id) < std::pair(b.started, b.run.id);
}

class choice {
 public:
  explicit choice(std::vector<evidence> all) : all_(std::move(all)) {
    std::sort(all_.begin(), all_.end(), older);
  }

  void by_age(microseconds most, moment now) {
    for (auto const& one : all_)
      if (now - one.started > most)
        remove(one, fmt::format("it began more than {} ago", describe_duration(most)));
  }

  void by_signature(std::int64_t enough) {
    std::map<std::string, std::int64_t> newer;
    for (auto one = all_.rbegin(); one != all_.rend(); ++one)
      if (!one->signature.empty() && newer[one->signature]++ >= enough)
        remove(*one,
               fmt::format("{} newer of its failure {} kept", enough, enough == 1 ? "is" : "are"));
  }

  void by_bytes(std::uint64_t most) {
    std::uint64_t total = 0;
    std::map<std::string, run_id> newest;
    for (auto const& one : all_) {
      if (gone_.contains(one.run.id)) continue;
      total += one.bytes;
      newest[one.signature] = one.run.id;
    }
    auto const worth = [&](evidence const& one) {
      if (!one.failed) return 0;
      return one.signature.empty() || newest[one.signature] == one.run.id ? 2 : 1;
    };
    auto order = all_;
    std::stable_sort(order.begin(), order.end(),
                     [&](evidence const& a, evidence const& b) { return worth(a) < worth(b); });
    for (auto const& one : order) {
      if (total <= most) return;
      if (gone_.contains(one.run.id)) continue;
      total -= one.bytes;
      remove(one, fmt::format("all together are more than {}", describe_size(most)));
    }
  }

  [[nodiscard]] std::vector<removal_of> chosen() && { return std::move(chosen_); }

 private:
  void remove(evidence const& one, std::string why) {
    if (gone_.insert(one.run.id).second) chosen_.push_back({one, std::move(why)});
  }

  std::vector<evidence> all_;
  std::vector<removal_of> chosen_;
  std::set<run_id> gone_;
};

}  // namespace

std::vector<removal_of> chosen_by(retention const& rules, std::vector<evidence> all, moment now) {
  choice choosing(std::move(all));
  if (rules.age) choosing.by_age(*rules.age, now);
  if (rules.a_signature) choosing.by_signature(*rules.a_signature);
  if (rules.bytes) choosing.by_bytes(*rules.bytes);
  return std::move(choosing).chosen();
}

std::uint64_t bytes_of_evidence(fs::path const& folder) {
  std::uint64_t bytes = 0;
  each_file(folder, [&](int, char const*, std::string const&, struct stat const& about) {
    bytes += on_disk(about);
  });
  return bytes;
}

result<std::uint64_t> remove_evidence(fs::path const& folder, std::string_view why, moment when) {
  std::error_code unknown;
  if (fs::symlink_status(folder, unknown).type() != fs::file_type::directory)
    return host_error(folder.string() + " is no folder");
  folder::removal note{.when = when, .why = std::string(why), .files = {}};
  if (auto const before = folder::read_object(folder / folder::names::removed))
    note.files = folder::removal_from(*before).files;
  each_file(folder, [&](int, char const*, std::string const& path, struct stat const& about) {
    bool const known = std::any_of(note.files.begin(), note.files.end(),
                                   [&](artifact const& one) { return one.path == path; });
    if (!known) note.files.push_back({path, static_cast<std::uint64_t>(about.st_size), ""});
  });
  std::sort(note.files.begin(), note.files.end(),
            [](artifact const& a, artifact const& b) { return a.path < b.path; });
  auto const text = json::serialize(folder::to_object(note)) + "\n";
  if (auto noted = folder::write_document(folder / folder::names::removed, text); !noted)
    return noted.error();
  std::uint64_t freed = 0;
  int failure = 0;
  each_file(folder, [&](int in, char const* name, std::string const&, struct stat const& about) {
    if (::unlinkat(in, name, 0) == 0)
      freed += on_disk(about);
    else
      failure = errno;
  });
  if (failure != 0) return system_failure("removing from " + folder.string(), failure);
  return freed;
}

std::vector<evidence> of_campaign(std::string_view uid, bool keep_first_of_failure,
                                  std::vector<evidence> all) {
  std::map<std::string, run_id> first;
  std::sort(all.begin(), all.end(), [](evidence const& a, evidence const& b) {
    return std::tie(a.started, a.run.id) < std::tie(b.started, b.run.id);
  });
  for (auto const& one : all)
    if (!one.signature.empty()) first.emplace(one.signature, one.run.id);
  std::erase_if(all, [&](evidence const& one) {
    auto const found = first.find(one.signature);
    bool const whole = keep_first_of_failure && found != first.end() && found->second == one.run.id;
    return one.campaign != uid || whole;
  });
  return all;
}

namespace {

// A run whose evidence may be measured, and what is known of it.
struct measured_run {
  evidence what;
  std::string place;  // of what it keeps; empty: nothing but its chunks
  std::uint64_t chunks = 0;
  bool sealed = false;
  std::optional<std::int64_t> bytes;
  std::optional<std::int64_t> as_of;
};

constexpr std::string_view select_measured =
    "SELECT id, name, started, COALESCE(signature, ''), campaign, judgement IS NULL OR exit_code "
    "<> 0 OR NOT met, CASE WHEN folder = '' THEN wreckage ELSE folder END, sealed, kept_bytes, "
    "kept_as_of, sealed OR judgement IS NOT NULL OR interrupted IS NOT NULL, owner_host, "
    "owner_boot, owner_pid_namespace, owner_pid, owner_began, (SELECT COALESCE(SUM(length(zstd)), "
    "0) FROM timeline_chunks WHERE run = runs.id) FROM runs ORDER BY id";

// Nothing: it is under way.
std::optional<measured_run> read_measured(sqlite::row const& row) {
  columns at(row);
  measured_run one;
  one.what.run.id = at.integer();
  one.what.run.name = at.text();
  one.what.started = moment_in(at.text());
  one.what.signature = at.text();
  one.what.campaign = at.text();
  one.what.failed = at.integer() != 0;
  one.place = at.text();
  one.sealed = at.integer() != 0;
  auto const number = [&at]() -> std::optional<std::int64_t> {
    bool const none = at.null();
    auto const value = at.integer();
    return none ? std::nullopt : std::optional(value);
  };
  one.bytes = number();
  one.as_of = number();
  bool const ended = at.integer() != 0;
  folder::owner whose;
  whose.host = at.text();
  whose.boot = at.text();
  whose.pid_namespace = static_cast<std::uint64_t>(at.integer());
  whose.pid = at.integer();
  whose.began = static_cast<std::uint64_t>(at.integer());
  one.chunks = static_cast<std::uint64_t>(at.integer());
  if (!ended && look_for(whose) != presence::gone) return std::nullopt;
  return one;
}

// Nanoseconds; nothing where there is no such folder.
std::optional<std::int64_t> changed_at(fs::path const& folder) {
  struct stat about {};
  if (::lstat(folder.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return std::nullopt;
  return std::int64_t{about.st_mtim.tv_sec} * 1'000'000'000 + about.st_mtim.tv_nsec;
}

}  // namespace

result<std::vector<evidence>> results_database::evidence_kept() {
  std::vector<std::optional<measured_run>> runs;
  alias_table aliases;
  {
    auto const lock = alone();
    auto read = database_.rows(select_measured, {}, read_measured);
    if (!read) return read.error();
    runs = std::move(*read);
    auto names = aliases_in(database_);
    if (!names) return names.error();
    aliases = std::move(*names);
  }
  std::vector<evidence> kept;
  std::vector<run_size> news;
  for (auto& run : runs) {
    // What lies elsewhere belongs to another results directory.
    if (!run || (!run->place.empty() && !folder::stays_inside(run->place))) continue;
    auto& one = *run;
    std::uint64_t bytes = 0;
    if (!one.place.empty()) {
      auto const folder = root() / one.place;
      auto const as_of = changed_at(folder);
      bool const known = as_of && one.bytes && one.as_of == as_of;
      bytes = known ? static_cast<std::uint64_t>(*one.bytes) : bytes_of_evidence(folder);
      if (!known && as_of && one.sealed)
        news.push_back({one.what.run.id, static_cast<std::int64_t>(bytes), *as_of});
    }
    one.what.bytes = bytes + one.chunks;
    if (!one.what.signature.empty()) one.what.signature = canonical(aliases, one.what.signature);
    if (one.what.bytes > 0) kept.push_back(std::move(one.what));
  }
  note_sizes(news);
  return kept;
}

// Who may not write here measures again next time.
void results_database::note_sizes(std::span<run_size const> sizes) {
  if (sizes.empty()) return;
  auto const lock = alone();
  auto all = sqlite::transaction::begin(database_);
  if (!all) return;
  for (auto const& one : sizes)
    if (!database_.change("UPDATE runs SET kept_bytes = ?, kept_as_of = ? WHERE id = ?",
                          {one.bytes, one.as_of, one.run}))
      return;
  (void)all->commit();
}

result<std::uint64_t> results_database::make_room(removal_of const& what, moment when) {
  auto const lock = alone();
  auto const run = load_one(what.what.run.id);
  if (!run) return run.error();
  auto const& place = run->folder.empty() ? run->wreckage : run->folder;
  std::uint64_t freed = 0;
  std::error_code failure;
  if (!place.empty() && fs::is_directory(folder_of(*run), failure)) {
    auto const removed = remove_evidence(folder_of(*run), what.why, when);
    if (!removed) return removed.error();
    freed = *removed;
  }
  auto const attempt = [&]() -> result<void> {
    auto all_or_nothing = sqlite::transaction::begin(database_);
    if (!all_or_nothing) return all_or_nothing.error();
    auto const chunks = database_.integer(
        "SELECT COALESCE(SUM(length(zstd)), 0) FROM timeline_chunks WHERE run = ?", {run->key.id});
    if (!chunks) return chunks.error();
    auto const noted =
        database_.change("UPDATE runs SET removed = ? WHERE id = ?", {to_text(when), run->key.id});
    if (!noted) return noted.error();
    auto const cleared =
        database_.change("DELETE FROM timeline_chunks WHERE run = ?", {run->key.id});
    if (!cleared) return cleared.error();
    freed += static_cast<std::uint64_t>(*chunks);
    return all_or_nothing->commit();
  };
  if (auto done = attempt(); !done)
    return done.error().within("noting what was removed of " + run->key.name);
  return freed;
}

}  // namespace wedgehog::store
