#include "cli/places.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "store/results_directory.hpp"

namespace wedgehog::cli {
namespace fs = std::filesystem;

namespace {

std::optional<std::string> environment(char const* name) {
  char const* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

std::string cache_folder() {
  if (auto const chosen = environment("XDG_CACHE_HOME"); chosen && fs::path(*chosen).is_absolute())
    return *chosen + "/wedgehog";
  return environment("HOME").value_or("/tmp") + "/.cache/wedgehog";
}

}  // namespace

result<places> find_places() {
  std::error_code failure;
  fs::path const self = fs::read_symlink("/proc/self/exe", failure);
  fs::path const bin = self.parent_path();
  places found;
  found.cache = cache_folder();
  auto const results = results_folder("");
  found.adopted = results ? results.value() + "/images" : found.cache + "/adopted";
  if (auto const root = environment("WEDGEHOG_ROOT")) {
    found.images = *root + "/images";
    found.recipes = *root + "/recipes";
    found.agent_source = *root + "/guest-agent";
    found.agent = (bin / "wedgehog-agent").string();
  } else if (fs::exists(bin / "../share/wedgehog/images")) {
    fs::path const share = fs::weakly_canonical(bin / "../share/wedgehog");
    found.images = (share / "images").string();
    found.recipes = (share / "recipes").string();
    found.agent_source = (share / "guest-agent").string();
    found.agent = fs::weakly_canonical(bin / "../libexec/wedgehog/wedgehog-agent").string();
  } else {
    // build/bin/wedgehog called directly: the checkout is two levels up.
    fs::path const root = bin.parent_path().parent_path();
    found.images = (root / "images").string();
    found.recipes = (root / "recipes").string();
    found.agent_source = (root / "guest-agent").string();
    found.agent = (bin / "wedgehog-agent").string();
  }
  if (!fs::is_directory(found.images))
    return host_error(
        found.images +
        " does not exist: set WEDGEHOG_ROOT to the checkout, or install wedgehog again");
  return found;
}

result<std::string> results_folder(std::string const& asked) {
  if (!asked.empty()) return fs::absolute(asked).string();
  auto const standard =
      store::standard_results_folder({environment("XDG_DATA_HOME"), environment("HOME")});
  if (!standard) return standard.error();
  return standard->string();
}

}  // namespace wedgehog::cli
