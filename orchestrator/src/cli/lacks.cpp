#include "cli/lacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "cli/images.hpp"
#include "cli/places.hpp"
#include "cli/terminal.hpp"
#include "conductor/needs.hpp"
#include "vm/image.hpp"

namespace wedgehog::cli {
namespace fs = std::filesystem;

namespace {

class profiles {
 public:
  explicit profiles(result<places> where) : where_(std::move(where)) {}
  result<guest::profile> const& of(std::string const& image) {
    auto const found = known_.find(image);
    if (found != known_.end()) return found->second;
    return known_.emplace(image, read(image)).first->second;
  }

  [[nodiscard]] result<places> const& where() const { return where_; }

 private:
  [[nodiscard]] result<guest::profile> read(std::string const& image) const {
    if (!where_) return where_.error();
    auto const home = home_of(where_.value(), image);
    if (!home.trouble.empty()) return host_error(home.trouble);
    return vm::read_profile(home.profile);
  }

  result<places> where_;
  std::map<std::string, result<guest::profile>> known_;
};

std::string how_to_add(std::string const& image, std::vector<std::string> const& packages) {
  std::string command = "wedgehog image build linux-disk";
  if (image != "linux-disk") command += " --name " + image;
  for (auto const& one : packages) command += " --package " + one;
  return fmt::format("install them before the disk is adopted, or make one that has them: {}",
                     command);
}

// Packages come into an image where it is built; what is on a disk is on it.
std::optional<conductor::lack> lack_of_packages(plan::plan const& what, places const& where) {
  if (what.packages.empty()) return std::nullopt;
  auto const home = home_of(where, what.image);
  if (!home.adopted && fs::exists(where.images + "/" + home.built_as + "/build"))
    return std::nullopt;
  std::vector<std::string> missing;
  auto const made = vm::read_image(home.folder, home.profile);
  auto const& on_disk = made ? made->packages : std::vector<std::string>{};
  for (auto const& one : what.packages)
    if (!std::binary_search(on_disk.begin(), on_disk.end(), one)) missing.push_back(one);
  if (missing.empty()) return std::nullopt;
  auto const which = fmt::format("packages {}", fmt::join(missing, ", "));
  if (!on_disk.empty())
    return conductor::lack{which, fmt::format("they are not on the disk of the image '{}': {}",
                                              what.image, how_to_add(what.image, what.packages))};
  return conductor::lack{
      which, fmt::format("nobody has said which packages of Debian the image '{}' has: {}",
                         what.image, how_to_add(what.image, what.packages))};
}

std::vector<conductor::lack> lacks_of(plan::plan const& what, vm::backend_kind const& on,
                                      profiles& known) {
  auto const& guest = known.of(what.image);
  if (!guest) return {{"image " + what.image, guest.error().message(), true}};
  auto lacks = conductor::lacks_of(what, on.can, guest.value());
  if (known.where())
    if (auto one = lack_of_packages(what, *known.where())) lacks.push_back(std::move(*one));
  return lacks;
}

}  // namespace

std::size_t print_lacks(std::vector<read_recipe> const& all, vm::backend_kind const& on,
                        bool refusals_only) {
  profiles known(find_places());
  std::size_t refusals = 0;
  for (auto const& recipe : all) {
    std::set<std::string> said;
    for (auto const& plan : recipe.outcome.plans)
      for (auto const& one : lacks_of(plan, on, known)) {
        if (!one.refuses && refusals_only) continue;
        auto const line = fmt::format("{}: on {}: {}{}: {}\n", recipe.file, on.name,
                                      one.refuses ? "" : "left out: ", one.what, one.why);
        if (!said.insert(line).second) continue;
        refusals += one.refuses ? 1 : 0;
        tell_text(line);
      }
  }
  return refusals;
}

}  // namespace wedgehog::cli
