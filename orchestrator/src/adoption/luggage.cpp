#include "adoption/luggage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "archive/pack.hpp"
#include "folder/checksum.hpp"

namespace wedgehog::adoption {

namespace {

constexpr std::array source_parts{"src", "wire"};

}  // namespace

result<void> pack_luggage(luggage const& what, std::filesystem::path const& tar) {
  std::vector<archive::to_pack> all;
  if (!what.agent.empty())
    all.push_back({what.agent, "/wedgehog/agent"});
  else if (!what.source.empty())
    for (auto const* part : source_parts)
      all.push_back({what.source / part, std::string("/wedgehog/source/") + part});
  std::error_code failure;
  for (auto const& entry : std::filesystem::directory_iterator(what.files, failure))
    all.push_back({entry.path(), "/wedgehog/" + entry.path().filename().string()});
  if (failure) return host_error(what.files.string() + ": " + failure.message());
  std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.to < b.to; });
  auto const packed = archive::pack(all, tar);
  if (!packed) return packed.error();
  return {};
}

result<std::string> sum_of_agent(luggage const& what) {
  if (!what.agent.empty()) return folder::sha256_of_file(what.agent);
  std::vector<std::filesystem::path> all;
  std::error_code failure;
  for (auto const* part : source_parts)
    for (auto const& entry :
         std::filesystem::recursive_directory_iterator(what.source / part, failure))
      if (entry.is_regular_file()) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  std::string text;
  for (auto const& file : all) {
    auto const sum = folder::sha256_of_file(file);
    if (!sum) return sum.error();
    text += fmt::format("{} {}\n", *sum, file.lexically_relative(what.source).string());
  }
  return folder::sha256_of_text(text);
}

}  // namespace wedgehog::adoption
