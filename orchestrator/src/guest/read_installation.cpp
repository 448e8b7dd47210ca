#include "guest/installation.hpp"
#include "guest/talk_fields.hpp"

namespace wedgehog::guest {
namespace {

using namespace std::chrono_literals;

void read_root(node const* map, installation_reading& into) {
  auto& made = into.value;
  fields root(map, "install.yaml", into.complaints);
  for (auto const* key :
       {"format", "memory", "system_disk", "disk", "dialogue", "off", "off_limit"})
    root.require(key);
  root.number("format", 1, 1);
  made.memory = root.size("memory").value_or(0);
  made.system_disk = root.size("system_disk").value_or(0);
  if (root.has("system_disk") && made.system_disk % 512 != 0)
    root.complain("system_disk", "wants whole sectors of 512 bytes");
  made.disk = root.text("disk").value_or("");
  made.dialogue = read_talk(root, into.complaints);
  made.off = root.script("off").value_or("");
  made.off_limit = root.duration("off_limit", longest_step).value_or(1s);
  root.refuse_others();
}

}  // namespace

installation_reading read_installation(std::string_view text) {
  installation_reading made;
  if (auto const root = mapping_of(text, made.complaints)) read_root(root.get(), made);
  return made;
}

}  // namespace wedgehog::guest
