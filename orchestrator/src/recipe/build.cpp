#include "recipe/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ensure.hpp"
#include "base/pattern.hpp"
#include "plan/disk_faults.hpp"
#include "recipe/scalar.hpp"
#include "recipe/steps.hpp"

namespace wedgehog::recipe {
namespace {

word const& section(std::string_view name) {
  auto const* found = find_word(place::section, name);
  ensure(found != nullptr, "every section has its row");
  return *found;
}

// A section that was left out has its presets.
node const& below_or_nothing(fields const& given, std::string_view name) {
  static node const nothing;
  auto const* found = given.below(name);
  return found == nullptr ? nothing : *found;
}

plan::machine read_machine(checker& check, fields const& top, options const& chosen,
                           std::string const& image) {
  auto const given = check.check(section("machine"), below_or_nothing(top, "machine"));
  // Whoever names several leaves it to them, unless the recipe says a number.
  bool const exchanged = !chosen.on_images.empty() || (top.has("images") && !given.has("memory"));
  auto const least = chosen.least_memory.find(image);
  auto const floor = exchanged && least != chosen.least_memory.end() ? least->second : 0;
  if (!exchanged && least != chosen.least_memory.end() && given.known("memory") &&
      given.count("memory").value_or(0) < least->second)
    check.complaints().add(given.where("memory"),
                           fmt::format("the image '{}' needs at least {} of memory, or it does not "
                                       "boot",
                                       least->first, print_size(least->second)));
  return {
      .vcpus = static_cast<std::uint32_t>(given.count("vcpus").value_or(0)),
      .memory = std::max<std::uint64_t>(given.count("memory").value_or(0), floor),
      .accel = given.choice<plan::accelerator>("accelerator"),
      .kernel_arguments = given.list("kernel_arguments"),
      .sysctls = given.settings("sysctls"),
      .modules = given.list("modules"),
      .start = chosen.as_clones ? plan::beginning::clone : given.choice<plan::beginning>("start")};
}

// What the recipe does not say about a disk's errors.
struct unsaid_policies {
  bool reads = false;
  bool writes = false;
};

std::vector<plan::disk> read_disks(checker& check, fields const& top,
                                   std::vector<unsaid_policies>& unsaid) {
  std::vector<plan::disk> disks;
  auto const* listed = top.below("disks");
  if (listed == nullptr) return disks;
  parameter const name{"disks", value_kind::name};
  for (auto const& [key, value] : listed->entries) {
    auto const called = check.scalar(name, *key);
    // virtio-blk keeps 20 bytes of a serial number, and the guest finds the disk by it.
    if (called && called->size() > 20)
      check.complaints().add(*key, "the name of a disk is at most 20 characters long");
    auto const given = check.check(section("disk"), *value);
    disks.push_back({.name = called.value_or(key->value),
                     .size = given.count("size").value_or(0),
                     .base = given.text("base"),
                     .read_errors = given.choice<plan::error_policy>("on_read_error"),
                     .write_errors = given.choice<plan::error_policy>("on_write_error"),
                     .cache = given.choice<plan::disk_cache>("cache"),
                     .reconnect = given.duration("reconnect").value_or(microseconds(0)),
                     .full_host = given.choice<plan::full_host>("on_full_host")});
    unsaid.push_back({!given.has("on_read_error"), !given.has("on_write_error")});
    if (disks.back().cache == plan::disk_cache::volatile_)
      disks.back().cache_size = given.count("cache_size").value_or(0);
    else if (given.has("cache_size"))
      check.complaints().add(given.where("cache_size"),
                             "`cache_size` belongs to a disk with `cache: volatile`");
    if (disks.back().reconnect % std::chrono::seconds(1) != microseconds(0))
      check.complaints().add(given.where("reconnect"), "`reconnect` is in whole seconds");
    if (disks.back().size % 512 != 0)
      check.complaints().add(given.where("size"), "a disk's size is a multiple of 512 bytes");
  }
  return disks;
}

std::map<std::string, std::string> read_files(checker& check, fields const& top,
                                              options const& chosen) {
  std::map<std::string, std::string> files;
  for (auto const& [to, from] : top.settings("files")) {
    if (!is_guest_path(to))
      check.complaints().add(
          top.where("files"),
          fmt::format("'{}' is not a path in the guest; write `/bin/fsx: FILE OF "
                      "THIS HOST`, without .., spaces and quotes",
                      shown(to)));
    else if (from.find('\0') != std::string::npos || from.empty())
      check.complaints().add(top.where("files"),
                             fmt::format("'{}' has no file of this host", shown(to)));
    else
      files[to] =
          from.starts_with('/') || chosen.folder.empty() ? from : chosen.folder + "/" + from;
  }
  return files;
}

// QEMU is told when it starts, so all that may come is looked at.
void decide_policies(plan::plan& built, std::vector<unsaid_policies> const& unsaid) {
  for (std::size_t i = 0; i < built.disks.size(); ++i) {
    auto& disk = built.disks[i];
    auto const best = plan::best_policies(built, disk);
    if (unsaid[i].reads) disk.read_errors = best.reads;
    if (unsaid[i].writes) disk.write_errors = best.writes;
  }
}

plan::budgets read_budgets(checker& check, fields const& top) {
  auto const given = check.check(section("budgets"), below_or_nothing(top, "budgets"));
  plan::budgets const read{.boot = given.duration("boot").value_or(microseconds(0)),
                           .no_progress = given.duration("no_progress").value_or(microseconds(0)),
                           .run = given.duration("run").value_or(microseconds(0)),
                           .collect = given.duration("collect").value_or(microseconds(0))};
  if (given.known("run") && read.no_progress >= read.run)
    check.complaints().add(given.where(given.has("no_progress") ? "no_progress" : "run"),
                           fmt::format("the budget `no_progress` ({}) must be smaller than `run` "
                                       "({}), or it can never be used up",
                                       print_duration(read.no_progress), print_duration(read.run)));
  return read;
}

std::vector<std::string> kinds_of(std::string_view verdict) {
  std::vector<std::string> kinds;
  for (auto const& row : kind_words())
    if (row.of == verdict) kinds.emplace_back(row.name);
  return kinds;
}

void check_kind(checker& check, fields const& given) {
  if (!given.known("kind") || (!given.known("verdict") && !given.has("failed"))) return;
  auto const verdict = given.has("failed") ? "failed" : given.text("verdict");
  auto const kinds = kinds_of(verdict);
  if (std::find(kinds.begin(), kinds.end(), given.text("kind")) != kinds.end()) return;
  check.complaints().add(
      given.where("kind"),
      kinds.empty() ? fmt::format("`{}` has no kinds", verdict)
                    : fmt::format("'{}' is not a kind of `{}`", given.text("kind"), verdict),
      kinds, given.text("kind"));
}

// Nobody recovers or answers who is not asked to.
void check_what_is_asked(checker& check, fields const& given, fields const& top,
                         std::vector<std::string> const& probes) {
  if (given.has("recovery") && !top.has("recovery"))
    check.complaints().add(given.where("recovery"), "this recipe has no `recovery`");
  for (auto const& name : given.list("answers"))
    if (std::find(probes.begin(), probes.end(), name) == probes.end())
      check.complaints().add(given.where("answers"),
                             fmt::format("'{}' is not among the `probes` of `on_failure`", name),
                             probes, name);
}

// Whether the combination has all the values that `when` asks for.
bool fits(checker& check, fields const& given, matrix const& variants) {
  bool all = true;
  for (auto const& [name, value] : given.settings("when")) {
    auto const* row = variants.row(name);
    if (row == nullptr) {
      if (!variants.broken.contains(name))
        check.complaints().add(given.where("when"),
                               fmt::format("'{}' is not a variant of this recipe", shown(name)),
                               variants.names(), name);
      all = false;
      continue;
    }
    if (!row->known.contains(value))
      check.complaints().add(given.where("when"),
                             fmt::format("the variant `{}` never is '{}'", name, shown(value)),
                             row->values, value);
    auto const chosen = check.values().find(name);
    all = all && chosen != check.values().end() && chosen->second == value;
  }
  return all;
}

plan::expectation read_expectation(checker& check, fields const& top, matrix const& variants,
                                   plan::plan const& built, step_reader& steps) {
  auto const* written = top.below("expect");
  if (written == nullptr) return {};
  std::vector<node const*> alternatives{written};
  if (written->kind == node_kind::list) {
    alternatives.clear();
    for (auto const& item : written->items) alternatives.push_back(item.get());
  }
  std::optional<plan::expectation> chosen;
  bool always = false;
  for (auto const* each : alternatives) {
    auto const given = check.check(section("expectation"), *each);
    check_kind(check, given);
    check_what_is_asked(check, given, top, built.on_failure.probes);
    steps.refer_to_step(given, "failed");
    if (given.duration("by").value_or(microseconds(0)) > built.limits.run)
      check.complaints().add(given.where("by"), "`by` lies beyond the budget `run`");
    if (always)
      check.complaints().add(*each, "this is never asked: the expectation above it fits always");
    always = always || !given.has("when");
    if (!fits(check, given, variants) || chosen) continue;
    chosen.emplace();
    chosen->verdict = given.has("failed") ? "failed" : given.text("verdict");
    chosen->failed_step = given.text("failed");
    if (given.known("kind")) chosen->kind = given.text("kind");
    chosen->by = given.duration("by");
    if (given.known("recovery")) chosen->recovery = given.text("recovery");
    chosen->answers = given.list("answers");
  }
  if (alternatives.empty()) check.complaints().add(*written, "`expect` is empty");
  if (!chosen && !alternatives.empty() && variants.broken.empty())
    check.complaints().add(*written,
                           "no expectation fits every variant; end the list with one "
                           "that has no `when`");
  return chosen.value_or(plan::expectation{});
}

std::vector<plan::console_rule> read_console(checker& check, fields const& top) {
  std::vector<plan::console_rule> rules;
  auto const* listed = top.below("console");
  if (listed == nullptr) return rules;
  for (auto const& item : listed->items) {
    auto const given = check.check(section("console rule"), *item);
    rules.push_back({.name = given.text("name"),
                     .pattern = given.text("pattern"),
                     .means = given.choice<plan::severity>("severity")});
    if (!given.known("pattern")) continue;
    auto const compiled = pattern::compile(rules.back().pattern);
    // A text that holds an earlier rule's text can never be reached: the earlier one takes it.
    for (std::size_t i = 0; i + 1 < rules.size(); ++i) {
      auto const earlier = pattern::compile(rules[i].pattern);
      bool const taken = rules[i].pattern == rules.back().pattern ||
                         (earlier && earlier->literal() && compiled->literal() &&
                          earlier->occurs_in(rules.back().pattern));
      if (!taken) continue;
      check.complaints().add(given.where("pattern"),
                             fmt::format("this rule is never reached: '{}' above it matches every "
                                         "line that it matches; put this one first",
                                         rules[i].name));
      break;
    }
  }
  return rules;
}

void expect_image(checker& check, node const& where, std::string const& image,
                  options const& chosen) {
  if (chosen.images.empty() ||
      std::find(chosen.images.begin(), chosen.images.end(), image) != chosen.images.end())
    return;
  check.complaints().add(
      where,
      fmt::format("there is no image '{}'; `wedgehog explain image` says how one is had",
                  shown(image)),
      chosen.images, image);
}

// What they are, not how often or in which order they were named, decides which image it is.
std::vector<std::string> read_packages(fields const& top) {
  auto const named = top.list("packages");
  std::set<std::string> const each(named.begin(), named.end());
  return {each.begin(), each.end()};
}

std::string image_of(checker& check, fields const& top, matrix const& variants,
                     options const& chosen) {
  if (auto const* listed = top.below("images"); listed != nullptr && chosen.on_images.empty())
    for (auto const& item : listed->items) expect_image(check, *item, item->value, chosen);
  if (top.known("image") && chosen.on_images.empty())
    expect_image(check, top.where("image"), top.text("image"), chosen);
  if (variants.by_image) return check.values().at(std::string(image_variant));
  return chosen.on_images.empty() ? top.text("image") : chosen.on_images.front();
}

std::vector<std::string> read_probes(checker& check, fields const& given) {
  if (!given.has("probes")) return {"echo", "sysrq-w", "io"};
  auto names = given.list("probes");
  std::vector<std::string> known;
  for (auto const& one : find_parameter(section("on_failure"), "probes")->choices)
    known.emplace_back(one.name);
  for (auto const& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      check.complaints().add(given.where("probes"), fmt::format("'{}' is not a probe", name), known,
                             name);
  return names;
}

plan::debugger_questions read_debugger(checker& check, fields const& on_failure,
                                       std::vector<std::string> const& probes) {
  auto const given = check.check(section("debugger"), below_or_nothing(on_failure, "debugger"));
  if (on_failure.has("debugger") &&
      std::find(probes.begin(), probes.end(), "debugger") == probes.end())
    check.complaints().add(on_failure.where("debugger"),
                           "`debugger` is not among the `probes`: nobody would ask it");
  return {.ask = given.list("ask"), .go_on = given.text("then") == "go-on"};
}

}  // namespace

plan::plan build(node const& recipe, checker& check, matrix const& variants,
                 options const& chosen) {
  auto const top = check.check(key_words().front(), recipe);
  plan::plan built;
  built.name = top.text("name");
  built.about = top.text("about");
  built.image = image_of(check, top, variants, chosen);
  built.packages = read_packages(top);
  built.guest = read_machine(check, top, chosen, built.image);
  std::vector<unsaid_policies> unsaid;
  built.disks = read_disks(check, top, unsaid);
  built.files = read_files(check, top, chosen);
  built.limits = read_budgets(check, top);
  auto const on_failure = check.check(section("on_failure"), below_or_nothing(top, "on_failure"));
  built.on_failure.probes = read_probes(check, on_failure);
  built.on_failure.debugger = read_debugger(check, on_failure, built.on_failure.probes);
  built.console = read_console(check, top);

  step_reader::step_scope scope{.run_budget = built.limits.run,
                                .collections = chosen.collections,
                                .read_file = chosen.read_file};
  for (auto const& each : built.disks) scope.disks.push_back(each.name);
  step_reader reader(check, std::move(scope));
  built.expects = read_expectation(check, top, variants, built, reader);
  if (auto const* faults = top.below("faults"))
    for (auto const& each : faults->items) built.faults.push_back(reader.read_scheduled(*each));
  if (auto const* steps = top.below("after_boot"))
    built.after_boot = reader.read_after_boot(*steps);
  if (auto const* steps = top.below("steps")) built.steps = reader.read_list(*steps);
  decide_policies(built, unsaid);
  built.recovery = reader.read_recovery(top.below("recovery"), built.limits.no_progress);
  reader.check_references();
  reader.check_step_places(built);
  built.on_failure.collect = reader.read_collections(on_failure, "collect");
  return built;
}

}  // namespace wedgehog::recipe
