#include "store/results_directory.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/ensure.hpp"

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

std::string results_directory::wreckage_of(std::string_view run_name) {
  std::string path = fmt::format("wreckage/{}", run_name);
  ensure(!run_name.empty() && run_name.find('/') == std::string_view::npos && stays_below(path),
         "a run's name is one plain path component");
  return path;
}

result<fs::path> results_directory::make_wreckage(std::string_view run_name) const {
  auto const folder = root_ / wreckage_of(run_name);
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) return with_remedy("creating the wreckage folder", folder, failure.message());
  return folder;
}

result<void> results_directory::point_latest(std::string_view run_name) const {
  auto const link = root_ / "latest";
  // The name is the process's own, so that two orchestrators do not trip over each other.
  auto const fresh = root_ / fmt::format(".latest.{}", getpid());
  std::error_code failure;
  fs::remove(fresh, failure);
  fs::create_symlink(wreckage_of(run_name), fresh, failure);
  if (!failure) fs::rename(fresh, link, failure);
  if (failure) {
    std::error_code ignored;
    fs::remove(fresh, ignored);
    return with_remedy("pointing", link, failure.message());
  }
  return {};
}

bool stays_below(std::string_view path) {
  fs::path const asked(path);
  if (path.empty() || asked.is_absolute() || path.find('\0') != std::string_view::npos)
    return false;
  for (auto const& part : asked)
    if (part == "..") return false;
  return true;
}

}  // namespace wedgehog::store
