#include "recipe/campaign.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/ensure.hpp"
#include "recipe/checked.hpp"
#include "recipe/document.hpp"

namespace wedgehog::recipe {
namespace {

word const& campaign_word(std::string_view name) {
  auto const* found = find_word(place::campaign, name);
  ensure(found != nullptr, "every part of a campaign has its row");
  return *found;
}

std::optional<double> number(fields const& from, std::string_view name) {
  auto const text = from.text(name);
  double value = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), value);
  return text.empty() || read.ec != std::errc() ? std::nullopt : std::optional(value);
}

std::map<std::string, std::vector<std::string>> read_wanted_variants(checker& check,
                                                                     fields const& top) {
  std::map<std::string, std::vector<std::string>> only;
  auto const* given = top.below("only");
  if (given == nullptr) return only;
  for (auto const& [key, value] : given->entries) {
    parameter const item{key->value, value_kind::line};
    auto& values = only[key->value];
    auto const take = [&](node const& one) {
      if (auto text = check.scalar(item, one)) values.push_back(*std::move(text));
    };
    if (value->kind == node_kind::list)
      for (auto const& one : value->items) take(*one);
    else
      take(*value);
  }
  return only;
}

std::vector<std::uint64_t> read_seeds(checker& check, fields const& top) {
  std::vector<std::uint64_t> seeds;
  for (auto const& text : top.list("seeds")) {
    std::uint64_t seed = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), seed);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
      check.complaints().add(top.where("seeds"),
                             fmt::format("'{}' is not a seed: whole numbers are", text));
    seeds.push_back(seed);
  }
  return seeds;
}

plan::campaign_goal read_goal(checker& check, fields const& top) {
  plan::campaign_goal goal{.runs = top.count("runs"), .hours = number(top, "hours")};
  if (auto const* until = top.below("until")) {
    auto const given = check.check(campaign_word("until"), *until);
    goal.hits = given.count("hits");
    goal.signature = given.text("signature");
    goal.width = number(given, "width");
    if (!given.has("hits") && !given.has("width"))
      check.complaints().add(*until, "`until` names `hits`, `width` or both");
  }
  return goal;
}

plan::campaign_retention read_retention(checker& check, fields const& top) {
  auto const* below = top.below("retention");
  if (below == nullptr) return {};
  auto const given = check.check(campaign_word("retention"), *below);
  return {.age = given.duration("age"),
          .a_signature = given.count("per_signature"),
          .bytes = given.count("bytes")};
}

bool has_an_end(plan::campaign const& one) {
  auto const& goal = one.goal;
  return goal.runs || goal.hours || goal.hits || goal.width || one.time || !one.seeds.empty();
}

}  // namespace

campaign_outcome parse_campaign(std::string_view text) {
  auto const document = read_document(text);
  ledger complaints;
  for (auto const& each : document.complaints) complaints.add(each);
  if (document.root == nullptr) return {.complaints = complaints.take()};
  matrix const none;
  checker check(complaints, {}, none);
  auto const top = check.check(campaign_word("campaign"), *document.root);
  plan::campaign read{.name = top.text("name"),
                      .about = top.text("about"),
                      .recipes = top.list("recipes"),
                      .only = read_wanted_variants(check, top),
                      .images = top.list("images"),
                      .seeds = read_seeds(check, top),
                      .seed = top.count("seed"),
                      .goal = read_goal(check, top),
                      .time = top.duration("time"),
                      .slots = top.count("slots"),
                      .order = top.choice<plan::campaign_order>("order"),
                      .void_in_a_row = top.count("void_in_a_row").value_or(0),
                      .retention = read_retention(check, top),
                      .new_signature = top.choice<plan::at_new_signature>("new_signature"),
                      .hook = top.list("hook"),
                      .metrics = top.text("metrics")};
  if (complaints.empty() && !has_an_end(read))
    complaints.add(*document.root,
                   "this campaign would never end; give `runs`, `hours`, `until`, `seeds` or "
                   "`time`");
  if (!read.goal.runs && !read.seeds.empty()) read.goal.runs = read.seeds.size();
  return {std::move(read), complaints.take()};
}

bool looks_like_campaign(std::string_view text) {
  auto const document = read_document(text);
  return document.root != nullptr && document.root->kind == node_kind::mapping &&
         document.root->find("recipes") != nullptr;
}

}  // namespace wedgehog::recipe
