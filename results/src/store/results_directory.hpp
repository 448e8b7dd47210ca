// Where results live on disk: one folder with the database, a folder per run below runs/, and a
// `latest` link to the newest run that did not pass.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace wedgehog::store {

// XDG Base Directory Specification 0.8: $XDG_DATA_HOME when it is an absolute path, else
// $HOME/.local/share; plus "wedgehog". Pure: the caller reads the environment.
struct data_home {
  std::optional<std::string> xdg_data_home;
  std::optional<std::string> home;
};
result<std::filesystem::path> standard_results_folder(data_home const& environment);

class results_directory {
 public:
  // Creates the folder when it is missing. Blame: host.
  static result<results_directory> open(std::filesystem::path const& root);

  [[nodiscard]] std::filesystem::path const& root() const { return root_; }
  [[nodiscard]] std::filesystem::path database_file() const { return root_ / "results.sqlite"; }

  // Points `latest` at a run's folder ("runs/NAME") in one step: a reader sees the old or the new
  // link, never none.
  result<void> point_latest(std::string const& folder) const;

 private:
  explicit results_directory(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path root_;
};

}  // namespace wedgehog::store
