// wedgehog campaign start|resume|stop|status|report|list: many runs with one purpose.
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <random>

#include "cli/backend_on.hpp"
#include "cli/campaign_night.hpp"
#include "cli/campaign_report.hpp"
#include "cli/campaign_table.hpp"
#include "cli/lacks.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "conductor/planned_machine.hpp"
#include "report/escape.hpp"

namespace wedgehog::cli {
namespace {

struct campaign_options {
  std::string file;
  std::string which = "latest";
  std::string name;
  std::string shard = "1/1";
  std::string executor;   // empty: children of this process, or what the campaign began with
  std::size_t slots = 0;  // 0: as the file says, or one
  bool with_changes = false;
  bool take_over = false;
  bool after_running = false;
  session_options session;
};

result<farm::shard> shard_in(std::string const& text) {
  farm::shard part{0, 0};
  char rest = 0;
  auto const read = std::sscanf(text.c_str(), "%lu/%lu%c", &part.number, &part.of, &rest);
  if (read != 2 || part.number < 1 || part.number > part.of || part.of > 10'000)
    return recipe_error(
        fmt::format("--shard wants I/N, as 2/8 for the second of eight, not '{}'", text));
  return part;
}

night_settings settings_of(campaign_options const& asked, plan::campaign const& campaign,
                           farm::shard part) {
  auto const& session = asked.session;
  static std::map<vm::accel_choice, std::string> const words{{vm::accel_choice::automatic, "auto"},
                                                             {vm::accel_choice::kvm, "kvm"},
                                                             {vm::accel_choice::tcg, "tcg"}};
  std::random_device entropy;
  auto const drawn = (static_cast<std::uint64_t>(entropy()) << 32U) | entropy();
  return {.accel = words.at(session.accel),
          .qemu = session.qemu,
          .on = session.on,
          .disks_from = session.disks_from,
          .disks_tls = session.disks_tls,
          .kernel_package = session.image.kernel_package,
          .kernel = session.image.kernel,
          .modules = session.image.modules,
          .executor = asked.executor.empty() ? "local" : asked.executor,
          .seed = std::to_string(campaign.seed.value_or(drawn)),
          .packages = session.image.packages,
          .time_scale = session.time_scale,
          .clone = session.clone,
          .slots = asked.slots > 0 ? asked.slots : campaign.slots.value_or(1),
          .shard = part.number,
          .shards = part.of};
}

session_options session_of(night_settings const& settings) {
  session_options session;
  session.accel = settings.accel == "kvm"   ? vm::accel_choice::kvm
                  : settings.accel == "tcg" ? vm::accel_choice::tcg
                                            : vm::accel_choice::automatic;
  session.time_scale = settings.time_scale;
  session.clone = settings.clone;
  session.qemu = settings.qemu;
  session.on = settings.on;
  session.disks_from = settings.disks_from;
  session.disks_tls = settings.disks_tls;
  session.image = {.kernel_package = settings.kernel_package,
                   .kernel = settings.kernel,
                   .modules = settings.modules,
                   .packages = settings.packages};
  return session;
}

std::uint64_t largest_of(campaign_cells const& all) {
  std::uint64_t largest = 0;
  for (auto const& cell : all.cells) largest = std::max(largest, cell.what().guest.memory);
  return largest;
}

// What these machines lack is said before the first of a thousand runs.
int check_place(night_request& asked) {
  asked.session.terms.at_once = asked.settings.slots;
  if (auto const settled = settle_place(asked.session, largest_of(asked.what)); !settled)
    return complain(settled.error().message(), exit_usage);
  asked.settings.slots = asked.session.terms.at_once;
  auto const place = backend_on(asked.session.on);
  if (!place) return complain_of(place.error());
  std::size_t lacks = 0;
  for (auto const& one : asked.what.recipes) lacks += print_lacks({*one}, place->kind, true);
  if (lacks > 0) return exit_usage;
  for (auto const& cell : asked.what.cells)
    if (auto fits = conductor::inputs_are_there(cell.what()); !fits)
      return complain(fmt::format("{}: {}", plan::title(cell.what()), fits.error().message()),
                      exit_usage);
  return 0;
}

int start(campaign_options const& asked, common_options const& common) {
  auto const part = shard_in(asked.shard);
  if (!part) return complain(part.error().message(), exit_usage);
  auto what = read_campaign(asked.file, asked.session.clone);
  if (!what) return complain_of(what.error());
  night_request request{.what = std::move(what.value()), .session = asked.session};
  request.settings = settings_of(asked, request.what.campaign, *part);
  request.name = asked.name;
  if (int const code = check_place(request); code != 0) return code;
  return play_night(request, common);
}

// The one that is meant: of shards with one name the one that began last.
result<store::campaign> chosen_campaign(std::string const& which, common_options const& common) {
  auto opened = read_results(common.results);
  if (!opened) return opened.error();
  auto all = opened->database.campaigns_called(which);
  if (!all) return all.error();
  return all->front();
}

int resume(campaign_options const& asked, common_options const& common) {
  auto const row = chosen_campaign(asked.which, common);
  if (!row) return complain_of(row.error());
  if (row->state == store::campaign_state::done)
    return complain(fmt::format("the campaign {} is done: {}; `campaign start` begins another",
                                row->name, row->why),
                    exit_usage);
  night_settings settings;
  boost::system::error_code failure;
  if (auto const read = json::parse(row->settings, failure); !failure && read.is_object())
    from_object(read.get_object(), settings);
  auto what = read_campaign(row->file, settings.clone);
  if (!what) return complain_of(what.error());
  night_request request{.what = std::move(what.value()),
                        .settings = std::move(settings),
                        .uid = row->uid,
                        .with_changes = asked.with_changes,
                        .take_over = asked.take_over};
  if (asked.slots > 0) request.settings.slots = asked.slots;
  if (!asked.executor.empty()) request.settings.executor = asked.executor;
  if (request.settings.executor.empty()) request.settings.executor = "local";
  request.session = session_of(request.settings);
  if (int const code = check_place(request); code != 0) return code;
  return play_night(request, common);
}

int stop(campaign_options const& asked, common_options const& common) {
  auto const row = chosen_campaign(asked.which, common);
  if (!row) return complain_of(row.error());
  if (store::state_seen(*row) != store::campaign_state::running || !row->supervisor)
    return complain(fmt::format("the campaign {} is not under way", row->name), exit_usage);
  auto const& whose = *row->supervisor;
  if (store::look_for(whose) != store::presence::alive)
    return complain(fmt::format("the supervisor of {} is process {} on {}: stop it there",
                                row->name, whose.pid, whose.host),
                    exit_usage);
  // A pid that was used again is not met: the handle is of the process that was looked at.
  int const handle = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(whose.pid), 0));
  bool const same = handle >= 0 && store::look_for(whose) == store::presence::alive;
  bool const sent = same && ::syscall(SYS_pidfd_send_signal, handle,
                                      asked.after_running ? last_orders : SIGTERM, nullptr, 0) == 0;
  if (handle >= 0) ::close(handle);
  if (!sent) return complain("the supervisor could not be told to stop", exit_inconclusive);
  if (!common.quiet)
    print("told process {} to stop; its runs end {}, and `wedgehog campaign resume {}` goes on\n",
          whose.pid, asked.after_running ? "by themselves" : "with their evidence kept", row->name);
  return 0;
}

campaign_sight sight_of(store::campaign const& row, std::vector<store::cell_sum> const& sums) {
  campaign_sight sight{.name = row.name};
  auto const state = store::state_seen(row);
  sight.where = fmt::format("{}{}{}", name_of(state), row.why.empty() ? "" : ": ", row.why);
  if (state == store::campaign_state::stopped && row.state != state)
    sight.where = "stopped: its supervisor is gone; `wedgehog campaign resume` goes on";
  for (auto const& one : sums) {
    auto const count = [](std::int64_t number) { return static_cast<std::uint64_t>(number); };
    sight.cells.push_back({.name = {one.recipe, one.variant, one.image},
                           .done = count(one.done),
                           .void_runs = count(one.void_runs),
                           .hits = count(one.hits),
                           .hours = one.hours});
  }
  return sight;
}

json::object as_json(store::campaign const& row, std::vector<store::cell_sum> const& sums) {
  json::array cells;
  for (auto const& one : sums)
    cells.push_back(json::object{{"recipe", one.recipe},
                                 {"variant", one.variant},
                                 {"image", one.image},
                                 {"runs", one.done},
                                 {"void", one.void_runs},
                                 {"hits", one.hits},
                                 {"hours", one.hours}});
  return {{"campaign", row.name},
          {"uid", row.uid},
          {"state", name_of(store::state_seen(row))},
          {"why", row.why},
          {"started", store::to_text(row.started)},
          {"ended", row.ended ? json::value(store::to_text(*row.ended)) : json::value()},
          {"file", row.file},
          {"cells", std::move(cells)}};
}

int status(campaign_options const& asked, common_options const& common) {
  auto opened = read_results(common.results);
  if (!opened) return complain_of(opened.error());
  auto const all = opened->database.campaigns_called(asked.which);
  if (!all) return complain_of(all.error());
  for (auto const& row : *all) {
    auto const sums = opened->database.campaign_cells(row.uid, {});
    if (!sums) return complain_of(sums.error());
    if (common.json) {
      print("{}\n", json::serialize(as_json(row, *sums)));
      continue;
    }
    for (auto const& line : table_of(sight_of(row, *sums), 200)) print("{}\n", line);
  }
  return 0;
}

int list(common_options const& common) {
  auto opened = read_results(common.results);
  if (!opened) return complain_of(opened.error());
  auto const all = opened->database.campaigns();
  if (!all) return complain_of(all.error());
  if (all->empty() && !common.json) print("no campaigns yet\n");
  for (auto const& row : *all) {
    if (common.json)
      print("{}\n", json::serialize(as_json(row, {})));
    else
      print("{}  {:24}  {:8}  {}  {}\n", row.uid.substr(0, 8), report::for_terminal(row.name),
            name_of(store::state_seen(row)), store::to_text(row.started).substr(0, 16),
            report::for_terminal(row.why));
  }
  return 0;
}

}  // namespace

void add_campaign(CLI::App& to, common_options& common, action& act) {
  auto* campaign = to.add_subcommand(
      "campaign", "Many runs with one purpose, as a file says it: `wedgehog explain campaign`");
  campaign->require_subcommand(1);
  auto asked = std::make_shared<campaign_options>();
  auto const set = [&act, &common, asked](CLI::App* command, auto what) {
    command->callback([&act, &common, asked, what] {
      act = [asked, &common, what] { return what(*asked, common); };
    });
  };
  auto const slots = [asked](CLI::App* command) {
    command->add_option("-j,--slots", asked->slots, "So many runs at once")
        ->check(CLI::Range(1, 10'000));
  };
  auto const executor = [asked](CLI::App* command) {
    command->add_option("--executor", asked->executor,
                        "Where runs are played: local; slurm, whose nodes see the folder of the "
                        "results; srun, whose nodes share no folder; with words for sbatch or "
                        "srun, as 'slurm:--partition=night --account=me'");
  };
  auto const which = [asked](CLI::App* command) {
    command->add_option("campaign", asked->which,
                        "Its name, the beginning of its uid, or latest (the default)");
  };

  auto* begin = campaign->add_subcommand("start", "Begin a campaign, and play it until it is over");
  begin->add_option("file", asked->file, "The campaign file (YAML)")->required();
  begin->add_option("--name", asked->name, "Call it so, instead of as the file does");
  begin
      ->add_option("--shard", asked->shard,
                   "I/N: play only this part of the runs; shards of one name are counted "
                   "together once `results merge` has brought them together")
      ->capture_default_str();
  add_stage_options(*begin, asked->session);
  slots(begin);
  executor(begin);
  set(begin, start);

  auto* again = campaign->add_subcommand(
      "resume", "Go on where a campaign ended that was stopped or killed; what had ended is kept");
  which(again);
  slots(again);
  executor(again);
  again->add_flag("--with-changes", asked->with_changes,
                  "Also when recipes or images are not any more what they were");
  again->add_flag("--take-over", asked->take_over,
                  "Also when its supervisor may live on a host that cannot be asked");
  set(again, resume);

  auto* end = campaign->add_subcommand("stop", "End a campaign's supervisor; it can be resumed");
  which(end);
  end->add_flag("--after-running", asked->after_running,
                "Begin no run any more, and let those end that are under way");
  set(end, stop);

  auto* look = campaign->add_subcommand("status", "What a campaign has found so far");
  which(look);
  set(look, status);

  auto* told = campaign->add_subcommand(
      "report", "What a night found, and what is different from another one");
  auto night = std::make_shared<night_report_options>();
  told->add_option("campaign", night->night,
                   "Its name, the beginning of its uid, or latest (the default)");
  told->add_option("--against", night->against, "The other night");
  told->add_option("--html", night->html, "Also write an HTML page to this file");
  told->add_option("--junit", night->junit, "Also write a JUnit XML report to this file");
  told->callback([night, &common, &act] {
    act = [night, &common] { return report_campaign(*night, common); };
  });

  auto* all = campaign->add_subcommand("list", "All campaigns");
  set(all, [](campaign_options const&, common_options const& how) { return list(how); });
}

}  // namespace wedgehog::cli
