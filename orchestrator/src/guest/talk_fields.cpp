#include "guest/talk_fields.hpp"

#include <fmt/format.h>

#include "guest/read_profile.hpp"

namespace wedgehog::guest {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_steps = 64;

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

}  // namespace

talk_plan read_talk(fields& from, std::vector<complaint>& complaints) {
  talk_plan made;
  read_items(from, "dialogue", made, complaints, read_step);
  read_items(from, "meanwhile", made, complaints, read_interjection);
  return made;
}

recipe::node_ptr mapping_of(std::string_view text, std::vector<complaint>& complaints) {
  if (text.size() > longest_profile) {
    complaints.push_back(
        {.message = fmt::format("it has at most {}", print_size(longest_profile))});
    return nullptr;
  }
  auto const document = recipe::read_document(text);
  complaints = document.complaints;
  if (!document.root || document.root->kind == recipe::node_kind::mapping) return document.root;
  complaints.push_back({.message = "it is a mapping of keys and values"});
  return nullptr;
}

}  // namespace wedgehog::guest
