#include "folder/run_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "folder/files.hpp"

namespace wedgehog::folder {
namespace fs = std::filesystem;

namespace {

constexpr int newest_format = 1;
constexpr std::size_t most_artifacts = 10'000;
constexpr std::size_t most_judgements = 1'000;

bool is_there(fs::path const& file) {
  std::error_code failure;
  return fs::symlink_status(file, failure).type() == fs::file_type::regular;
}

// Whether no part of the way to it is a link, which would lead out of the folder.
bool without_links(fs::path const& folder, std::string const& path) {
  std::error_code failure;
  auto place = folder;
  for (auto const& part : fs::path(path))
    if (fs::symlink_status(place /= part, failure).type() == fs::file_type::symlink) return false;
  return true;
}

// A member of the folder that may be missing; damage is a complaint.
std::optional<json::object> object_in(run_contents& run, std::string_view name) {
  auto const file = run.folder / name;
  if (!is_there(file)) return std::nullopt;
  auto object = read_object(file);
  if (object) return std::move(*object);
  run.complaints.push_back(object.error().message());
  return std::nullopt;
}

std::string text_in(run_contents& run, std::string_view name) {
  auto const file = run.folder / name;
  if (!is_there(file)) return {};
  auto text = read_document(file);
  if (text) return std::move(*text);
  run.complaints.push_back(text.error().message());
  return {};
}

// A folder of a newer program may mean something else by the same words. So may one whose format is
// no number.
result<void> check_format(run_contents const& run, json::object const& object) {
  auto const* said = object.if_contains("wedgehog_run_folder");
  int format = newest_format + 1;
  if (said == nullptr || (said->is_int64() && from_json(*said, format) && format <= newest_format))
    return {};
  return host_error(fmt::format("{} is of format {}, this program knows {}: use a newer Wedgehog",
                                run.folder.string(), json::serialize(*said).substr(0, 40),
                                newest_format));
}

result<void> read_facts(run_contents& run) {
  if (auto const object = object_in(run, names::facts)) {
    if (auto known = check_format(run, *object); !known) return known;
    run.facts = facts_from(*object);
  } else {
    run.complaints.push_back(fmt::format("{} is missing or damaged", names::facts));
  }
  if (!run.facts.uid.empty() && !is_uid(run.facts.uid)) {
    run.complaints.push_back("its uid is none: " + run.facts.uid.substr(0, 40));
    run.facts.uid.clear();
  }
  if (auto const object = object_in(run, names::receiver)) {
    run.facts.owner = {};
    from_object(*object, run.facts.owner);
  }
  // A name is for people; where things are is told by the folder.
  if (run.facts.name.empty() || !stays_inside(run.facts.name) ||
      run.facts.name.find('/') != std::string::npos)
    run.facts.name = run.folder.filename().string();
  return {};
}

void read_plan(run_contents& run) {
  run.facts.plan = text_in(run, names::plan);
  run.facts.recipe_text = text_in(run, names::recipe);
  if (run.facts.plan.empty()) {
    run.complaints.push_back(
        fmt::format("{} is missing: the usual budgets are taken", names::plan));
    return;
  }
  if (auto what = plan::from_text(run.facts.plan))
    run.what = std::move(*what);
  else
    run.complaints.push_back(fmt::format("{}: {}", names::plan, what.error().message()));
}

void read_judgements(run_contents& run) {
  std::vector<fs::path> files;
  std::error_code failure;
  if (!without_links(run.folder, std::string(names::judgements)))
    return run.complaints.push_back(
        fmt::format("{} is a link, and what it leads to is ignored", names::judgements));
  fs::directory_iterator each(run.folder / names::judgements, failure);
  for (; !failure && each != fs::directory_iterator(); each.increment(failure))
    if (each->path().extension() == ".json" && files.size() < most_judgements)
      files.push_back(each->path());
  std::sort(files.begin(), files.end());
  for (auto const& file : files) {
    if (auto const object = read_object(file))
      run.judgements.push_back(judgement_from(*object));
    else
      run.complaints.push_back(object.error().message());
  }
}

void look_for_artifacts(run_contents& run) {
  std::error_code failure;
  fs::recursive_directory_iterator each(run.folder, failure);
  for (; !failure && each != fs::recursive_directory_iterator(); each.increment(failure)) {
    if (each->symlink_status(failure).type() != fs::file_type::regular) continue;
    auto const path = each->path().lexically_relative(run.folder).string();
    if (path.starts_with(std::string(names::judgements) + "/")) continue;
    if (run.artifacts.size() >= most_artifacts) break;
    run.artifacts.push_back({path, each->file_size(failure), ""});
  }
  std::sort(run.artifacts.begin(), run.artifacts.end(),
            [](artifact const& a, artifact const& b) { return a.path < b.path; });
}

void read_removal(run_contents& run) {
  auto const object = object_in(run, names::removed);
  if (object) run.removed = removal_from(*object);
}

bool was_removed(run_contents const& run, std::string const& path) {
  return run.removed && std::any_of(run.removed->files.begin(), run.removed->files.end(),
                                    [&path](artifact const& one) { return one.path == path; });
}

result<void> read_manifest(run_contents& run) {
  auto const object = object_in(run, names::manifest);
  run.sealed = object.has_value();
  if (!object) {
    look_for_artifacts(run);
    return {};
  }
  if (auto known = check_format(run, *object); !known) return known;
  if (auto const* files = object->if_contains("files")) from_json(*files, run.artifacts);
  auto const outside = std::erase_if(run.artifacts, [&run](artifact const& one) {
    return !stays_inside(one.path) || !without_links(run.folder, one.path);
  });
  if (outside > 0)
    run.complaints.push_back(
        fmt::format("{} paths of the manifest leave the folder and are ignored", outside));
  if (auto const uid = text_at(*object, "uid"); uid != run.facts.uid)
    run.complaints.push_back("the manifest is of another run: " + uid.substr(0, 40));
  std::erase_if(run.artifacts, [&](artifact const& one) { return was_removed(run, one.path); });
  for (auto const& one : run.artifacts) {
    std::error_code failure;
    auto const size = fs::file_size(run.folder / one.path, failure);
    if (failure)
      run.complaints.push_back(fmt::format("{}: {}", one.path, failure.message()));
    else if (size != one.bytes)
      run.complaints.push_back(
          fmt::format("{} has {} bytes, the manifest says {}", one.path, size, one.bytes));
    if (run.complaints.size() > most_judgements) break;
  }
  return {};
}

}  // namespace

bool holds_run(fs::path const& folder) {
  for (auto const name :
       {names::facts, names::order, names::timeline, names::manifest, names::plan})
    if (is_there(folder / name)) return true;
  return false;
}

result<run_contents> read_run(fs::path const& folder) {
  std::error_code failure;
  if (!fs::is_directory(folder, failure))
    return recipe_error(fmt::format("there is no folder {}", folder.string()));
  if (!holds_run(folder))
    return recipe_error(folder.string() + " is no run's folder: it has neither facts nor timeline");
  run_contents run;
  run.folder = fs::absolute(folder, failure).lexically_normal();
  if (!run.folder.has_filename()) run.folder = run.folder.parent_path();
  if (auto read = read_facts(run); !read) return read.error();
  read_plan(run);
  if (auto const object = object_in(run, names::outcome)) {
    run.played.emplace();
    from_object(*object, *run.played);
  }
  read_judgements(run);
  read_removal(run);
  if (auto read = read_manifest(run); !read) return read.error();
  return run;
}

standing standing_of(run_contents const& run) {
  if (run.sealed) return standing::ended;
  return look_for(run.facts.owner) == presence::gone ? standing::interrupted : standing::living;
}

result<timeline_extent> each_timeline_piece_of(run_contents const& run,
                                               std::function<void(std::string_view)> const& take) {
  auto const file = run.folder / names::timeline;
  if (!is_there(file)) return timeline_extent{};
  return each_timeline_piece(file, take);
}

double time_scale_of(run_contents const& run) {
  auto const scale = run.facts.time_scale;
  return std::isfinite(scale) && scale > 0 ? scale : 1;
}

}  // namespace wedgehog::folder
