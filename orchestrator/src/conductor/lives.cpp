#include "conductor/lives.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/this_coro.hpp>
#include <filesystem>
#include <random>

#include "base/chance.hpp"
#include "conductor/carried_files.hpp"
#include "conductor/identity.hpp"
#include "conductor/needs.hpp"
#include "conductor/planned_machine.hpp"
#include "faults/base_image.hpp"
#include "loop/offload.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

constexpr auto quit_patience = 5s;
constexpr auto settings_limit = 60s;
constexpr std::size_t longest_settings_output = 500;
// For a copy to answer, and to become another.
constexpr auto copy_limit = 20s;

// A guest's words on their way to a person.
std::string plain(std::string_view text) {
  std::string made(text.substr(0, longest_settings_output));
  for (auto& c : made)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return made;
}

std::string describe_span(loop::duration d) {
  return describe_duration(std::chrono::duration_cast<microseconds>(d));
}

nbd::survival survival_of(plan::survival what) {
  switch (what) {
    case plan::survival::none:
      return nbd::survival::none;
    case plan::survival::all:
      return nbd::survival::all;
    case plan::survival::prefix:
      return nbd::survival::prefix;
    case plan::survival::subset:
      return nbd::survival::subset;
  }
  return nbd::survival::subset;
}

// 128 bits that nobody guesses: whoever knows them may have the disk.
std::string secret() {
  std::random_device chance;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", chance(), chance(), chance(), chance());
}

nbd::place served_at(vm::disk_server const& server, vm::backend const& to) {
  if (auto const* const socket = std::get_if<vm::unix_socket>(&server)) return socket->path;
  return nbd::tcp_place{std::get<vm::tcp_address>(server).host, 0, secret(),
                        to.disk_certificates()};
}

}  // namespace

lives::lives(stage& on, plan::plan const& what, std::string folder,
             loop::asio::any_io_executor const& executor, lives_listeners listeners)
    : on_(on),
      plan_(what),
      folder_(std::move(folder)),
      listeners_(std::move(listeners)),
      disks_(executor, on.time, what.seed,
             [this](std::string const& disk, nbd::disk_event const& event) {
               note_disk(disk, event);
             }),
      context_{on.time,
               executor,
               listeners_.record,
               listeners_.console_line,
               [this](std::string const& name) -> std::optional<collectors::disk_books> {
                 auto* const disk = disks_.find(name);
                 if (disk == nullptr) return std::nullopt;
                 auto const seen = disk->sample();
                 return collectors::disk_books{seen.oldest_s, seen.held, seen.held_by};
               },
               disks_} {}

result<void> lives::make_disks() {
  std::error_code failure;
  std::filesystem::create_directories(folder_ + "/disks", failure);
  for (auto const& disk : plan_.disks) {
    std::string const path = folder_ + "/disks/" + disk.name;
    if (!disk.base.empty()) {
      if (auto noted = faults::note_base(disk.base, path + ".base.json"); !noted) return noted;
      continue;  // the disk makes the file of its changes itself
    }
    loop::descriptor file(::open((path + ".raw").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file || ::ftruncate(file.get(), static_cast<off_t>(disk.size)) != 0)
      return system_failure("creating the disk " + path + ".raw", errno);
  }
  return {};
}

result<void> lives::serve_disks() {
  for (auto& disk : spec_.disks) {
    faults::disk_place where{.name = disk.name,
                             .file = disk.file,
                             .served_at = served_at(disk.server, on_.backend),
                             .keeps_failed_reads = disk.read_error == vm::on_error::stop,
                             .keeps_failed_others = disk.write_error == vm::on_error::stop};
    if (auto const* const planned = plan::find_disk(plan_, disk.name)) {
      where.base = planned->base;
      where.size = planned->size;
      where.cache_bytes = planned->cache_size;
      where.waits_for_room = planned->full_host == plan::full_host::invalid;
    }
    auto const served = disks_.serve(where);
    if (!served) return served.error();
    if (auto const* const at = std::get_if<nbd::tcp_place>(&served.value())) {
      auto& told = std::get<vm::tcp_address>(disk.server);
      told.port = at->port;
      told.export_name = at->export_name;
    }
  }
  return {};
}

void lives::note_disk(std::string const& disk, nbd::disk_event const& event) {
  auto const* const planned = plan::find_disk(plan_, disk);
  bool const full = event.what == "host disk full";
  if (full && planned != nullptr && planned->full_host == plan::full_host::enospc)
    listeners_.record(
        timeline::mark(timeline::reached::host_disk_full,
                       event.detail + "; the guest gets errors, as the recipe wants"));
  else if (full)
    listeners_.host_full(event.detail);
  else if (event.what == "host disk error")
    listeners_.host_trouble(event.detail);
  if (event.what == "held again")
    listeners_.record(timeline::fault{event.name, event.kind, "held-again",
                                      fmt::format("disk {}: {}", disk, event.detail), event.hits});
  // Injecting, healing and counting are noted by the injector; here, when it began to bite.
  if ((event.what == "hit" || event.what == "held" || event.what == "silent") && event.hits == 1)
    listeners_.record(timeline::fault{event.name, event.kind, "hit",
                                      fmt::format("disk {}: {}", disk, event.detail), 1});
}

loop::awaitable<result<void>> lives::begin(std::optional<vm::frozen_machine> as) {
  auto const lacks = lacks_of(plan_, on_.backend.can(), on_.image.guest);
  if (auto const refused = refusal_of(lacks); !refused.empty())
    co_return recipe_error(fmt::format("this machine cannot play the plan: {}", refused));
  // The memory of a copy is its process's own, and not in there.
  auto runtime = vm::runtime_directory::make(as ? 0 : booted_memory());
  if (!runtime) co_return runtime.error();
  runtime_.emplace(std::move(runtime.value()));
  if (auto const made = make_disks(); !made) co_return made.error();
  auto const pack = [this] { return pack_files(plan_, folder_); };
  if (auto const packed = co_await loop::offload(on_.pool, pack); !packed) co_return packed.error();
  spec_ = machine_spec_of(plan_, on_.image, {runtime_->path(), folder_, on_.backend.disk_server()});
  if (auto const served = serve_disks(); !served) co_return served.error();
  spec_.begins_as = std::move(as);
  command_line_ = on_.backend.by_hand(spec_, on_.image.guest);
  auto begun = co_await turn_on();
  if (begun || !spec_.begins_as) co_return begun;
  co_return co_await boot_instead(begun.error().message());
}

std::uint64_t lives::booted_memory() const {
  vm::machine_spec sized;
  sized.memory_bytes = plan_.guest.memory;
  return on_.backend.host_memory(sized);
}

// What it wrote to its system disk is above the frozen one's.
loop::awaitable<result<void>> lives::boot_instead(std::string why) {
  why_no_copy_ = std::move(why);
  listeners_.record(timeline::mark(timeline::reached::reset_expected,
                                   "the copy is of no use, it boots instead: " + why_no_copy_));
  if (now_) {
    now_->machine().kill();
    co_await now_->machine().wait();
    co_await take_down();
  }
  std::error_code ignored;
  std::filesystem::remove(folder_ + "/system.qcow2", ignored);
  co_return co_await turn_on_without_copy();
}

loop::awaitable<result<void>> lives::turn_on_without_copy() {
  if (spec_.begins_as) {
    if (auto room = runtime_->promise(booted_memory()); !room) co_return room;
    spec_.begins_as.reset();
    command_line_ = on_.backend.by_hand(spec_, on_.image.guest);
  }
  co_return co_await turn_on();
}

loop::awaitable<result<void>> lives::turn_on() {
  ready_ = false;
  began_ = on_.time.now();
  auto begun = co_await life::begin(context_, on_.backend, spec_, on_.image.guest);
  if (!begun) co_return begun.error();
  now_ = std::move(begun.value());
  co_return result<void>();
}

// Apart from the caller, whom a nursery's stop() would make deaf to its own cancellation.
loop::awaitable<void> lives::take_down() {
  loop::nursery apart(context_.executor);
  apart.spawn(now_->end(0s));
  co_await apart.join();
  co_await loop::asio::this_coro::throw_if_cancelled(true);
  former_ = std::move(now_);
}

loop::awaitable<result<void>> lives::cut_power(plan::power_cut const& what, int nth) {
  nbd::power_cut_choice choice{
      .survive = survival_of(what.survive),
      .torn = what.torn,
      .seed = chance(plan_.seed).stream(fmt::format("power-cut:{}", nth))()};
  listeners_.record(
      timeline::mark(timeline::reached::reset_expected, "the plan cuts the machine's power"));
  // Nothing of what QEMU sent until now is read between these two.
  now_->machine().kill();
  auto const cut = disks_.cut_power(choice);
  for (auto const& [disk, report] : cut)
    listeners_.record(timeline::fault{
        "power-cut", "power-cut", "injected",
        fmt::format("disk {}: of {} unflushed writes {} survived and {} were torn; {} requests in "
                    "flight lost",
                    disk, report.unflushed.size(), report.survived, report.torn,
                    report.in_flight_lost),
        report.unflushed.size() - report.survived});
  co_await now_->machine().wait();
  co_await take_down();
  co_return co_await turn_on_without_copy();
}

loop::awaitable<result<wire::hello>> lives::greet_copy() {
  auto const limit = std::chrono::duration_cast<loop::duration>(copy_limit * on_.time_scale);
  auto hello = co_await now_->greet(limit);
  if (!hello) co_return hello;
  auto const became = co_await make_it_another(limit);
  if (!became) co_return became.error();
  co_return hello;
}

// Until its agent has said so, it has the random numbers and the names of all other copies.
loop::awaitable<result<void>> lives::make_it_another(loop::duration limit) {
  auto const request = another_identity();
  if (!request) co_return request.error();
  std::string said;
  agent::output_sink const keep = [&said](wire::output const& piece) {
    if (said.size() < longest_settings_output) said += piece.bytes;
  };
  auto asked = *request;
  auto const ended = co_await now_->agent()->become_another(std::move(asked), limit, keep);
  if (!ended) co_return ended.error();
  if (ended->timed_out || ended->exit_status != 0 || ended->signal != 0)
    co_return guest_error(fmt::format("its agent could not make it another: {}",
                                      ended->timed_out ? "it took too long" : plain(said)));
  for (std::string_view rest = said; !rest.empty();) {
    auto const line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    listeners_.record(timeline::mark(timeline::reached::agent_complaint,
                                     "of the copy this stays as it was: " + plain(line)));
  }
  co_return result<void>();
}

loop::awaitable<result<wire::hello>> lives::boot(loop::duration limit) {
  result<wire::hello> hello = guest_error("it has not been asked");
  if (spec_.begins_as && now_->agent() == nullptr) {
    hello = co_await greet_copy();
    if (!hello)
      if (auto instead = co_await boot_instead(hello.error().message()); !instead)
        co_return instead.error();
  }
  if (!hello) hello = co_await now_->greet(limit);
  if (!hello) {
    if (hello.error().whose() == blame::host) co_return hello.error();
    co_return guest_error(fmt::format("the guest did not become ready within {}: {}",
                                      describe_span(limit), hello.error().message()));
  }
  ready_ = true;
  listeners_.record(timeline::mark(timeline::reached::guest_ready,
                                   fmt::format("{} {} after {}", hello->os, hello->release,
                                               describe_span(on_.time.now() - began_))));
  for (auto const& complaint : hello->complaints)
    listeners_.record(timeline::mark(timeline::reached::agent_complaint, complaint));
  if (auto const set = co_await apply_settings(); !set) co_return set.error();
  co_return hello;
}

loop::awaitable<result<void>> lives::apply_settings() {
  wire::exec request;
  request.script = settings_script(plan_, on_.image.guest);
  if (request.script.empty()) co_return result<void>();
  auto const limit = std::chrono::duration_cast<loop::duration>(settings_limit * on_.time_scale);
  request.deadline_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
  std::string said;
  agent::output_sink const keep = [&said](wire::output const& piece) {
    if (said.size() < longest_settings_output) said += piece.bytes;
  };
  auto const ended = co_await now_->agent()->run(std::move(request), limit + 5s, keep);
  if (!ended) co_return ended.error();
  if (!ended->timed_out && ended->exit_status == 0) co_return result<void>();
  co_return guest_error(fmt::format("the recipe's modules and sysctls could not be set: {}",
                                    ended->timed_out ? "it took too long" : plain(said)));
}

loop::awaitable<void> lives::end() {
  // A QEMU that waits for a request does not quit.
  disks_.let_go();
  std::exception_ptr thrown;
  try {
    if (now_) co_await now_->end(quit_patience);
  } catch (...) {
    thrown = std::current_exception();
  }
  now_.reset();
  former_.reset();
  co_await disks_.stop();
  runtime_.reset();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace wedgehog::conductor
