#include "adoption/install.hpp"

#include <fmt/format.h>

#include "adoption/disk_tool.hpp"
#include "adoption/luggage.hpp"
#include "adoption/one_life.hpp"
#include "adoption/transcript.hpp"
#include "base/units.hpp"
#include "guest/adoption.hpp"
#include "guest/installation.hpp"
#include "guest/read_profile.hpp"
#include "loop/small_file.hpp"
#include "vm/image.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::adoption {
namespace {

using step = loop::awaitable<result<void>>;

result<guest::installation> read_steps(std::string const& file) {
  auto const text = loop::read_small_file(file, guest::longest_profile);
  if (!text) return text.error();
  auto read = guest::read_installation(*text);
  if (read.complaints.empty()) return std::move(read.value);
  return recipe_error("it is wrong: " + recipe::print(read.complaints, file));
}

step talk_through(workshop const& in, sitting& here, guest::installation const& how) {
  auto plan = guest::filled(how.dialogue, {how.disk, {}}, in.time_scale);
  auto const talked = co_await here.talk(std::move(plan));
  if (!talked) co_return talked;
  in.tell("the system is installed; turning the machine off");
  if (auto const typed = co_await here.type(how.off); !typed) co_return typed;
  auto const limit = how.off_limit * in.time_scale;
  co_return co_await here.until_off(std::chrono::duration_cast<loop::duration>(limit));
}

step boot_medium(workshop const& in, installing const& what, guest::installation const& how) {
  auto const profile = vm::read_profile(what.kind_folder + "/profile.yaml");
  if (!profile) co_return profile.error();
  auto const tar = what.place + "/luggage.tar";
  auto const packed = pack_luggage({.files = what.kind_folder + "/install"}, tar);
  if (!packed) co_return packed;
  auto const runtime = vm::runtime_directory::make(how.memory);
  if (!runtime) co_return runtime.error();
  vm::machine_spec spec;
  spec.name = "install-" + what.name;
  spec.memory_bytes = how.memory;
  spec.medium = what.place + "/base.qcow2";
  spec.install_medium = what.medium;
  spec.agent_disk = tar;
  spec.network = spec.network_reaches = what.network;
  spec.place = {runtime->path(), what.place};
  in.tell(fmt::format("booting the medium; its console: tail -f {}/{}", what.place, transcript));
  auto const life = [&](sitting& here) { return talk_through(in, here, how); };
  co_return co_await live(in, spec, *profile, life);
}

step make(workshop const& in, installing const& what, guest::installation const& how) {
  std::vector<std::string> const empty{
      "create", "-q", "-f", "qcow2", what.place + "/base.qcow2", std::to_string(how.system_disk)};
  if (auto const made = co_await disk_tool(empty); !made) co_return made.error();
  if (auto const done = co_await boot_medium(in, what, how); !done) co_return done;
  std::vector<std::string> const commit{"commit", "-q", what.place + "/system.qcow2"};
  auto whole = disk_tool(commit);
  auto const done = co_await in.stop.unless_requested(std::move(whole));
  if (!done) co_return stopped();
  if (!*done) co_return done->error();
  co_return result<void>();
}

}  // namespace

loop::awaitable<result<std::string>> install(workshop const& in, installing const& what) {
  auto const how = read_steps(what.kind_folder + "/install.yaml");
  if (!how) co_return how.error();
  auto const done = co_await make(in, what, *how);
  if (!done) co_return keep_transcript(done.error(), what.place, what.failed);
  co_return what.place + "/base.qcow2";
}

}  // namespace wedgehog::adoption
