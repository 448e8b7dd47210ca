// Recipes: YAML written by people, turned into plans, or into everything that is wrong with it at
// once. `wedgehog check` is this library and nothing else: no files but through the readers in
// `options`, no QEMU.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.hpp"
#include "recipe/complaint.hpp"

namespace wedgehog::recipe {

struct options {
  // Only the combinations that have these values (`--variant fs=xfs`). The others are checked too.
  std::map<std::string, std::string> only{};
  // The seed of every plan, as it stands in a plan that is to be done again (`--seed`).
  std::optional<std::uint64_t> seed{};
  // Where chance begins when the recipe has no `seed`: drawn by the caller. Each combination
  // derives its own from it, and an equal base gives equal plans.
  std::uint64_t base_seed = 0;
  // When not empty: the images and collections that exist.
  std::vector<std::string> images{};
  // Instead of what the recipe names; their guests get the least memory that they need. Several
  // are the variant `image`, as `images` is.
  std::vector<std::string> on_images{};
  // The least memory, in bytes, that a guest of an image boots with.
  std::map<std::string, std::uint64_t> least_memory{};
  std::vector<std::string> collections{};
  // What a file holds that the recipe names, so that its plans hold all they need. Empty: a recipe
  // that names one is wrong.
  std::function<result<std::string>(std::string const& name)> read_file{};
  // Where the recipe lies: its `files` are looked for from there. Empty: as they are written.
  std::string folder{};
  // What a fragment holds that the recipe includes, by its name below the recipe's folder: never
  // absolute, never with "..". Empty: a recipe that includes one is wrong.
  std::function<result<std::string>(std::string const& name)> read_fragment{};
  bool as_clones = false;  // every machine begins as a copy, whatever the recipe says
};

// The plans of one recipe, all checked, each made when it is asked for: a list of ten thousand
// tests is not ten thousand plans in memory. Not for several threads at once.
class plan_list {
 public:
  struct source;
  class iterator;

  plan_list() = default;
  plan_list(std::shared_ptr<source const> from, std::vector<std::size_t> asked_for)
      : source_(std::move(from)), asked_for_(std::move(asked_for)) {}

  [[nodiscard]] std::size_t size() const { return asked_for_.size(); }
  [[nodiscard]] bool empty() const { return asked_for_.empty(); }
  // Stays valid as long as the list does; of a list longer than `kept_at_once`, until another plan
  // is asked for.
  [[nodiscard]] plan::plan const& operator[](std::size_t number) const;
  [[nodiscard]] plan::plan const& at(std::size_t number) const { return (*this)[number]; }
  [[nodiscard]] plan::plan const& front() const { return (*this)[0]; }
  [[nodiscard]] iterator begin() const;
  [[nodiscard]] iterator end() const;
  void clear() { *this = plan_list(); }

  static constexpr std::size_t kept_at_once = 256;

 private:
  std::shared_ptr<source const> source_;
  std::vector<std::size_t> asked_for_;  // numbers of combinations
  mutable std::map<std::size_t, plan::plan> made_;
};

class plan_list::iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = plan::plan;
  using difference_type = std::ptrdiff_t;
  using pointer = plan::plan const*;
  using reference = plan::plan const&;

  iterator(plan_list const* of, std::size_t number) : of_(of), number_(number) {}
  reference operator*() const { return (*of_)[number_]; }
  pointer operator->() const { return &(*of_)[number_]; }
  iterator& operator++() {
    ++number_;
    return *this;
  }
  void operator++(int) { ++number_; }
  bool operator==(iterator const&) const = default;

 private:
  plan_list const* of_;
  std::size_t number_;
};

inline plan_list::iterator plan_list::begin() const {
  return {this, 0};
}
inline plan_list::iterator plan_list::end() const {
  return {this, size()};
}
[[nodiscard]] bool operator==(plan_list const& left, plan_list const& right);

struct outcome {
  plan_list plans{};                     // none when there is any complaint
  std::vector<complaint> complaints{};   // in the order of the file; all blame the recipe
  std::vector<std::string> fragments{};  // that it includes, as read_fragment was asked for them
};

// `file_name` only stands in the plans. Never throws for any text.
[[nodiscard]] outcome parse(std::string_view text, std::string file_name,
                            options const& chosen = {});

// "[NAME=]KIND[:KEY=VALUE,…]": a fault as it is injected by hand into a run with these disks,
// checked like the step `inject`. It may miss. Blame: recipe; says all that is wrong and what was
// meant.
[[nodiscard]] result<plan::inject> read_fault_line(std::string_view text,
                                                   std::vector<plan::disk> const& disks);

// Of a recipe, for editors: JSON Schema 2020-12, made from the catalogue.
[[nodiscard]] std::string json_schema();
// The same of a campaign file.
[[nodiscard]] std::string campaign_json_schema();

// What a word means, wherever it may stand; of a list ("faults", "steps", "schedules"): all of its
// words. Nothing when it is unknown.
[[nodiscard]] std::optional<std::string> explain(std::string_view word);
// All words that explain() knows, each once, sorted.
[[nodiscard]] std::vector<std::string> words();
// The known word that looks most like it; "" when none does.
[[nodiscard]] std::string nearest_known_word(std::string_view word);

// The table of one section of docs/recipe-language.md ("keys", "sections", "steps", "faults",
// "verdicts", "kinds", "topics") in Markdown; the document is tested against it.
[[nodiscard]] std::string word_table(std::string_view section);

}  // namespace wedgehog::recipe
