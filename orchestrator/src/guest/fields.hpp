// A mapping of a profile, read key by key: each key of the right kind and within its bounds, and
// none that nobody asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "recipe/document.hpp"

namespace wedgehog::guest {

using recipe::complaint;
using recipe::node;

class fields {
 public:
  // `where` is for messages: "boot". `map` may be null: then nothing is there. Both complaints and
  // the document must outlive it.
  fields(node const* map, std::string where, std::vector<complaint>& complaints);
  fields(fields const&) = delete;
  fields& operator=(fields const&) = delete;

  [[nodiscard]] bool has(std::string_view key);
  // Null when the key is not there; complains when it must be, or is no mapping or list.
  node const* mapping(std::string_view key);
  std::vector<node const*> list(std::string_view key, std::size_t most);
  // One line of printable text; nothing when it is not there, or wrong.
  std::optional<std::string> text(std::string_view key, std::size_t most = 200);
  // Several lines.
  std::optional<std::string> script(std::string_view key);
  std::optional<std::string> one_of(std::string_view key, std::span<std::string const> words);
  std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least,
                                      std::uint64_t most);
  std::optional<std::uint64_t> size(std::string_view key);
  std::optional<microseconds> duration(std::string_view key, microseconds most);
  std::vector<std::string> texts(std::string_view key, std::size_t most);
  // The same, each out of `words`.
  std::vector<std::string> words(std::string_view key, std::span<std::string const> words);

  void require(std::string_view key);
  // At the key, or at the mapping when it is not there.
  void complain(std::string_view key, std::string message);
  // To be called last: complains about each key that was not asked for.
  void refuse_others();

 private:
  node const* scalar(std::string_view key);
  std::string named(std::string_view key) const;
  void complain_at(node const* place, std::string message);
  void complain_about_word(node const& place, std::string_view key,
                           std::span<std::string const> words);

  node const* map_;
  std::string where_;
  std::vector<complaint>& complaints_;
  std::vector<std::string> known_;
};

// Whether it is one line without control characters.
[[nodiscard]] bool is_plain_line(std::string_view text);

}  // namespace wedgehog::guest
