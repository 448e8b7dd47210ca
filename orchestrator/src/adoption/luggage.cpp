#include "adoption/luggage.hpp"

#include <algorithm>

#include "archive/pack.hpp"

namespace wedgehog::adoption {

result<void> pack_luggage(luggage const& what, std::filesystem::path const& tar) {
  std::vector<archive::to_pack> all{{what.agent, "/wedgehog/agent"}};
  std::error_code failure;
  for (auto const& entry : std::filesystem::directory_iterator(what.files, failure))
    all.push_back({entry.path(), "/wedgehog/" + entry.path().filename().string()});
  if (failure) return host_error(what.files.string() + ": " + failure.message());
  std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.to < b.to; });
  auto const packed = archive::pack(all, tar);
  if (!packed) return packed.error();
  return {};
}

}  // namespace wedgehog::adoption
