#include "farm/run_place.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <random>

#include "folder/files.hpp"

namespace wedgehog::farm {
namespace {

constexpr std::size_t longest_name = 40;
constexpr int most_tries = 1000;

}  // namespace

std::string short_name(std::string_view recipe) {
  std::string name;
  for (char c : recipe.substr(0, 200)) {
    bool const upper = c >= 'A' && c <= 'Z';
    bool const plain = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain)
      name += upper ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  if (name.size() > longest_name) name.resize(longest_name);
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "run" : name;
}

result<run_place> make_run_place(std::filesystem::path const& runs, std::string_view recipe,
                                 folder::moment started) {
  if (auto made = folder::make_folder(runs); !made)
    return made.error().within(
        "making room for a run; make it writable or use "
        "--results DIR");
  auto const stem = short_name(recipe) + '-' + folder::name_part(started);
  std::random_device entropy;
  for (int tries = 0; tries < most_tries; ++tries) {
    auto name = fmt::format("{}-{:04x}", stem, entropy() & 0xffffU);
    auto const place = runs / name;
    if (::mkdir(place.c_str(), 0700) == 0) return run_place{place, std::move(name)};
    if (errno != EEXIST) return system_failure("creating " + place.string(), errno);
  }
  return host_error(fmt::format("more than a thousand runs of {} began in one minute", stem));
}

}  // namespace wedgehog::farm
