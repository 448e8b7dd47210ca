#include "cli/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cstdio>
#include <fstream>

#include "cli/backend_on.hpp"
#include "cli/gathering.hpp"
#include "cli/interruptible.hpp"
#include "cli/opened_results.hpp"
#include "cli/progress_line.hpp"
#include "cli/staging.hpp"
#include "cli/terminal.hpp"
#include "conductor/closing.hpp"
#include "conductor/opinion.hpp"
#include "farm/played_in_child.hpp"
#include "farm/run_place.hpp"
#include "farm/seen_room.hpp"
#include "folder/files.hpp"
#include "folder/run_order.hpp"
#include "loop/nursery.hpp"
#include "loop/offload.hpp"
#include "loop/process.hpp"
#include "loop/temporary.hpp"
#include "loop/within.hpp"
#include "tls/certificates.hpp"
#include "vm/chosen_backend.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::cli {
namespace {

namespace asio = boost::asio;

struct setting {
  session_options const& options;
  common_options const& common;
  std::vector<farm::job> jobs;
  std::function<void(farm::run_report const&, store::stored_run const&)> on_report;
  session_outcome outcome{};
};

// Those that boot from the same bytes.
struct jobs_of_image {
  std::string image;
  std::vector<std::string> packages;
  std::vector<farm::job> jobs;
};

// In the order in which the images first occur.
std::vector<jobs_of_image> by_image(std::vector<farm::job> jobs) {
  std::vector<jobs_of_image> groups;
  for (auto& job : jobs) {
    auto const same = [&job](jobs_of_image const& group) {
      return group.image == job.what.image && group.packages == job.what.packages;
    };
    auto found = std::find_if(groups.begin(), groups.end(), same);
    if (found == groups.end())
      found = groups.insert(groups.end(), {job.what.image, job.what.packages, {}});
    found->jobs.push_back(std::move(job));
  }
  return groups;
}

void note_trouble(setting& all, error const& failure) {
  all.outcome.trouble = failure.message();
  all.outcome.whose = failure.whose();
}

// The stage on which the runs of one image are played, as their orders say it.
struct ordered_stage {
  std::filesystem::path runs;
  folder::run_order order;
};

// A job becomes an order in a folder of its own, and a performer that plays it.
class performers {
 public:
  performers(loop::clock& time, asio::thread_pool& pool, loop::interruption& stop,
             progress_line& line, gathering& gather, asio::any_io_executor const& executor)
      : time_(time), pool_(pool), stop_(stop), line_(line), gather_(gather), noting_(executor) {
    terms_.program = {"/proc/self/exe", "perform"};
  }

  loop::awaitable<result<farm::run_report>> play(ordered_stage const& on, farm::job const& job) {
    auto const place = farm::make_run_place(on.runs, job.what.name, conductor::wall_clock_now());
    if (!place) co_return place.error();
    auto order = on.order;
    if (job.recipe_text) order.recipe_text = *job.recipe_text;
    auto const file = place->folder / folder::names::order;
    auto const written =
        folder::write_document(file, folder::to_text(order, plan::to_text(job.what)));
    if (!written) co_return written.error();
    bool begun = false;
    farm::line_sink const told = [this, &begun, &place](std::string_view text) {
      if (!std::exchange(begun, true)) noting_.spawn(note_begin(place->folder));
      if (auto const now = conductor::progress_from(text)) line_.show(*now);
    };
    farm::close_run const end = close;
    auto report =
        co_await farm::play_in_child(time_, pool_, stop_, terms_, place->folder, told, end);
    if (!report) co_return report;
    auto const ended = [this, &report] { return gather_.ended(report.value()); };
    gathered_[report->run.facts.uid] = co_await loop::offload(pool_, ended);
    co_return report;
  }

  // What became of it in the database; once, after it was played.
  gathered_run gathered(farm::run_report const& report) {
    auto found = gathered_.extract(report.run.facts.uid);
    return found ? std::move(found.mapped()) : gathered_run{};
  }
  // When all have been played.
  loop::awaitable<void> finish() { co_await noting_.join(); }

 private:
  loop::awaitable<void> note_begin(std::filesystem::path folder) {
    auto const note = [this, folder] {
      gather_.began(folder);
      return true;
    };
    co_await loop::offload(pool_, note);
  }

  static result<folder::run_contents> close(std::filesystem::path const& folder,
                                            std::string const& why) {
    vm::runtime_directory::sweep();
    return conductor::close_abandoned(folder, why, "wedgehog " WEDGEHOG_VERSION);
  }

  loop::clock& time_;
  asio::thread_pool& pool_;
  loop::interruption& stop_;
  progress_line& line_;
  gathering& gather_;
  loop::nursery noting_;
  std::map<std::string, gathered_run> gathered_;  // by uid
  farm::performer_terms terms_;
};

loop::awaitable<void> perform(setting& all, asio::thread_pool& pool, loop::interruption& stop) {
  static loop::real_clock time;
  auto const where = find_places();
  if (!where) co_return note_trouble(all, where.error());
  auto opened = open_results(all.common.results);
  if (!opened) co_return note_trouble(all, opened.error());
  if (int const swept = vm::runtime_directory::sweep(); swept > 0 && !all.common.quiet)
    tell("wedgehog: removed the memory of {} whose performer is gone\n",
         swept == 1 ? "a machine" : fmt::format("{} machines", swept));

  auto const staged = co_await order_of_stage(time, stop, all.options, all.common, where.value());
  if (!staged) co_return note_trouble(all, staged.error());
  if (!*staged) co_return;
  auto order = **staged;
  for (auto& job : all.jobs) job.what = plan::scaled(job.what, order.time_scale);
  progress_line line(all.common.quiet, all.jobs.size());
  gathering gather(*opened);
  performers each(time, pool, stop, line, gather, co_await loop::asio::this_coro::executor);
  auto const on_report = [&](farm::run_report const& report) {
    line.clear();
    auto const gathered = each.gathered(report);
    if (!gathered.trouble.empty())
      complain("the run is whole in its folder, but not in the database: " + gathered.trouble, 0);
    all.on_report(report, gathered.run);
  };
  // Runs of one image after those of another: each is built once, before its first run.
  for (auto& [image_name, packages, jobs] : by_image(std::move(all.jobs))) {
    if (stop.requested()) break;
    auto options = options_for(where.value(), jobs.front().what, all.options.image);
    auto making = ensure_image(where.value(), image_name, std::move(options), all.common.quiet);
    auto const image = co_await stop.unless_requested(std::move(making));
    if (!image) break;
    if (!*image) co_return note_trouble(all, image->error());
    order.image_folder = (*image)->folder;
    order.image_profile = home_of(where.value(), image_name).profile;
    ordered_stage const on{opened->directory.root() / "runs", order};
    auto const play = [&](farm::job const& job) { return each.play(on, job); };
    auto const done =
        co_await farm::play_all(play, stop, std::move(jobs), all.options.terms, on_report);
    line.clear();
    co_await each.finish();
    if (!done) co_return note_trouble(all, done.error());
  }
}

}  // namespace

image_options options_for(places const& where, plan::plan const& what, image_options const& asked) {
  auto options = asked;
  // A disk has what is on it: whether that will do was said before.
  if (!home_of(where, what.image).adopted)
    options.packages.insert(options.packages.end(), what.packages.begin(), what.packages.end());
  return options;
}

double usual_time_scale(vm::accelerator which) {
  return which == vm::accelerator::kvm ? 1 : 2;
}

session_outcome perform_session(
    session_options const& options, common_options const& common, std::vector<farm::job> jobs,
    std::function<void(farm::run_report const&, store::stored_run const&)> on_report) {
  setting all{options, common, std::move(jobs), std::move(on_report)};
  all.outcome.interrupted = perform_interruptible(
      [&](work_context context) { return perform(all, context.pool, context.stop); });
  return all.outcome;
}

farm::host_room room_here() {
  auto const promised = vm::runtime_directory::promised();
  return farm::seen_room(vm::runtime_directory::parent(), promised ? *promised : 0);
}

farm::host_room memory_here() {
  auto const promised = vm::runtime_directory::promised();
  return farm::seen_memory(vm::runtime_directory::parent(), promised ? *promised : 0);
}

namespace {

// Of a far host nothing is known but what hosts.yaml says.
constexpr std::size_t at_once_elsewhere = 4;

void choose_jobs(session_options& options, std::uint64_t largest_machine) {
  options.terms.at_once = at_once_elsewhere;
  options.terms.backs_off = [](std::string const& said) { tell("wedgehog: {}\n", said); };
  if (!options.on.empty()) return;
  auto const one = options.clone ? farm::needs_of_clone(largest_machine)
                                 : farm::needs_of_booted(largest_machine);
  auto const fit = farm::admit(room_here(), one);
  options.terms.at_once = std::max<std::size_t>(1, fit.fit);
  tell("wedgehog: {} at once; what limits them is {}\n", options.terms.at_once, fit.limited_by);
}

}  // namespace

result<void> settle_place(session_options& options, std::uint64_t largest_machine) {
  auto const host = host_named(options.on);
  if (!host) return host.error();
  options.on = host->uri;
  if (options.disks_from.empty()) options.disks_from = host->disks_from;
  if (options.disks_tls.empty()) options.disks_tls = host->disks_tls;
  // What is wrong with them is said before the first of many runs.
  if (!options.disks_tls.empty())
    if (auto const good = tls::certificates::read(options.disks_tls); !good) return good.error();
  if (options.terms.at_once == 0) choose_jobs(options, largest_machine);
  auto const most =
      vm::at_once_on(*host, static_cast<std::size_t>(options.terms.at_once), largest_machine);
  options.terms.at_once = static_cast<decltype(options.terms.at_once)>(most);
  return {};
}

namespace {

// Whoever plays the runs works elsewhere.
std::string absolute_path(std::string const& given) {
  return given.empty() ? given : std::filesystem::absolute(given).lexically_normal().string();
}

}  // namespace

void add_stage_options(CLI::App& to, session_options& options) {
  static std::map<std::string, vm::accel_choice> const choices{
      {"auto", vm::accel_choice::automatic},
      {"kvm", vm::accel_choice::kvm},
      {"tcg", vm::accel_choice::tcg}};
  to.add_option("--accel", options.accel,
                "auto (KVM when a test guest proves that it works), kvm or tcg")
      ->transform(CLI::CheckedTransformer(choices, CLI::ignore_case));
  to.add_option("--time-scale", options.time_scale,
                "Stretch every budget by this factor (default: 1 with KVM, 2 with TCG)")
      ->check(CLI::Range(0.1, 1000.0));
  to.add_option("--qemu", options.qemu, "The QEMU program")->capture_default_str();
  to.add_flag("--clone", options.clone,
              "Begin every machine as a copy of one that was booted and frozen, as `machine: "
              "{start: clone}` does");
  to.add_option("--on", options.on,
                "Where the machines are: a host of hosts.yaml, or a libvirt URI (qemu:///session, "
                "qemu:///system, qemu+ssh://HOST/system …); without, QEMU on this host as our "
                "child");
  to.add_option("--disks-from", options.disks_from,
                "With --on: the address of this host by which QEMU there reaches its disks, where "
                "it is not that of the way to it");
  to.add_option("--disks-tls", options.disks_tls,
                "With --on: encrypt the disks on their way to QEMU there, with this folder's "
                "server-cert.pem, server-key.pem and, where QEMU must show a certificate, too, "
                "ca-cert.pem")
      ->transform(absolute_path);
  to.add_option("--kernel-package", options.image.kernel_package,
                "Debian package of the guest's kernel");
  to.add_option("--kernel", options.image.kernel, "Your own bzImage …");
  to.add_option("--modules", options.image.modules, "… and its modules");
  to.add_option("--package", options.image.packages,
                "linux: one more Debian package with the libraries it needs (repeatable)");
}

void add_session_options(CLI::App& to, session_options& options) {
  add_stage_options(to, options);
  to.add_option_function<std::string>(
        "-j,--jobs",
        [&options](std::string const& asked) {
          options.terms.at_once = asked == "auto" ? 0 : std::stoul(asked);
        },
        "So many runs at once; auto: as many as this host has room for, and fewer when it starves "
        "one")
      ->check(CLI::IsMember({"auto"}) | CLI::Range(1, 1000))
      ->default_str(std::to_string(options.terms.at_once));
  to.add_flag("--again-if-starved,!--no-again-if-starved", options.terms.again_if_starved,
              "Do a run that the host starved beside others again, alone, and let that count")
      ->capture_default_str();
}

}  // namespace wedgehog::cli
