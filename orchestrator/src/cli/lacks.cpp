#include "cli/lacks.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "cli/images.hpp"
#include "cli/places.hpp"
#include "cli/terminal.hpp"
#include "conductor/needs.hpp"
#include "vm/image.hpp"

namespace wedgehog::cli {
namespace {

class profiles {
 public:
  explicit profiles(result<places> where) : where_(std::move(where)) {}
  result<guest::profile> const& of(std::string const& image) {
    auto const found = known_.find(image);
    if (found != known_.end()) return found->second;
    return known_.emplace(image, read(image)).first->second;
  }

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

std::vector<conductor::lack> lacks_of(plan::plan const& what, vm::backend_kind const& on,
                                      profiles& known) {
  auto const& guest = known.of(what.image);
  if (guest) return conductor::lacks_of(what, on.can, guest.value());
  return {{"image " + what.image, guest.error().message(), true}};
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
