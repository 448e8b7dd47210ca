#include "console/chains.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

#include "console/text.hpp"

namespace wedgehog::console {
namespace {

constexpr std::size_t most_kinds = 64;
constexpr std::size_t most_kinds_counted = 4096;
constexpr std::uint32_t modified = 0x1;

// DragonFly 5.9, sys/vfs/hammer2/hammer2.h, HAMMER2_CHAIN_…
constexpr std::pair<std::uint32_t, std::string_view> flag_names[] = {
    {0x00000001, "MODIFIED"},     {0x00000002, "ALLOCATED"},       {0x00000004, "DESTROY"},
    {0x00000008, "DEDUPABLE"},    {0x00000010, "DELETED"},         {0x00000020, "INITIAL"},
    {0x00000040, "UPDATE"},       {0x00000080, "NOTTESTED"},       {0x00000100, "TESTEDGOOD"},
    {0x00000200, "ONFLUSH"},      {0x00000400, "FICTITIOUS"},      {0x00000800, "VOLUMESYNC"},
    {0x00002000, "COUNTEDBREFS"}, {0x00004000, "ONRBTREE"},        {0x00008000, "ONLRU"},
    {0x00010000, "EMBEDDED"},     {0x00020000, "RELEASE"},         {0x00040000, "BMAPPED"},
    {0x00080000, "BMAPUPD"},      {0x00100000, "IOINPROG"},        {0x00200000, "IOSIGNAL"},
    {0x00400000, "PFSBOUNDARY"},  {0x00800000, "HINT_LEAF_COUNT"}, {0x01000000, "LRUHINT"}};

// "i-chain 0xfffff800548ab320.1 b0d7…": the letter of its type, or nothing.
char type_of(std::string_view line) {
  auto const at = line.find("-chain 0x");
  if (at == std::string_view::npos || at == 0 || !is_letter(line[at - 1])) return 0;
  return line[at - 1];
}

// "[00446302] (?) refs=1"
bool read_state(std::string_view line, std::uint32_t& flags, std::int64_t& references) {
  auto const open = line.find('[');
  auto const count = line.find("refs=");
  if (open == std::string_view::npos || count == std::string_view::npos || count < open ||
      line.size() < open + 10 || line[open + 9] != ']')
    return false;
  auto const* const first = line.data() + open + 1;
  auto const read = std::from_chars(first, first + 8, flags, 16);
  if (read.ec != std::errc() || read.ptr != first + 8) return false;
  auto const* const number = line.data() + count + 5;
  return std::from_chars(number, line.data() + line.size(), references).ec == std::errc();
}

}  // namespace

chain_summary read_chains(std::string_view text) {
  chain_summary all;
  std::map<std::tuple<char, std::uint32_t, std::int64_t>, std::uint64_t> counts;
  char type = 0;  // of a chain whose state has not come yet
  line_reader lines([&](text_line line) {
    if (char const found = type_of(line.text); found != 0) {
      type = found;
      return;
    }
    std::uint32_t flags = 0;
    std::int64_t references = 0;
    if (type == 0 || !read_state(line.text, flags, references)) return;
    ++all.chains;
    if ((flags & modified) != 0) ++all.dirty;
    if (references > 0) ++all.referenced;
    std::tuple const kind{std::exchange(type, '\0'), flags, references};
    if (counts.size() < most_kinds_counted || counts.contains(kind))
      ++counts[kind];
    else
      ++all.of_other_kinds;
  });
  lines.feed(text);
  lines.finish();
  for (auto const& [kind, count] : counts)
    all.kinds.push_back({std::get<0>(kind), std::get<1>(kind), std::get<2>(kind), count});
  std::stable_sort(all.kinds.begin(), all.kinds.end(),
                   [](auto const& a, auto const& b) { return a.count > b.count; });
  for (std::size_t i = most_kinds; i < all.kinds.size(); ++i)
    all.of_other_kinds += all.kinds[i].count;
  all.kinds.resize(std::min(all.kinds.size(), most_kinds));
  return all;
}

std::string chain_flags(std::uint32_t flags) {
  std::string words;
  for (auto const& [bit, name] : flag_names) {
    if ((flags & bit) == 0) continue;
    flags &= ~bit;
    words += fmt::format("{}{}", words.empty() ? "" : " ", name);
  }
  if (flags != 0) words += fmt::format("{}{:#x}", words.empty() ? "" : " ", flags);
  return words;
}

std::string described(chain_summary const& all) {
  if (all.chains == 0) return {};
  auto text =
      fmt::format("{} chains: {} modified, {} referenced\n", all.chains, all.dirty, all.referenced);
  for (auto const& one : all.kinds)
    text += fmt::format("  {} x {}-chain [{:08x}] refs={}: {}\n", one.count, one.type, one.flags,
                        one.references, chain_flags(one.flags));
  if (all.of_other_kinds > 0) text += fmt::format("  {} of other kinds\n", all.of_other_kinds);
  return text;
}

}  // namespace wedgehog::console
