#include "adoption/adopt.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>

#include "adoption/disk_tool.hpp"
#include "adoption/luggage.hpp"
#include "adoption/one_life.hpp"
#include "adoption/seal.hpp"
#include "adoption/source_disk.hpp"
#include "adoption/transcript.hpp"
#include "folder/checksum.hpp"
#include "folder/files.hpp"
#include "guest/adoption.hpp"
#include "guest/read_profile.hpp"
#include "loop/descriptor.hpp"
#include "loop/offload.hpp"
#include "loop/small_file.hpp"
#include "vm/image.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::adoption {
namespace fs = std::filesystem;

namespace {

// Of a kind of system: what its folder says.
struct kind_of_system {
  guest::profile profile;
  guest::adoption adoption;
  std::string profile_text;
};

// While it is being made, and where it goes.
struct places {
  std::string making;
  std::string image;
  std::string failed;
  loop::descriptor lock;  // nobody else makes an image of this name meanwhile
};

result<kind_of_system> read_kind(std::string const& folder) {
  auto profile = vm::read_profile(folder + "/profile.yaml");
  if (!profile) return profile.error();
  auto const file = folder + "/adopt.yaml";
  auto const text = loop::read_small_file(file, guest::longest_profile);
  if (!text) return host_error(text.error().message());
  auto read = guest::read_adoption(*text);
  if (!read.complaints.empty())
    return host_error("it is wrong: " + recipe::print(read.complaints, file));
  auto profile_text = loop::read_small_file(folder + "/profile.yaml", guest::longest_profile);
  if (!profile_text) return host_error(profile_text.error().message());
  return kind_of_system{std::move(*profile), std::move(read.value), std::move(*profile_text)};
}

result<loop::descriptor> lock_of(std::string const& file, std::string const& name) {
  loop::descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return system_failure("opening " + file, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return system_failure("locking " + file, errno);
  return host_error(fmt::format("somebody else is making the image '{}' at this moment", name));
}

result<places> make_places(wanted const& what) {
  places made{.making = fmt::format("{}/.{}.making", what.parent, what.name),
              .image = fmt::format("{}/{}", what.parent, what.name),
              .failed = fmt::format("{}/{}.failed", what.parent, what.name)};
  std::error_code failure;
  if (fs::exists(made.image, failure) && !what.replace)
    return recipe_error(
        fmt::format("there is an image '{}' already ({}): --replace makes it anew, --name gives "
                    "this one another name",
                    what.name, made.image));
  fs::create_directories(made.making, failure);
  if (failure) return host_error(fmt::format("creating {}: {}", made.making, failure.message()));
  auto lock = lock_of(made.making + "/lock", what.name);
  if (!lock) return lock.error();
  made.lock = std::move(*lock);
  // Of one who was killed.
  for (auto const& left : fs::directory_iterator(made.making, failure))
    if (left.path().filename() != "lock") fs::remove_all(left.path(), failure);
  return made;
}

vm::machine_spec machine_of(wanted const& what, kind_of_system const& kind, std::string runtime,
                            places const& where) {
  vm::machine_spec spec;
  spec.name = "adopt-" + what.name;
  spec.memory_bytes = kind.adoption.memory;
  spec.medium = where.making + "/base.qcow2";
  spec.network = spec.network_reaches = what.network;
  spec.place = {std::move(runtime), where.making};
  return spec;
}

using step = loop::awaitable<result<void>>;

// The first life: login, installation, turning it off.
step install(workshop const& in, sitting& here, kind_of_system const& kind, std::string password) {
  auto plan = guest::filled(kind.adoption.dialogue, {kind.adoption.disk, std::move(password)},
                            in.time_scale);
  auto const talked = co_await here.talk(std::move(plan));
  if (!talked) co_return talked;
  in.tell("the agent is installed; turning the guest off");
  if (auto const typed = co_await here.type(kind.adoption.off); !typed) co_return typed;
  auto const limit = kind.adoption.off_limit * in.time_scale;
  co_return co_await here.until_off(std::chrono::duration_cast<loop::duration>(limit));
}

// What the agent of a system that is adopted has said.
struct introduced {
  wire::hello hello{};
  std::vector<std::string> packages{};
};

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) all.push_back(line);
  return all;
}

// The second: what a run will see.
step prove(workshop const& in, sitting& here, kind_of_system const& kind, introduced& said) {
  auto& hello = said.hello;
  auto const ready = kind.adoption.ready_limit * in.time_scale;
  auto const heard = co_await here.until_beat(std::chrono::duration_cast<loop::duration>(ready));
  if (!heard) co_return heard.error();
  hello = *heard;
  if (hello.os != kind.profile.os)
    co_return guest_error(fmt::format("the agent says that it runs on '{}', and '{}' was wanted",
                                      hello.os, kind.profile.os));
  if (!kind.adoption.packages.empty())
    if (auto const listed = co_await here.ask_agent(kind.adoption.packages))
      said.packages = lines_of(*listed);
  in.tell(fmt::format("the agent beats: {} {}, agent {}; turning the guest off", hello.os,
                      hello.release, hello.agent));
  co_await here.tell_agent(kind.adoption.off_by_agent);
  auto const limit = kind.adoption.off_limit * in.time_scale;
  co_return co_await here.until_off(std::chrono::duration_cast<loop::duration>(limit));
}

step boot_twice(workshop const& in, wanted const& what, kind_of_system const& kind,
                places const& where, introduced& said) {
  auto const tar = where.making + "/luggage.tar";
  if (auto const packed =
          pack_luggage({what.agent, what.agent_source, what.kind_folder + "/adopt"}, tar);
      !packed)
    co_return packed;
  auto const runtime = vm::runtime_directory::make(kind.adoption.memory);
  if (!runtime) co_return runtime.error();
  auto spec = machine_of(what, kind, runtime->path(), where);
  spec.agent_disk = tar;
  in.tell(fmt::format("booting it; its console: tail -f {}/{}", where.making, transcript));
  auto const first = [&](sitting& here) { return install(in, here, kind, what.password); };
  if (auto const done = co_await live(in, spec, kind.profile, first); !done) co_return done;
  in.tell("booting it again, as a run does");
  spec.agent_disk.clear();
  spec.network = spec.network_reaches = false;
  auto const second = [&](sitting& here) { return prove(in, here, kind, said); };
  co_return co_await live(in, spec, kind.profile, second);
}

// Interrupted, it leaves a copy that nobody needs.
step in_time(workshop const& in, step work) {
  auto const done = co_await in.stop.unless_requested(std::move(work));
  co_return done ? *done : result<void>(stopped());
}

step put_together(places const& where) {
  std::vector<std::string> const asked{"commit", "-q", where.making + "/system.qcow2"};
  auto const done = co_await disk_tool(asked);
  if (!done) co_return done.error();
  std::error_code failure;
  for (auto const* left : {"system.qcow2", "luggage.tar", "qemu.log"})
    fs::remove(where.making + "/" + left, failure);
  fs::rename(where.making + "/base.qcow2", fmt::format("{}/{}", where.making, system_disk),
             failure);
  if (failure) co_return host_error("naming the disk: " + failure.message());
  co_return result<void>();
}

result<void> write_down(wanted const& what, kind_of_system const& kind, places const& where,
                        source_disk const& source, introduced const& said) {
  auto const source_sum = folder::sha256_of_file(source.file);
  if (!source_sum) return source_sum.error();
  auto const agent_sum = sum_of_agent({what.agent, what.agent_source, {}});
  if (!agent_sum) return agent_sum.error();
  auto const written = folder::write_document(where.making + "/profile.yaml",
                                              profile_of_adopted(kind.profile_text, what.name));
  if (!written) return written;
  made_from const how{.name = what.name,
                      .os = kind.profile.os,
                      .kind = fs::path(what.kind_folder).filename().string(),
                      .kernel_release = said.hello.release,
                      .source = what.recorded_source.empty() ? source.file : what.recorded_source,
                      .source_sha256 = *source_sum,
                      .source_format = source.format,
                      .source_bytes = source.file_bytes,
                      .agent_version = said.hello.agent,
                      .agent_sha256 = *agent_sum,
                      .wedgehog = what.version,
                      .when = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))),
                      .packages = said.packages,
                      .inputs = what.inputs};
  return seal(where.making, how);
}

result<void> put_in_place(places const& where) {
  std::error_code failure;
  auto const former = where.image + ".former";
  fs::remove_all(former, failure);
  if (fs::exists(where.image)) fs::rename(where.image, former, failure);
  if (!failure) fs::rename(where.making, where.image, failure);
  if (failure)
    return host_error(fmt::format("putting {} in place: {}", where.image, failure.message()));
  for (auto const& left : {former, where.failed, where.image + "/lock"})
    fs::remove_all(left, failure);
  return {};
}

step make(workshop const& in, wanted const& what, kind_of_system const& kind, places const& where) {
  auto examining = examine(what.file);
  auto const source = co_await in.stop.unless_requested(std::move(examining));
  if (!source) co_return stopped();
  if (!*source) co_return source->error();
  auto const& disk = source->value();
  in.tell(
      fmt::format("copying {} ({}, {})", disk.file, disk.format, describe_size(disk.disk_bytes)));
  auto const copied = co_await in_time(in, copy(disk, where.making + "/base.qcow2"));
  if (!copied) co_return copied;
  introduced said;
  if (auto const booted = co_await boot_twice(in, what, kind, where, said); !booted)
    co_return booted;
  in.tell("sealing it");
  if (auto const whole = co_await in_time(in, put_together(where)); !whole) co_return whole;
  auto const writing = [&] {
    return std::make_shared<result<void>>(write_down(what, kind, where, disk, said));
  };
  auto const written = co_await loop::offload(in.pool, writing);
  if (!*written) co_return *written;
  if (in.stop.requested()) co_return stopped();
  co_return put_in_place(where);
}

}  // namespace

loop::awaitable<result<std::string>> adopt(workshop const& in, wanted const& what) {
  auto const kind = read_kind(what.kind_folder);
  if (!kind) co_return kind.error();
  auto const where = make_places(what);
  if (!where) co_return where.error();
  auto const done = co_await make(in, what, *kind, *where);
  std::optional<error> why;
  if (!done) why = keep_transcript(done.error(), where->making, where->failed);
  std::error_code ignored;
  fs::remove_all(where->making, ignored);
  if (why) co_return *why;
  co_return where->image;
}

}  // namespace wedgehog::adoption
