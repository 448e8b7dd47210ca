#include "guest/named_build.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "guest/fields.hpp"
#include "guest/read_profile.hpp"

namespace wedgehog::guest {
namespace {

constexpr std::size_t longest_path = 4000;
constexpr std::size_t most_packages = 100;

void read_root(node const* map, named_build_reading& into) {
  auto& made = into.value;
  fields root(map, "build.yaml", into.complaints);
  root.require("format");
  root.require("of");
  root.number("format", 1, 1);
  made.of = root.text("of", 64).value_or("");
  made.kernel_package = root.text("kernel_package").value_or("");
  made.kernel = root.text("kernel", longest_path).value_or("");
  made.modules = root.text("modules", longest_path).value_or("");
  made.packages = root.texts("packages", most_packages);
  if (root.has("kernel") != root.has("modules"))
    root.complain("kernel", "`kernel` and `modules` go together");
  if (root.has("kernel") && root.has("kernel_package"))
    root.complain("kernel_package", "`kernel` and `kernel_package` exclude each other");
  for (auto const* key : {"kernel", "modules"})
    if (auto const path = root.text(key, longest_path); path && path->front() != '/')
      root.complain(key, fmt::format("'{}' is no absolute path", recipe::shown(*path)));
  if (made.of.find('/') != std::string::npos || made.of.starts_with('.'))
    root.complain("of", "wants the name of a folder of images/");
  root.refuse_others();
}

// A text of JSON is one of YAML.
std::string quoted(std::string const& text) {
  return boost::json::serialize(boost::json::string(text));
}

}  // namespace

named_build_reading read_named_build(std::string_view text) {
  named_build_reading made;
  if (text.size() > longest_profile) {
    made.complaints.push_back({.message = fmt::format("it has at most {} bytes", longest_profile)});
    return made;
  }
  auto const document = recipe::read_document(text);
  made.complaints = document.complaints;
  if (!document.root) return made;
  if (document.root->kind != recipe::node_kind::mapping) {
    made.complaints.push_back({.message = "it is a mapping of keys and values"});
    return made;
  }
  read_root(document.root.get(), made);
  return made;
}

std::string to_text(named_build const& what) {
  std::string text = fmt::format("format: 1\nof: {}\n", quoted(what.of));
  auto const add = [&text](std::string_view key, std::string const& value) {
    if (!value.empty()) text += fmt::format("{}: {}\n", key, quoted(value));
  };
  add("kernel_package", what.kernel_package);
  add("kernel", what.kernel);
  add("modules", what.modules);
  if (what.packages.empty()) return text;
  text += "packages:\n";
  for (auto const& one : what.packages) text += fmt::format("  - {}\n", quoted(one));
  return text;
}

}  // namespace wedgehog::guest
