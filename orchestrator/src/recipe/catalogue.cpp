#include "recipe/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"

namespace wedgehog::recipe {

std::span<word const> words_of(place where) {
  switch (where) {
    case place::key:
      return key_words();
    case place::section:
      return section_words();
    case place::step:
      return step_words();
    case place::fault:
      return fault_words();
    case place::verdict:
      return verdict_words();
    case place::kind:
      return kind_words();
    case place::topic:
      return topic_words();
    case place::campaign:
      return campaign_words();
  }
  return {};
}

word const* find_word(place where, std::string_view name) {
  for (auto const& row : words_of(where))
    if (row.name == name) return &row;
  return nullptr;
}

parameter const* find_parameter(word const& of, std::string_view name) {
  for (auto const& each : of.parameters)
    if (each.name == name) return &each;
  return nullptr;
}

word const* find_topic(std::string_view name) {
  for (auto const& row : topic_words())
    if (row.name == name || std::find(row.also.begin(), row.also.end(), name) != row.also.end())
      return &row;
  return nullptr;
}

namespace {

std::string within_bounds(parameter const& what, std::string text) {
  if (!what.least.empty() && !what.most.empty())
    text += fmt::format(" from {} to {}", what.least, what.most);
  else if (!what.least.empty())
    text += fmt::format(" from {}", what.least);
  else if (!what.most.empty())
    text += fmt::format(" up to {}", what.most);
  return text;
}

}  // namespace

std::string describe(parameter const& what) {
  switch (what.kind) {
    case value_kind::text:
      return "text";
    case value_kind::line:
      return "a line of text";
    case value_kind::script:
      return "a shell script";
    case value_kind::name:
      return "a name like disk-1";
    case value_kind::guest_path:
      return "a path like /mnt";
    case value_kind::one_of: {
      std::vector<std::string_view> names;
      for (auto const& each : what.choices) names.push_back(each.name);
      return fmt::format("{}", fmt::join(names, ", "));
    }
    case value_kind::count:
      return within_bounds(what, "a whole number");
    case value_kind::fraction:
      return within_bounds(what, "a number");
    case value_kind::size:
      return within_bounds(what, "a size");
    case value_kind::duration:
      return within_bounds(what, "a duration");
    case value_kind::durations:
      return "durations like 1ms 40ms";
    case value_kind::pattern:
      return "a pattern";
    case value_kind::verdict:
      return "a verdict";
    case value_kind::verdict_kind:
      return "a kind of this verdict";
    case value_kind::exit_code:
      return "0 to 255, any, a signal like SIGKILL, or not one of these (not 0)";
    case value_kind::package:
      return "the name of a Debian package";
    case value_kind::workload:
      return "the name of a workload";
    case value_kind::disk:
      return "the name of a disk";
    case value_kind::capture:
      return "the name of a captured output";
    case value_kind::fault:
      return "a fault";
    case value_kind::injected:
      return "the name of an injected fault";
    case value_kind::step_place:
      return "the label or path of a step";
    case value_kind::flag:
      return "true or false";
    case value_kind::lines:
      return "a list of lines";
    case value_kind::names:
      return "a list of names";
    case value_kind::packages:
      return "a list of Debian packages";
    case value_kind::settings:
      return "a mapping like {key: value}";
    case value_kind::section:
      return fmt::format("a mapping ({})", what.of);
    case value_kind::sections:
      return fmt::format("a list of mappings ({})", what.of);
    case value_kind::by_name:
      return fmt::format("a mapping from name to {}", what.of);
    case value_kind::alternatives:
      return fmt::format("one {}, or a list of them", what.of);
    case value_kind::matrix:
      return "a mapping like {fs: [ext4, xfs]}";
    case value_kind::steps:
      return "a list of steps";
    case value_kind::groups:
      return "a list of lists of steps";
    case value_kind::files:
      return "the name of a file, or a list of names";
  }
  ensure(false, "every kind of value is described");
  return {};
}

}  // namespace wedgehog::recipe
