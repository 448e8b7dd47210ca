// The roles that functions play in a stack, as lists of names. What a report is named after is the
// first frame that plays none of the roles which do not matter for its kind (guilt.hpp). A name may
// be open at its ends: "kmem_cache_*".
#pragma once

#include <string_view>
#include <unordered_set>
#include <vector>

namespace wedgehog::console {

class name_list {
 public:
  explicit name_list(std::string_view names);  // parted by blanks; must outlive the list
  [[nodiscard]] bool contains(std::string_view name) const;

 private:
  std::unordered_set<std::string_view> exact_;
  std::vector<std::string_view> open_;
};

[[nodiscard]] name_list const& reporting();
[[nodiscard]] name_list const& trapping();
[[nodiscard]] name_list const& allocating();
[[nodiscard]] name_list const& copying();
[[nodiscard]] name_list const& locking();
[[nodiscard]] name_list const& bricks();
[[nodiscard]] name_list const& waiting();
[[nodiscard]] name_list const& yielding();
[[nodiscard]] name_list const& ending();
[[nodiscard]] name_list const& dispatching();
[[nodiscard]] name_list const& bottom();
[[nodiscard]] name_list const& idling();
[[nodiscard]] name_list const& timer_interrupts();

}  // namespace wedgehog::console
