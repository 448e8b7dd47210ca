// wedgehog results ingest|merge|rebuild|upgrade|gc|alias: keeping the index of runs in order.
#include <fmt/format.h>

#include <memory>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "cli/places.hpp"
#include "cli/terminal.hpp"
#include "folder/wall_clock.hpp"
#include "report/escape.hpp"

namespace wedgehog::cli {
namespace {

struct upkeep_options {
  std::vector<std::string> folders;
  std::string other;
  bool copy = false;
  std::string signature;
  std::string stands_for;
  bool forget = false;
  std::string age;
  std::optional<std::int64_t> a_signature;
  std::string bytes;
  bool dry = false;
};

// Without marking anything: what is done here is what was asked for.
result<store::results_database> open_for_upkeep(common_options const& common) {
  auto const folder = results_folder(common.results);
  if (!folder) return folder.error();
  auto const directory = store::results_directory::open(folder.value());
  if (!directory) return directory.error();
  auto database = store::results_database::open(directory->database_file());
  if (database && database->backup())
    tell("wedgehog: brought {} up to date; as it was, it is {}\n", database->file().string(),
         database->backup()->string());
  return database;
}

int say(store::gathering const& all, common_options const& common) {
  for (auto const& complaint : all.complaints) complain(report::for_terminal(complaint), 0);
  if (common.json)
    print("{{\"added\":{},\"changed\":{},\"unchanged\":{},\"complaints\":{}}}\n", all.added,
          all.changed, all.unchanged, all.complaints.size());
  else if (!common.quiet)
    print("{} added, {} changed, {} as they were\n", all.added, all.changed, all.unchanged);
  return 0;
}

int ingest(upkeep_options const& asked, common_options const& common) {
  auto database = open_for_upkeep(common);
  if (!database) return complain_of(database.error());
  store::gathering all;
  int worst = 0;
  for (auto const& folder : asked.folders) {
    auto const one = database->ingest(std::filesystem::path(folder));
    if (!one) {
      worst = std::max(worst, complain_of(one.error()));
      continue;
    }
    ++(one->added ? all.added : one->changed ? all.changed : all.unchanged);
    for (auto const& complaint : one->complaints)
      all.complaints.push_back(folder + ": " + complaint);
  }
  say(all, common);
  return worst;
}

int merge(upkeep_options const& asked, common_options const& common) {
  auto database = open_for_upkeep(common);
  if (!database) return complain_of(database.error());
  store::results_database::merge_options how{.copy = asked.copy};
  if (!common.quiet)
    how.tell = [](std::string_view run) {
      tell("wedgehog: copying {}\n", report::for_terminal(run));
    };
  auto const all = database->merge(asked.other, how);
  if (!all) return complain_of(all.error());
  return say(*all, common);
}

int rebuild(common_options const& common) {
  auto database = open_for_upkeep(common);
  if (!database) return complain_of(database.error());
  auto const all = database->rebuild();
  if (!all) return complain_of(all.error());
  return say(*all, common);
}

int upgrade(common_options const& common) {
  auto const database = open_for_upkeep(common);
  if (!database) return complain_of(database.error());
  if (!database->backup() && !common.quiet) print("{} is up to date\n", database->file().string());
  return 0;
}

int alias(upkeep_options const& asked, common_options const& common) {
  auto database = open_for_upkeep(common);
  if (!database) return complain_of(database.error());
  if (asked.forget == !asked.stands_for.empty())
    return complain("alias: give the other name with --of, or --forget", exit_usage);
  auto const done = asked.forget ? database->remove_alias(asked.signature)
                                 : database->add_alias(asked.signature, asked.stands_for,
                                                       folder::wall_clock_now());
  return done ? 0 : complain_of(done.error());
}

result<store::retention> rules_of(upkeep_options const& asked) {
  store::retention rules;
  rules.a_signature = asked.a_signature;
  if (!asked.age.empty()) {
    auto const age = parse_duration(asked.age);
    if (!age) return age.error();
    rules.age = *age;
  }
  if (!asked.bytes.empty()) {
    auto const bytes = parse_size(asked.bytes);
    if (!bytes) return bytes.error();
    rules.bytes = *bytes;
  }
  if (!rules.age && !rules.a_signature && !rules.bytes)
    return recipe_error("gc: say what may go: --older-than, --keep-per-signature or --max-bytes");
  return rules;
}

// A dry run reads; so it works where nothing may be changed.
result<store::results_database> open_for_gc(upkeep_options const& asked,
                                            common_options const& common) {
  if (!asked.dry) return open_for_upkeep(common);
  auto opened = read_results(common.results);
  if (!opened) return opened.error();
  return std::move(opened->database);
}

int make_room(upkeep_options const& asked, common_options const& common) {
  auto const rules = rules_of(asked);
  if (!rules) return complain_of(rules.error());
  auto database = open_for_gc(asked, common);
  if (!database) return complain_of(database.error());
  auto kept = database->evidence_kept();
  if (!kept) return complain_of(kept.error());
  auto const now = folder::wall_clock_now();
  std::uint64_t total = 0;
  for (auto const& one : *kept) total += one.bytes;
  std::uint64_t freed = 0;
  int worst = 0;
  for (auto const& one : store::chosen_by(*rules, std::move(*kept), now)) {
    auto const done =
        asked.dry ? result<std::uint64_t>(one.what.bytes) : database->make_room(one, now);
    if (!done) {
      worst = complain_of(done.error());
      continue;
    }
    freed += *done;
    print("{} {} of {}: {}\n", asked.dry ? "would remove" : "removed", describe_size(*done),
          report::for_terminal(one.what.run.name), report::for_terminal(one.why));
  }
  print("{} of {} {}\n", describe_size(freed), describe_size(total),
        asked.dry ? "would be free" : "are free again");
  return worst;
}

void add_gc(CLI::App& to, common_options& common, action& act) {
  auto asked = std::make_shared<upkeep_options>();
  auto* gc = to.add_subcommand(
      "gc", "Remove timelines and evidence of runs; what they were and their verdicts stay");
  gc->add_option("--older-than", asked->age, "Of runs that began longer ago (30d)");
  gc->add_option("--keep-per-signature", asked->a_signature,
                 "Of each failure, but for the newest so many")
      ->check(CLI::Range(0, 1'000'000));
  gc->add_option("--max-bytes", asked->bytes,
                 "Until all together have no more (20GiB): runs that passed first, then those with "
                 "a newer one of the same failure, then the oldest");
  gc->add_flag("--dry-run", asked->dry, "Only say what would be removed, and why");
  gc->callback(
      [asked, &common, &act] { act = [asked, &common] { return make_room(*asked, common); }; });
}

}  // namespace

void add_upkeep(CLI::App& to, common_options& common, action& act) {
  auto asked = std::make_shared<upkeep_options>();
  auto* taking = to.add_subcommand("ingest", "Take in runs by their folders, also from elsewhere");
  taking->add_option("folders", asked->folders, "Folders of runs")->required();
  taking->callback(
      [asked, &common, &act] { act = [asked, &common] { return ingest(*asked, common); }; });

  auto* merging = to.add_subcommand("merge", "Take in everything that other results know");
  merging->add_option("other", asked->other, "A results folder, or a database file")->required();
  merging->add_flag("--copy", asked->copy,
                    "Copy the folders of runs that have ended; else they stay where they are");
  merging->callback(
      [asked, &common, &act] { act = [asked, &common] { return merge(*asked, common); }; });

  auto* anew = to.add_subcommand("rebuild", "Make the database anew from the folders in runs/");
  anew->callback([&common, &act] { act = [&common] { return rebuild(common); }; });

  auto* newest = to.add_subcommand("upgrade", "Bring an older database up to date, with a copy");
  newest->callback([&common, &act] { act = [&common] { return upgrade(common); }; });

  auto* naming = to.add_subcommand("alias", "Count two signatures as one failure");
  naming->add_option("signature", asked->signature, "The name that is given up")->required();
  naming->add_option("--of", asked->stands_for, "The name under which both are counted");
  naming->add_flag("--forget", asked->forget, "They are two failures after all");
  naming->callback(
      [asked, &common, &act] { act = [asked, &common] { return alias(*asked, common); }; });

  add_gc(to, common, act);
}

}  // namespace wedgehog::cli
