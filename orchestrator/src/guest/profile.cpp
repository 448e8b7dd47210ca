#include "guest/profile.hpp"

#include <algorithm>

namespace wedgehog::guest {

std::string joined(std::vector<std::string> const& arguments) {
  std::string all;
  for (auto const& one : arguments) {
    if (!all.empty()) all += ' ';
    all += one;
  }
  return all;
}

std::string filled(std::string_view text, std::vector<filling> const& with) {
  std::string all;
  while (!text.empty()) {
    auto const fits = [text](filling const& one) {
      return text.size() >= one.first.size() + 2 && text.front() == '{' &&
             text.substr(1).starts_with(one.first) && text[one.first.size() + 1] == '}';
    };
    auto const found = std::find_if(with.begin(), with.end(), fits);
    all += found != with.end() ? found->second : text.substr(0, 1);
    text.remove_prefix(found != with.end() ? found->first.size() + 2 : 1);
  }
  return all;
}

std::string disk_path(profile const& of, std::string_view disk) {
  return filled(of.disks.path, {{"name", disk}});
}

}  // namespace wedgehog::guest
