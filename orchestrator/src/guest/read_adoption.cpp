#include <fmt/format.h>

#include <utility>

#include "guest/adoption.hpp"
#include "guest/fields.hpp"
#include "guest/read_profile.hpp"

namespace wedgehog::guest {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_steps = 64;
constexpr auto longest_step = std::chrono::hours(2);

std::string script_at(fields& of, std::string_view key) {
  return of.has(key) ? of.script(key).value_or("") : "";
}

void read_step(node const& item, talk_plan& into, std::vector<complaint>& complaints) {
  fields line(&item, "dialogue", complaints);
  talk_step one;
  line.require("expect");
  one.expect = line.text("expect").value_or("");
  one.send = script_at(line, "send");
  line.require("limit");
  one.limit = line.duration("limit", longest_step).value_or(1s);
  one.again = script_at(line, "again");
  one.after = line.duration("after", longest_step).value_or(0s);
  if (line.has("again") != line.has("after"))
    line.complain("again", "`again` and `after` go together: what is typed after which silence");
  line.refuse_others();
  into.steps.push_back(std::move(one));
}

void read_interjection(node const& item, talk_plan& into, std::vector<complaint>& complaints) {
  fields line(&item, "meanwhile", complaints);
  interjection one;
  line.require("expect");
  one.expect = line.text("expect").value_or("");
  one.send = script_at(line, "send");
  one.failure = line.text("failure").value_or("");
  if (line.has("send") == line.has("failure"))
    line.complain("expect", "wants `send` or `failure`: what is typed, or why the talk is over");
  one.most = static_cast<unsigned>(line.number("most", 1, 1'000'000).value_or(1000));
  line.refuse_others();
  into.meanwhile.push_back(std::move(one));
}

void read_items(fields& from, std::string_view key, talk_plan& into,
                std::vector<complaint>& complaints,
                void (*read)(node const&, talk_plan&, std::vector<complaint>&)) {
  for (auto const* item : from.list(key, most_steps)) {
    if (item->kind == recipe::node_kind::mapping)
      read(*item, into, complaints);
    else
      from.complain(key, "each item is a mapping that begins with `expect`");
  }
}

void read_root(node const* map, adoption_reading& into) {
  auto& made = into.value;
  fields root(map, "adopt.yaml", into.complaints);
  for (auto const* key : {"format", "os", "memory", "disk", "dialogue", "off", "off_by_agent",
                          "off_limit", "ready_limit"})
    root.require(key);
  root.number("format", 1, 1);
  made.os = root.text("os", 64).value_or("");
  made.memory = root.size("memory").value_or(0);
  made.disk = root.text("disk").value_or("");
  read_items(root, "dialogue", made.dialogue, into.complaints, read_step);
  read_items(root, "meanwhile", made.dialogue, into.complaints, read_interjection);
  made.off = root.script("off").value_or("");
  made.off_by_agent = root.script("off_by_agent").value_or("");
  made.off_limit = root.duration("off_limit", longest_step).value_or(1s);
  made.ready_limit = root.duration("ready_limit", longest_step).value_or(1s);
  root.refuse_others();
}

microseconds stretched(microseconds limit, double by) {
  return std::chrono::duration_cast<microseconds>(limit * by);
}

}  // namespace

adoption_reading read_adoption(std::string_view text) {
  adoption_reading made;
  if (text.size() > longest_profile) {
    made.complaints.push_back(
        {.message = fmt::format("it has at most {}", print_size(longest_profile))});
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

talk_plan filled(talk_plan plan, talk_words const& words, double time_scale) {
  std::vector<filling> const with{{"disk", words.disk}, {"password", words.password}};
  for (auto& one : plan.steps) {
    one.send = filled(one.send, with);
    one.again = filled(one.again, with);
    one.limit = stretched(one.limit, time_scale);
    one.after = stretched(one.after, time_scale);
  }
  for (auto& one : plan.meanwhile) one.send = filled(one.send, with);
  return plan;
}

}  // namespace wedgehog::guest
