#include "cli/from_medium.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include "adoption/install.hpp"
#include "adoption/luggage.hpp"
#include "adoption/one_life.hpp"
#include "cli/adopting_bench.hpp"
#include "cli/images.hpp"
#include "cli/terminal.hpp"
#include "folder/checksum.hpp"
#include "guest/medium.hpp"
#include "guest/read_profile.hpp"
#include "loop/offload.hpp"
#include "loop/small_file.hpp"
#include "medium/examined.hpp"
#include "medium/exchange.hpp"
#include "medium/fetch.hpp"
#include "medium/verified.hpp"

namespace wedgehog::cli {
namespace fs = std::filesystem;

namespace {

// A script says with it that a medium has not got what an agent is built with.
constexpr int nothing_to_build_with = 77;

result<guest::medium> read_medium(std::string const& file, medium_options const& from) {
  auto const text = loop::read_small_file(file, guest::longest_profile);
  if (!text) return text.error();
  auto read = guest::read_medium(*text);
  if (!read.complaints.empty())
    return recipe_error("it is wrong: " + recipe::print(read.complaints, file));
  auto& made = read.value;
  if (!from.url.empty()) {
    if (!guest::is_web_address(from.url))
      return recipe_error(
          fmt::format("--url {}: an address begins with https:// or http:// (--from "
                      "takes a file)",
                      from.url));
    made.url = from.url;
  }
  if (from.checksum.empty()) return std::move(made);
  auto const sum = guest::parse_checksum(from.checksum);
  if (!sum)
    return recipe_error(fmt::format("--checksum {}: wants ALGORITHM:HEX, ALGORITHM one of {}",
                                    from.checksum, fmt::join(guest::checksum_algorithms(), ", ")));
  made.sum = *sum;
  return std::move(made);
}

bool is_program(std::string const& name) {
  char const* const places = std::getenv("PATH");
  std::istringstream all(places == nullptr ? "/usr/bin:/bin" : places);
  std::error_code ignored;
  for (std::string one; std::getline(all, one, ':');)
    if (fs::exists(one + "/" + name, ignored)) return true;
  return false;
}

result<void> want_programs(bool fetched) {
  struct need {
    char const* program;
    char const* package;
    bool wanted;
  };
  std::array const all{need{"curl", "curl", fetched}, need{"xorriso", "xorriso", true},
                       need{"qemu-img", "qemu-utils", true}};
  std::string missing;
  std::string packages;
  for (auto const& one : all) {
    if (!one.wanted || is_program(one.program)) continue;
    missing += fmt::format(" {}", one.program);
    packages += fmt::format(" {}", one.package);
  }
  if (missing.empty()) return {};
  return host_error(
      fmt::format("this needs what is not here:{} (apt-get install{})", missing, packages));
}

// The folder in which it is made, and nobody else meanwhile; empty.
result<loop::descriptor> clear_place(std::string const& place, std::string const& name) {
  std::error_code failure;
  fs::create_directories(place, failure);
  if (failure) return host_error(fmt::format("creating {}: {}", place, failure.message()));
  auto const file = place + "/lock";
  loop::descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return system_failure("opening " + file, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return host_error(fmt::format("somebody else is making the image '{}' at this moment", name));
  for (auto const& left : fs::directory_iterator(place, failure))
    if (left.path().filename() != "lock") fs::remove_all(left.path(), failure);
  return lock;
}

class making_from_medium {
 public:
  making_from_medium(places const& where, adopting_options const& asked, medium_options const& from,
                     guest::medium const& medium, adoption::workshop const& shop, bool quiet)
      : where_(where), asked_(asked), from_(from), medium_(medium), shop_(shop), quiet_(quiet) {}

  loop::awaitable<result<vm::image>> make(adoption::wanted what, std::string place);

 private:
  using text = result<std::string>;

  // Work of which nothing needs to be put away when it is interrupted.
  template <class Value>
  loop::awaitable<result<Value>> in_time(loop::awaitable<result<Value>> work) {
    auto done = co_await shop_.stop.unless_requested(std::move(work));
    if (done) co_return std::move(*done);
    co_return adoption::stopped();
  }

  loop::awaitable<text> have_medium();
  loop::awaitable<text> agent_for(adoption::wanted const& what, std::string const& iso);
  loop::awaitable<result<void>> prepare(std::string iso, std::string copy, std::string place);

  places const& where_;
  adopting_options const& asked_;
  medium_options const& from_;
  guest::medium const& medium_;
  adoption::workshop const& shop_;
  bool quiet_;
};

loop::awaitable<result<std::string>> making_from_medium::have_medium() {
  if (from_.from.empty()) {
    medium::errand const by{shop_.time, shop_.pool, shop_.time_scale, shop_.tell};
    auto const got = co_await medium::fetch(by, medium_, where_.cache + "/media");
    if (!got) co_return got;
    auto const good = medium::examine(*got, medium_);
    co_return good ? got : text(good.error());
  }
  auto const file = fs::absolute(from_.from).lexically_normal().string();
  if (auto const good = medium::examine(file, medium_); !good) co_return good.error();
  shop_.tell(fmt::format("reading {} for its checksum", file));
  auto const reading = [file, what = medium_] {
    return std::make_shared<result<void>>(medium::verify(file, what));
  };
  auto const read = co_await loop::offload(shop_.pool, reading);
  if (*read) co_return file;
  co_return recipe_error(read->error().message() +
                         ". --checksum takes another medium for what it is");
}

// Built on this host with what the medium holds, once for each medium and each state of the agent.
// Empty: it cannot be, and the guest's own compiler does it.
loop::awaitable<result<std::string>> making_from_medium::agent_for(adoption::wanted const& what,
                                                                   std::string const& iso) {
  auto const script = what.kind_folder + "/cross-agent";
  if (!what.agent.empty() || !fs::exists(script)) co_return what.agent;
  auto const source = adoption::sum_of_agent({{}, what.agent_source, {}});
  auto const by = folder::sha256_of_file(script);
  if (!source || !by) co_return source ? by.error() : source.error();
  auto const key =
      folder::sha256_of_text(guest::print_checksum(medium_.sum) + *source + *by).substr(0, 32);
  auto const agent = fmt::format("{}/agents/{}-{}", where_.cache, asked_.kind, key);
  if (fs::exists(agent)) co_return agent;
  std::error_code failure;
  fs::create_directories(where_.cache + "/agents", failure);
  shop_.tell("building the agent on this host with what the medium holds");
  std::vector<std::string> argv{script,     "--medium", iso, "--source", what.agent_source,
                                "--output", agent};
  if (quiet_) argv.emplace_back("--quiet");
  auto const ended = co_await run_script(std::move(argv));
  if (!ended) co_return ended.error();
  if (ended->clean()) co_return agent;
  if (ended->code == nothing_to_build_with) co_return std::string();
  co_return host_error(
      fmt::format("the agent could not be built: {} ended with {}, see its words "
                  "above; --agent FILE takes one that was built elsewhere",
                  script, loop::describe(*ended)));
}

loop::awaitable<result<void>> making_from_medium::prepare(std::string iso, std::string copy,
                                                          std::string place) {
  shop_.tell(fmt::format("making a copy of {} that speaks on the serial console", iso));
  medium::copy_places const places{std::move(iso), std::move(copy), std::move(place)};
  co_return co_await medium::exchange(shop_.pool.get_executor(), places, medium_.exchange);
}

loop::awaitable<result<vm::image>> making_from_medium::make(adoption::wanted what,
                                                            std::string place) {
  auto const iso = co_await in_time(have_medium());
  if (!iso) co_return iso.error();
  auto const agent = co_await in_time(agent_for(what, *iso));
  if (!agent) co_return agent.error();
  what.agent = *agent;
  auto const copy = place + "/medium.iso";
  auto const prepared = co_await in_time(prepare(*iso, copy, place));
  if (!prepared) co_return prepared.error();
  adoption::installing const installing{
      .name = what.name,
      .kind_folder = what.kind_folder,
      .medium = copy,
      .place = place,
      .failed = fmt::format("{}/{}.failed", what.parent, what.name),
      .network = what.network};
  auto const disk = co_await adoption::install(shop_, installing);
  if (!disk) co_return disk.error();
  std::error_code ignored;
  fs::remove(copy, ignored);
  what.file = *disk;
  what.recorded_source = fmt::format("{} ({})", medium_.name, guest::print_checksum(medium_.sum));
  co_return co_await adopt_wanted(shop_, what);
}

}  // namespace

loop::awaitable<result<vm::image>> build_from_medium(work_context in, places where,
                                                     adopting_options asked, medium_options from,
                                                     bool quiet) {
  auto what = wanted_of(where, asked);
  if (!what) co_return what.error();
  auto const medium = read_medium(what->kind_folder + "/medium.yaml", from);
  if (!medium) co_return medium.error();
  auto const inputs =
      sum_of_inputs(guest::print_checksum(medium->sum) + "\n", what->kind_folder, *what);
  if (!inputs) co_return inputs.error();
  auto const there = made_before(where, asked, *inputs);
  if (!there) co_return there.error();
  if (there->has_value()) {
    if (!quiet) tell("wedgehog: {} is up to date: nothing to do\n", (*there)->folder);
    co_return **there;
  }
  if (auto const all = want_programs(from.from.empty()); !all) co_return all.error();
  auto const place = fmt::format("{}/installing/{}", where.cache, asked.name);
  auto const lock = clear_place(place, asked.name);
  if (!lock) co_return lock.error();
  auto const bench = co_await adopting_bench::set_up(in, where, asked, quiet);
  if (!bench) co_return bench.error();
  what->replace = true;
  what->inputs = *inputs;
  making_from_medium one(where, asked, from, *medium, bench.value()->shop(), quiet);
  auto const done = co_await one.make(*what, place);
  std::error_code ignored;
  fs::remove_all(place, ignored);
  co_return done;
}

}  // namespace wedgehog::cli
