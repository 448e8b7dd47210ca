#include "cli/opened_results.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "cli/places.hpp"

namespace wedgehog::cli {

result<opened_results> open_results(std::string const& asked) {
  auto const folder = results_folder(asked);
  if (!folder) return folder.error();
  auto directory = store::results_directory::open(folder.value());
  if (!directory) return directory.error();
  auto database = store::results_database::open(directory->database_file());
  if (!database) return database.error();
  opened_results opened{std::move(directory.value()), std::move(database.value())};
  auto const now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  auto const lost = opened.database.recover_interrupted(now);
  if (!lost) return lost.error();
  for (auto const& key : lost.value()) {
    auto const kept = store::results_directory::wreckage_of(key.name);
    if (std::filesystem::is_directory(opened.directory.root() / kept)) {
      auto const registered = opened.database.keep_wreckage(key.id, kept, {});
      if (!registered) return registered.error();
    }
    fmt::print(
        stderr,
        "wedgehog: run {} was interrupted (its orchestrator is gone); what it saw is kept in {}\n",
        key.name, (opened.directory.root() / kept).string());
  }
  return opened;
}

}  // namespace wedgehog::cli
