// Where results live on disk: one folder with the database, the wreckage of each run that did not
// pass, and a `latest` link to the newest wreckage.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

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

  // "wreckage/<run name>": the form in which the database keeps it.
  [[nodiscard]] static std::string wreckage_of(std::string_view run_name);
  // Creates that folder and returns its full path.
  result<std::filesystem::path> make_wreckage(std::string_view run_name) const;
  // Points `latest` at that run's wreckage in one step: a reader sees the old or the new link,
  // never none.
  result<void> point_latest(std::string_view run_name) const;

 private:
  explicit results_directory(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path root_;
};

// Whether a path may stand in the database: relative, and staying below where it starts.
[[nodiscard]] bool stays_below(std::string_view path);

}  // namespace wedgehog::store
