#include "console/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/blank_words.hpp"
#include "console/chains.hpp"
#include "console/text.hpp"
#include "console/wedge.hpp"

namespace wedgehog::console {
namespace {

constexpr std::size_t most_rows = 64;
constexpr std::size_t longest_digest = 16 * 1024;

template <class Each>
void each_line(std::string_view text, Each each) {
  line_reader lines([&](text_line line) { each(line.text); });
  lines.feed(text);
  lines.finish();
}

using counted = std::map<std::string, std::uint64_t>;

// The most frequent first, "12 x what".
std::string rows_of(counted const& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> rows(counts.begin(), counts.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](auto const& a, auto const& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < rows.size() && i < most_rows; ++i)
    text += fmt::format("{} x {}\n", rows[i].second, rows[i].first);
  if (rows.size() > most_rows) text += fmt::format("{} more kinds\n", rows.size() - most_rows);
  return text;
}

void count(counted& into, std::string what) {
  if (into.size() < 4096 || into.contains(what)) ++into[std::move(what)];
}

std::string of_tasks(std::string_view text) {
  auto const found = wedge_signature(read_tasks(text));
  if (found.members.empty()) return {};
  auto said = found.name + "\n";
  for (auto const& member : found.members)
    if (said.size() < longest_digest)
      said += fmt::format("  {} in {}\n", member.kind, member.place);
  return said;
}

// A row of numbers below a row of names that ends in "us sy id": the processors' shares since the
// row before, or since boot in the first.
std::string of_vmstat(std::string_view text) {
  std::vector<std::string> names;
  std::string said;
  each_line(text, [&](std::string_view line) {
    auto const words = blank_words(line);
    bool const header = words.size() >= 6 && words[words.size() - 3] == "us" &&
                        words[words.size() - 2] == "sy" && words.back() == "id";
    if (header) {
      names.assign(words.begin(), words.end());
      return;
    }
    if (names.empty() || words.size() != names.size() || !is_digit(words.front().front())) return;
    said = fmt::format("processors: {} % user, {} % system, {} % idle; {} ready, {} blocked\n",
                       words[words.size() - 3], words[words.size() - 2], words.back(), words[0],
                       words[1]);
    for (std::size_t i = 0; i + 3 < names.size(); ++i)
      if (is_digit(names[i].back()) && is_letter(names[i].front()))
        said += fmt::format("disk {}: {}\n", names[i], words[i]);
  });
  return said;
}

bool is_number(std::string_view word) {
  return !word.empty() && is_digit(word.front());
}

// zpool(8): a pool's name and state, and below it each device with its own and three counts.
std::string of_pools(std::string_view text) {
  std::string said;
  std::size_t rows = 0;
  each_line(text, [&](std::string_view line) {
    auto const body = trimmed(line);
    auto const words = blank_words(body);
    if (words.empty() || rows >= most_rows) return;
    bool const kept = body.starts_with("pool: ") || body.starts_with("state: ") ||
                      body.starts_with("errors: ") || body.starts_with("status: ");
    bool const device =
        words.size() >= 5 && is_number(words[2]) && is_number(words[3]) && is_number(words[4]);
    bool const well =
        device && words[1] == "ONLINE" && words[2] == "0" && words[3] == "0" && words[4] == "0";
    if (!kept && (!device || well)) return;
    ++rows;
    said += device ? fmt::format("{} {}: {} read, {} write, {} checksum errors\n", words[0],
                                 words[1], words[2], words[3], words[4])
                   : fmt::format("{}\n", body);
  });
  return said;
}

// mdb's ::zio_state: ADDRESS TYPE STAGE WAITER …, children indented below their parents.
std::string of_zio(std::string_view text) {
  counted stages;
  std::uint64_t waited_for = 0;
  each_line(text, [&](std::string_view line) {
    auto const words = blank_words(line);
    bool const row = words.size() >= 4 && words[0].size() >= 8 &&
                     std::all_of(words[0].begin(), words[0].end(), is_hex) &&
                     std::none_of(words[1].begin(), words[1].end(), is_digit);
    if (!row) return;
    count(stages, fmt::format("{} {}", words[1], words[2]));
    if (words[3] != "-") ++waited_for;
  });
  if (stages.empty()) return {};
  return rows_of(stages) + fmt::format("{} with somebody who waits\n", waited_for);
}

// fmdump -e: a time, then the class of what happened.
std::string of_faults(std::string_view text) {
  counted classes;
  each_line(text, [&](std::string_view line) {
    for (auto const word : blank_words(line))
      if (word.starts_with("ereport.") || word.starts_with("fault.") ||
          word.starts_with("resource.") || word.starts_with("defect."))
        count(classes, std::string(word));
  });
  return rows_of(classes);
}

std::string of_chains(std::string_view text) {
  return described(read_chains(text));
}

struct reader {
  std::string_view collection;
  std::string (*read)(std::string_view);
};
constexpr reader readers[] = {
    {"ps", of_tasks},      {"listing", of_tasks}, {"stacks", of_tasks},     {"threads", of_tasks},
    {"vmstat", of_vmstat}, {"pools", of_pools},   {"dumpchain", of_chains}, {"zio", of_zio},
    {"faults", of_faults}, {"debugger", of_tasks}};

}  // namespace

std::string digest_of(std::string_view collection, std::string_view text) {
  for (auto const& one : readers)
    if (one.collection == collection) return one.read(text).substr(0, longest_digest);
  return {};
}

}  // namespace wedgehog::console
