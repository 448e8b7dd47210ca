#include "recipe/fragments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace wedgehog::recipe {
namespace {

constexpr std::size_t deepest = 8;
constexpr std::size_t most_inclusions = 100;
constexpr std::size_t most_bytes = 4 * longest_text;

// What says which recipe it is, and how it must end, is the recipe's own.
constexpr std::array<std::string_view, 4> not_of_a_fragment{"name", "about", "seed", "expect"};

std::string folder_of(std::string_view path) {
  auto const slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
}

std::string below(std::string const& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

bool is_inclusion(node const& what) {
  return what.kind == node_kind::mapping && what.find("include") != nullptr;
}

class inclusion {
 public:
  inclusion(std::string_view file_name, fragment_reader const& read, std::size_t weight)
      : shown_folder_(folder_of(file_name)), read_(read), weight_(weight) {}

  // The tree with the items `include: …` of its lists replaced, at any depth.
  node_ptr with_lists(node_ptr const& what) {
    if (what->kind == node_kind::list) return list_with(*what);
    if (what->kind != node_kind::mapping) return what;
    auto made = std::make_shared<node>(*what);
    for (auto& [key, value] : made->entries) value = with_lists(value);
    return made;
  }

  // A recipe, or a fragment that is a mapping, with what its own key `include` names.
  node_ptr with_keys(node_ptr const& what) {
    auto const* asked = what->find("include");
    if (what->kind != node_kind::mapping || asked == nullptr) return what;
    std::shared_ptr<node> merged;
    for (auto const& name : names_in(*asked)) {
      auto const found = fragment(*name);
      if (found == nullptr) continue;
      if (found->kind != node_kind::mapping)
        complain(*name, fmt::format("'{}' is a list: it is put into one, as `- include: {}`",
                                    shown(name->value), shown(name->value)));
      else if (merged == nullptr)
        merged = std::make_shared<node>(*found);
      else
        join(*merged, *found);
    }
    auto own = std::make_shared<node>(*what);
    std::erase_if(own->entries, [](auto const& each) { return each.first->value == "include"; });
    if (merged == nullptr) return own;
    put_below(*own, *merged);
    return own;
  }

  std::vector<complaint> complaints{};
  std::vector<std::string> fragments{};

 private:
  void complain(position const& where, std::string message) {
    complaints.push_back(complaint_at(where, std::move(message)));
  }

  node_ptr list_with(node const& what) {
    auto made = std::make_shared<node>(what);
    made->items.clear();
    for (auto const& item : what.items) {
      if (!is_inclusion(*item)) {
        made->items.push_back(with_lists(item));
        continue;
      }
      if (item->entries.size() > 1)
        complain(*item, "nothing may stand beside `include`; begin a new item with '- '");
      for (auto const& name : names_in(*item->find("include"))) append(*name, *made);
    }
    return made;
  }

  void append(node const& name, node& to) {
    auto const found = fragment(name);
    if (found == nullptr) return;
    if (found->kind == node_kind::list)
      to.items.insert(to.items.end(), found->items.begin(), found->items.end());
    else
      complain(name, fmt::format("'{}' is no list: a fragment with keys is named by the key "
                                 "`include` at the top of the recipe",
                                 shown(name.value)));
  }

  std::vector<node const*> names_in(node const& asked) {
    std::vector<node const*> names;
    if (asked.kind == node_kind::list)
      for (auto const& item : asked.items) names.push_back(item.get());
    else
      names.push_back(&asked);
    std::erase_if(names, [&](node const* each) {
      if (each->kind == node_kind::scalar && !each->value.empty()) return false;
      complain(*each, "`include` is the name of a file, or a list of names");
      return true;
    });
    return names;
  }

  // What a fragment comes to, its own inclusions put in; null after a complaint.
  node_ptr fragment(node const& name) {
    if (name.value.find("${{") != std::string::npos) {
      complain(name, "fragments are put in before variants are: `include` names one file");
      return nullptr;
    }
    auto const path =
        path_within(under_way_.empty() ? "" : folder_of(under_way_.back()), name.value);
    if (!path) {
      complain(name, path.error().message());
      return nullptr;
    }
    if (!may_go_on(name, *path)) return nullptr;
    auto const* written = document_of(name, *path);
    if (written == nullptr || !counts(name, *written)) return nullptr;
    under_way_.push_back(*path);
    auto made = with_keys(with_lists(*written));
    under_way_.pop_back();
    return made;
  }

  bool may_go_on(node const& name, std::string const& path) {
    if (std::find(under_way_.begin(), under_way_.end(), path) != under_way_.end()) {
      complain(name, fmt::format("'{}' includes itself: {} -> {}", shown(path),
                                 fmt::join(under_way_, " -> "), path));
      return false;
    }
    if (under_way_.size() >= deepest) {
      complain(name, fmt::format("fragments include each other more than {} levels deep", deepest));
      return false;
    }
    if (++inclusions_ > most_inclusions) {
      if (inclusions_ == most_inclusions + 1)
        complain(name, fmt::format("more than {} fragments are included", most_inclusions));
      return false;
    }
    return true;
  }

  bool counts(node const& name, node_ptr const& found) {
    weight_ += found->weight;
    if (weight_ <= largest_weight) return true;
    complain(name, fmt::format("with its fragments the recipe holds more than {} values",
                               largest_weight));
    return false;
  }

  // The tree of a file, read once; null when it could not be.
  node_ptr const* document_of(node const& name, std::string const& path) {
    auto const known = read_already_.find(path);
    if (known != read_already_.end()) return known->second ? &known->second : nullptr;
    auto& root = read_already_[path];
    fragments.push_back(path);
    if (!read_) {
      complain(name, "no file can be included here");
      return nullptr;
    }
    auto const text = read_(path);
    if (!text) {
      complain(name, text.error().message() +
                         "; the name of a fragment counts from the folder of the file that "
                         "includes it");
      return nullptr;
    }
    bytes_ += text->size();
    if (bytes_ > most_bytes) {
      complain(name,
               fmt::format("the fragments are larger than {} MiB together", most_bytes >> 20U));
      return nullptr;
    }
    auto read = read_document(*text, below(shown_folder_, path));
    bool const right = read.root != nullptr && check_shape(*read.root);
    complaints.insert(complaints.end(), read.complaints.begin(), read.complaints.end());
    if (!right) return nullptr;
    root = std::move(read.root);
    return &root;
  }

  bool check_shape(node const& root) {
    if (root.kind != node_kind::list && root.kind != node_kind::mapping) {
      complain(root,
               "a fragment is a mapping with keys of a recipe, or a list that is put into "
               "one");
      return false;
    }
    for (auto const& [key, value] : root.entries)
      if (std::find(not_of_a_fragment.begin(), not_of_a_fragment.end(), key->value) !=
          not_of_a_fragment.end())
        complain(*key, fmt::format("`{}` is the recipe's own; a fragment has none", key->value));
    return true;
  }

  // Lists follow each other, of mappings and single values the first that says it counts.
  static void join(node& first, node const& second) {
    for (auto const& [key, value] : second.entries) {
      auto const own = entry_of(first, key->value);
      if (own == first.entries.end())
        first.entries.emplace_back(key, value);
      else
        own->second = joined(own->second, value);
    }
  }

  static node_ptr joined(node_ptr const& first, node_ptr const& second) {
    if (first->kind != second->kind) return first;
    auto made = std::make_shared<node>(*first);
    if (first->kind == node_kind::list)
      made->items.insert(made->items.end(), second->items.begin(), second->items.end());
    for (auto const& [key, value] : second->entries)
      if (made->find(key->value) == nullptr) made->entries.emplace_back(key, value);
    return made;
  }

  // The recipe's own steps come after those it includes, which prepare them; its console rules are
  // asked before.
  static void put_below(node& own, node const& included) {
    for (auto const& [key, value] : included.entries) {
      auto const found = entry_of(own, key->value);
      if (found == own.entries.end()) {
        own.entries.emplace_back(key, value);
        continue;
      }
      bool const included_first = found->second->kind == node_kind::list && key->value != "console";
      found->second = included_first ? joined(value, found->second) : joined(found->second, value);
    }
  }

  static std::vector<std::pair<node_ptr, node_ptr>>::iterator entry_of(node& in,
                                                                       std::string const& key) {
    return std::find_if(in.entries.begin(), in.entries.end(),
                        [&](auto const& each) { return each.first->value == key; });
  }

  std::string shown_folder_;
  fragment_reader const& read_;
  std::size_t weight_;
  std::size_t bytes_ = 0;
  std::size_t inclusions_ = 0;
  std::vector<std::string> under_way_;
  std::map<std::string, node_ptr> read_already_;
};

}  // namespace

result<std::string> path_within(std::string_view folder, std::string_view name) {
  auto const refuse = [&](std::string_view why) {
    return recipe_error(
        fmt::format("'{}' {}; a fragment lies in the folder of the recipe, or below "
                    "it",
                    shown(name), why));
  };
  if (name.starts_with('/')) return refuse("is an absolute path");
  std::vector<std::string_view> parts;
  for (auto rest : {folder, name}) {
    while (!rest.empty()) {
      auto const slash = std::min(rest.find('/'), rest.size());
      auto const part = rest.substr(0, slash);
      rest.remove_prefix(std::min(slash + 1, rest.size()));
      if (part.empty() || part == ".") continue;
      if (part != "..")
        parts.push_back(part);
      else if (parts.empty())
        return refuse("leaves the folder of the recipe");
      else
        parts.pop_back();
    }
  }
  if (parts.empty()) return refuse("is no file");
  return fmt::format("{}", fmt::join(parts, "/"));
}

whole_recipe put_in_fragments(node_ptr root, std::string_view file_name,
                              fragment_reader const& read) {
  inclusion put_in(file_name, read, root->weight);
  whole_recipe whole;
  whole.root = put_in.with_keys(put_in.with_lists(root));
  whole.complaints = std::move(put_in.complaints);
  whole.fragments = std::move(put_in.fragments);
  return whole;
}

}  // namespace wedgehog::recipe
