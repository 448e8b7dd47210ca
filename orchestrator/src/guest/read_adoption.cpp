#include "guest/adoption.hpp"
#include "guest/talk_fields.hpp"

namespace wedgehog::guest {
namespace {

using namespace std::chrono_literals;

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
  made.dialogue = read_talk(root, into.complaints);
  made.off = root.script("off").value_or("");
  made.off_by_agent = root.script("off_by_agent").value_or("");
  made.packages = root.script("packages").value_or("");
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
  if (auto const root = mapping_of(text, made.complaints)) read_root(root.get(), made);
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
