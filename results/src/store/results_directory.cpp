#include "store/results_directory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/ensure.hpp"
#include "folder/files.hpp"

namespace wedgehog::store {

namespace fs = std::filesystem;

namespace {

error with_remedy(std::string_view tried, fs::path const& on, std::string_view said) {
  return host_error(
      fmt::format("{} {}: {}; make it writable or use --results DIR", tried, on.string(), said));
}

}  // namespace

result<fs::path> standard_results_folder(data_home const& environment) {
  auto const absolute = [](std::optional<std::string> const& value) {
    return value && fs::path(*value).is_absolute();
  };
  if (absolute(environment.xdg_data_home)) return fs::path(*environment.xdg_data_home) / "wedgehog";
  if (absolute(environment.home)) return fs::path(*environment.home) / ".local/share/wedgehog";
  return host_error(
      "there is no place for results: neither XDG_DATA_HOME nor HOME is an absolute path; use "
      "--results DIR");
}

result<results_directory> results_directory::open(fs::path const& root) {
  std::error_code failure;
  auto const full = fs::absolute(root, failure);
  if (!failure) fs::create_directories(full, failure);
  if (failure) return with_remedy("creating the results folder", root, failure.message());
  return results_directory(full.lexically_normal());
}

result<void> results_directory::point_latest(std::string const& folder) const {
  ensure(folder::stays_inside(folder), "the latest run is below the results");
  auto const link = root_ / "latest";
  // The name is the process's own, so that two orchestrators do not trip over each other.
  auto const fresh = root_ / fmt::format(".latest.{}", getpid());
  std::error_code failure;
  fs::remove(fresh, failure);
  fs::create_symlink(folder, fresh, failure);
  if (!failure) fs::rename(fresh, link, failure);
  if (failure) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    return with_remedy("pointing", link, failure.message());
  }
  return {};
}

}  // namespace wedgehog::store
