#include "folder/run_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "folder/checksum.hpp"
#include "folder/files.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::folder {
namespace fs = std::filesystem;

namespace {

constexpr int folder_format = 1;
constexpr int most_judgements_written = 9999;

result<std::vector<artifact>> checksums(fs::path const& folder,
                                        std::function<bool(std::uint64_t)> const& tell) {
  std::vector<artifact> all;
  bool enough = false;
  auto const hear = [&](std::uint64_t bytes) {
    enough = enough || (tell && !tell(bytes));
    return !enough;
  };
  std::error_code failure;
  fs::recursive_directory_iterator each(folder, failure);
  for (; !failure && each != fs::recursive_directory_iterator(); each.increment(failure)) {
    if (!each->is_regular_file(failure) || each->is_symlink(failure)) continue;
    auto const path = each->path().lexically_relative(folder).string();
    if (path == names::manifest || path == names::room || path == names::receiver ||
        path.starts_with(std::string(names::judgements) + "/"))
      continue;
    result<std::string> sum = std::string();
    if (!enough) sum = sha256_of_file(each->path(), hear);
    if (!sum && !enough) return sum.error();
    all.push_back({path, each->file_size(failure), enough ? "" : *sum});
  }
  if (failure)
    return host_error(fmt::format("looking through {}: {}", folder.string(), failure.message()));
  std::sort(all.begin(), all.end(),
            [](artifact const& a, artifact const& b) { return a.path < b.path; });
  return all;
}

// Reserved blocks, under a name that no reader looks at.
result<void> hold_room(fs::path const& file) {
  loop::descriptor const opened(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!opened) return system_failure("creating " + file.string(), errno);
  int const failure = ::posix_fallocate(opened.get(), 0, static_cast<off_t>(room_for_the_end));
  if (failure != 0) return system_failure("holding room for the end of the run", failure);
  return {};
}

}  // namespace

result<run_writer> run_writer::begin(fs::path const& folder, run_facts const& facts) {
  if (auto made = make_folder(folder); !made) return made.error();
  auto object = to_object(facts);
  object["wedgehog_run_folder"] = folder_format;
  auto const written = create_document(folder / names::facts, json::serialize(object) + "\n");
  if (!written) return written.error();
  if (!*written)
    return host_error(fmt::format("there is a run in {} already: give --into a folder of its own",
                                  folder.string()));
  if (auto kept = write_document(folder / names::plan, facts.plan + "\n"); !kept)
    return kept.error();
  if (auto kept = write_document(folder / names::recipe, facts.recipe_text); !kept)
    return kept.error();
  if (auto held = hold_room(folder / names::room); !held) return held.error();
  return writing_into(folder);
}

result<run_writer> run_writer::take_over(fs::path const& folder) {
  return writing_into(folder);
}

result<run_writer> run_writer::writing_into(fs::path const& folder) {
  loop::descriptor place(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place) return system_failure("opening " + folder.string(), errno);
  auto timeline = timeline_writer::open(folder / names::timeline);
  if (!timeline) return timeline.error();
  return run_writer(folder, std::move(place), std::move(*timeline));
}

result<void> run_writer::still_there() const {
  struct stat ours {};
  struct stat now {};
  if (::fstat(place_.get(), &ours) == 0 && ::stat(folder_.c_str(), &now) == 0 &&
      ours.st_dev == now.st_dev && ours.st_ino == now.st_ino)
    return {};
  return host_error(
      fmt::format("{}: the run's folder was removed or replaced while the run was "
                  "played: nothing more can be kept of it",
                  folder_.string()));
}

result<void> run_writer::keep_timeline(std::string_view lines) {
  if (auto there = still_there(); !there) return there;
  return timeline_.append(lines);
}

result<void> run_writer::played(outcome const& how) {
  if (auto there = still_there(); !there) return there;
  // Half for outcome and verdict, half for the manifest: whoever fills the disk meanwhile may take
  // what was let go.
  [[maybe_unused]] int const kept =
      ::truncate((folder_ / names::room).c_str(), room_for_the_end / 2);
  return write_document(folder_ / names::outcome, json::serialize(wedgehog::to_object(how)) + "\n");
}

result<void> run_writer::judged(judgement const& opinion) {
  if (auto there = still_there(); !there) return there;
  return add_judgement(folder_, opinion);
}

result<void> run_writer::seal(run_facts const& facts,
                              std::function<bool(std::uint64_t)> const& tell) {
  if (auto there = still_there(); !there) return there;
  if (auto flushed = timeline_.flush(); !flushed) return flushed;
  auto const files = checksums(folder_, tell);
  if (!files) return files.error();
  ::unlink((folder_ / names::room).c_str());
  ::unlink((folder_ / names::receiver).c_str());
  json::object const manifest{
      {"wedgehog_run_folder", folder_format}, {"uid", facts.uid}, {"files", to_json(*files)}};
  return write_document(folder_ / names::manifest, json::serialize(manifest) + "\n");
}

result<void> add_judgement(fs::path const& folder, judgement const& opinion) {
  auto const place = folder / names::judgements;
  std::error_code failure;
  if (fs::is_symlink(place, failure))
    return host_error(place.string() + " is a link: no opinion is written through it");
  if (auto made = make_folder(place); !made) return made;
  auto const text = json::serialize(to_object(opinion)) + "\n";
  for (int number = 1; number <= most_judgements_written; ++number) {
    auto const made = create_document(place / fmt::format("{:04}.json", number), text);
    if (!made) return made.error();
    if (*made) return {};
  }
  return host_error(fmt::format("{} is full of opinions", place.string()));
}

}  // namespace wedgehog::folder
