#include <fmt/format.h>

#include <algorithm>

#include "recipe/document.hpp"
#include "recipe/recipe.hpp"
#include "recipe/steps.hpp"

namespace wedgehog::recipe {
namespace {

node_ptr scalar_node(std::string_view text) {
  auto made = std::make_shared<node>();
  made->kind = node_kind::scalar;
  made->value = text;
  return made;
}

void add(node& to, std::string_view key, std::string_view value) {
  to.entries.emplace_back(scalar_node(key), scalar_node(value));
}

std::string in_one_line(std::vector<complaint> const& complaints) {
  std::string text;
  for (auto const& one : complaints) {
    if (!text.empty()) text += "; ";
    text += one.message;
    if (!one.nearest.empty()) text += fmt::format(", did you mean '{}'?", one.nearest);
    if (!one.allowed.empty()) text += fmt::format(" (allowed: {})", fmt::join(one.allowed, ", "));
  }
  return text;
}

}  // namespace

result<plan::inject> read_fault_line(std::string_view text, std::vector<plan::disk> const& disks) {
  if (auto const control = std::find_if(text.begin(), text.end(), is_control);
      control != text.end())
    return recipe_error(fmt::format("a fault is one line of text, and this holds the byte 0x{:02x}",
                                    static_cast<unsigned char>(*control)));
  node written;
  written.kind = node_kind::mapping;
  auto const colon = text.find(':');
  auto head = text.substr(0, colon);
  if (auto const equals = head.find('='); equals != std::string_view::npos) {
    add(written, "as", head.substr(0, equals));
    head.remove_prefix(equals + 1);
  }
  add(written, "fault", head);
  auto rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  while (!rest.empty()) {
    auto const comma = rest.find(',');
    auto const pair = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    auto const equals = pair.find('=');
    if (equals == std::string_view::npos)
      return recipe_error(
          fmt::format("'{}' is no KEY=VALUE; a fault is written "
                      "[NAME=]KIND[:KEY=VALUE,…], like stuck=hold:disk=data,op=write",
                      shown(pair)));
    if (written.find(pair.substr(0, equals)) != nullptr)
      return recipe_error(fmt::format("'{}' is given twice", shown(pair.substr(0, equals))));
    add(written, pair.substr(0, equals), pair.substr(equals + 1));
  }
  ledger complaints;
  matrix const no_variants;
  checker check(complaints, {}, no_variants);
  step_reader::step_scope scope;
  for (auto const& each : disks) scope.disks.push_back(each.name);
  step_reader reader(check, std::move(scope));
  auto read = reader.read_inject(written);
  auto const found = complaints.take();
  if (!found.empty()) return recipe_error(in_one_line(found));
  read.may_miss = true;
  return read;
}

}  // namespace wedgehog::recipe
