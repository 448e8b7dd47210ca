#include "cli/opened_results.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.hpp"
#include "cli/places.hpp"
#include "cli/terminal.hpp"
#include "report/escape.hpp"

namespace wedgehog::cli {

result<opened_results> open_results(std::string const& asked) {
  auto const folder = results_folder(asked);
  if (!folder) return folder.error();
  auto directory = store::results_directory::open(folder.value());
  if (!directory) return directory.error();
  auto database = store::results_database::open(directory->database_file());
  if (!database) return database.error();
  opened_results opened{std::move(directory.value()), std::move(database.value())};
  auto const lost = opened.database.take_in_the_dead();
  if (!lost) return lost.error();
  for (auto const& run : lost.value())
    tell("wedgehog: run {} was interrupted (its performer is gone); what it saw is kept in {}\n",
         report::for_terminal(run.key.name), opened.database.folder_of(run).string());
  return opened;
}

int complain_of(error const& what) {
  return complain(what.message(), what.whose() == blame::recipe ? exit_usage : exit_inconclusive);
}

result<readable_results> read_results(std::string const& asked) {
  auto const folder = results_folder(asked);
  if (!folder) return folder.error();
  auto database =
      store::results_database::open_for_reading(std::filesystem::path(*folder) / "results.sqlite");
  if (!database) return database.error();
  auto const root = database->root().string();
  return readable_results{root, std::move(database.value())};
}

std::filesystem::path chosen_run::folder() const {
  auto const& place = run.folder.empty() ? run.wreckage : run.folder;
  return place.empty() ? std::filesystem::path() : std::filesystem::path(root) / place;
}

result<std::uint64_t> chosen_run::each_timeline_chunk(
    std::function<void(std::string_view)> const& take) {
  return database ? database->each_timeline_chunk(run.key.id, take)
                  : store::each_timeline_chunk(folder(), run, take);
}

result<chosen_run> choose_run(std::string const& which, std::string const& asked) {
  std::error_code unknown;
  // A name has no slash; a folder that stands here may be named without one.
  bool const path = which.find('/') != std::string::npos ||
                    (std::filesystem::is_directory(which, unknown) && folder::holds_run(which));
  if (path) {
    auto const read = folder::read_run(which);
    if (!read) return read.error();
    for (auto const& complaint : read->complaints) tell("wedgehog: {}: {}\n", which, complaint);
    return chosen_run{store::from_folder(*read), read->folder.parent_path().string()};
  }
  auto opened = read_results(asked);
  if (!opened) return opened.error();
  auto run = opened->database.find(which);
  if (!run) return run.error();
  return chosen_run{std::move(run.value()), opened->root, std::move(opened->database)};
}

}  // namespace wedgehog::cli
