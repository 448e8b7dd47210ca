// Holds a value of the recipe against its row in the catalogue: what comes out has only known keys
// with values of the right kind, and everything else has become a complaint.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/units.hpp"
#include "recipe/catalogue.hpp"
#include "recipe/complaint.hpp"
#include "recipe/document.hpp"
#include "recipe/variants.hpp"

namespace wedgehog::recipe {

// Complaints, each once however often its place is looked at, and not endlessly many.
class ledger {
 public:
  void add(complaint what);
  void add(position const& where, std::string message, std::vector<std::string> allowed = {},
           std::string_view written = {});  // what stood there, to find the nearest allowed word
  // In the order of the recipe, then of its fragments.
  [[nodiscard]] std::vector<complaint> take();
  [[nodiscard]] bool empty() const { return complaints_.empty(); }
  [[nodiscard]] bool full() const;  // more would not be kept

 private:
  bool is_new(position const& where, std::string const& message);

  std::set<std::tuple<std::string, int, int, std::string>> seen_;
  std::vector<complaint> complaints_;
};

// The checked values of one mapping. A wrong value is absent. Scalars are in canonical text.
class fields {
 public:
  explicit fields(node const& where) : where_(&where) {}

  // Where it stands; the mapping itself when it was left out.
  [[nodiscard]] node const& where(std::string_view name) const;
  [[nodiscard]] node const& where() const { return *where_; }
  // Written by the user, rightly or not.
  [[nodiscard]] bool has(std::string_view name) const { return nodes_.contains(name); }
  // Written or preset.
  [[nodiscard]] bool known(std::string_view name) const { return texts_.contains(name); }

  [[nodiscard]] std::string text(std::string_view name) const;  // "" when absent
  [[nodiscard]] std::optional<microseconds> duration(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name) const;  // also sizes
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
  [[nodiscard]] std::map<std::string, std::string> settings(std::string_view name) const;
  // Checked no further: sections, steps.
  [[nodiscard]] node const* below(std::string_view name) const;

  template <class Enum>
  Enum choice(std::string_view name) const {
    Enum value{};
    parse_name(text(name), value);
    return value;
  }

 private:
  friend class checker;
  node const* where_;
  std::map<std::string_view, node const*> nodes_;
  std::map<std::string_view, std::string> texts_;
  std::map<std::string_view, std::vector<std::string>> lists_;
  std::map<std::string_view, std::map<std::string, std::string>> settings_;
};

class checker {
 public:
  checker(ledger& complaints, combination values, matrix const& variants);

  // `what` must outlive the fields. `where` may be the bare value of the word's shorthand, or
  // nothing when every parameter may be left out.
  [[nodiscard]] fields check(word const& what, node const& where);

  // The text of a scalar with its variants put in, checked against `what`; nothing (and a
  // complaint) when it is wrong.
  [[nodiscard]] std::optional<std::string> scalar(parameter const& what, node const& where);

  [[nodiscard]] ledger& complaints() { return complaints_; }
  [[nodiscard]] combination const& values() const { return values_; }

 private:
  void check_entry(word const& what, node const& key, node const& value, fields& out);
  void check_value(parameter const& what, node const& value, fields& out);
  void check_list(parameter const& what, node const& value, fields& out);
  void check_settings(parameter const& what, node const& value, fields& out);
  void check_missing(word const& what, fields& out);
  bool expect_kind(parameter const& what, node const& value, node_kind kind);
  std::optional<std::string> put_in_variants(parameter const& what, node const& where);

  ledger& complaints_;
  combination values_;  // with `seed`
  matrix const& variants_;
};

}  // namespace wedgehog::recipe
