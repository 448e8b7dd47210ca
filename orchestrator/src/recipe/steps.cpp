#include "recipe/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/duration_list.hpp"
#include "base/ensure.hpp"
#include "plan/script_end.hpp"
#include "recipe/scalar.hpp"

namespace wedgehog::recipe {
namespace {

std::vector<std::string> step_names() {
  std::vector<std::string> names;
  for (auto const& row : step_words()) names.emplace_back(row.name);
  return names;
}

bool may_follow_the_end(plan::action const& what) {
  return std::holds_alternative<plan::wait>(what) || std::holds_alternative<plan::expect>(what) ||
         std::holds_alternative<plan::collect>(what) || std::holds_alternative<plan::heal>(what);
}

bool ends_the_machine(plan::action const& what) {
  return std::holds_alternative<plan::power_off>(what) ||
         std::holds_alternative<plan::kill_qemu>(what);
}

// What has no place in `after_boot`, and why.
std::string_view why_not_after_boot(std::string_view word) {
  for (auto const each : {plan::power_cut::word, plan::reboot::word, plan::reset::word,
                          plan::power_off::word, plan::kill_qemu::word})
    if (word == each) return "it would end the life that it begins";
  for (auto const each : {plan::pause::word, plan::resume::word})
    if (word == each) return "a machine is paused among the steps";
  for (auto const each : {plan::inject::word, plan::heal::word})
    if (word == each)
      return "faults of disks live on in the next life; inject among the steps, or by a schedule";
  return {};
}

}  // namespace

std::vector<plan::step> step_reader::read_after_boot(node const& list) {
  after_boot_ = true;
  auto steps = read_list(list);
  after_boot_ = false;
  return steps;
}

std::vector<plan::step> step_reader::read_list(node const& list) {
  if (list.kind != node_kind::list || list.items.empty()) {
    check_.complaints().add(list, "a list of steps is expected here, with at least one step");
    return {};
  }
  std::vector<plan::step> steps;
  for (auto const& each : list.items) steps.push_back(read_step(*each));
  check_after_the_end(list, steps);
  return steps;
}

void step_reader::check_after_the_end(node const& list, std::vector<plan::step> const& steps) {
  auto const end = std::find_if(steps.begin(), steps.end(),
                                [](auto const& each) { return ends_the_machine(each.what); });
  if (end == steps.end()) return;
  for (auto after = end + 1; after != steps.end(); ++after)
    if (!may_follow_the_end(after->what))
      check_.complaints().add(*list.items[static_cast<std::size_t>(after - steps.begin())],
                              fmt::format("`{}` cannot follow `{}`: the machine is gone",
                                          word_of(*after), word_of(*end)));
}

plan::step step_reader::read_step(node const& where) {
  ++order_;
  plan::step read;
  read.line = static_cast<std::uint32_t>(where.line);
  if (where.file != nullptr) read.file = *where.file;
  node const* key = &where;
  node bare;  // what follows a word that stands alone
  static_cast<position&>(bare) = where;
  node const* value = &bare;
  // The word of the step is the first key that may not stand beside one.
  auto const* beside = find_word(place::section, "step");
  ensure(beside != nullptr, "what may stand beside a step has its row");
  auto const is_beside = [&](auto const& entry) {
    return find_parameter(*beside, entry.first->value) != nullptr;
  };
  auto const first = std::find_if_not(where.entries.begin(), where.entries.end(), is_beside);
  if (where.kind == node_kind::mapping && first != where.entries.end()) {
    key = first->first.get();
    value = first->second.get();
    read_label(where, read);
  } else if (where.kind != node_kind::scalar) {
    check_.complaints().add(where, "a step is one word with what it needs, like `run: sync`",
                            step_names());
    return read;
  }
  auto const* word = find_word(place::step, key->value);
  if (word == nullptr) {
    check_.complaints().add(*key, fmt::format("'{}' is not a step", shown(key->value)),
                            step_names(), key->value);
    return read;
  }
  if (auto const why = why_not_after_boot(word->name); after_boot_ && !why.empty())
    check_.complaints().add(*key,
                            fmt::format("`{}` cannot stand in `after_boot`: {}", word->name, why));
  for (auto entry = where.entries.begin(); entry != where.entries.end(); ++entry) {
    if (entry == first || is_beside(*entry)) continue;
    auto const& extra = *entry->first;
    if (find_parameter(*word, extra.value) != nullptr)
      check_.complaints().add(
          extra, fmt::format("'{0}' stands beside `{1}`; put it inside: {1}: {{{0}: …}}",
                             extra.value, word->name));
    else
      check_.complaints().add(extra, fmt::format("a step has one key, and '{}' is a second one "
                                                 "beside `{}`; begin a new step with '- '",
                                                 shown(extra.value), word->name));
  }
  read.what = read_action(*word, *value);
  return read;
}

void step_reader::read_label(node const& where, plan::step& into) {
  auto const* label = where.find("label");
  if (label == nullptr) return;
  auto const text = check_.scalar(find_word(place::section, "step")->parameters.front(), *label);
  if (!text) return;
  // Digits are for paths.
  if (text->front() >= '0' && text->front() <= '9') {
    check_.complaints().add(*label, fmt::format("the label '{}' looks like the path of a step; "
                                                "begin it with a letter",
                                                *text));
    return;
  }
  into.label = *text;
  define(noun::label, *text, {*label, order_});
}

plan::action step_reader::read_action(word const& what, node const& value) {
  if (what.name == plan::inject::word) return read_inject(value);
  using reader = plan::action (step_reader::*)(fields const&);
  static constexpr std::array<std::pair<std::string_view, reader>, 17> readers{{
      {plan::run::word, &step_reader::read_run},
      {plan::workload::word, &step_reader::read_workload},
      {plan::wait::word, &step_reader::read_wait},
      {plan::loop::word, &step_reader::read_loop},
      {plan::parallel::word, &step_reader::read_parallel},
      {plan::canary::word, &step_reader::read_canary},
      {plan::expect::word, &step_reader::read_expect},
      {plan::collect::word, &step_reader::read_collect},
      {plan::fetch::word, &step_reader::read_fetch},
      {plan::heal::word, &step_reader::read_heal},
      {plan::power_off::word, &step_reader::read_power_off},
      {plan::reset::word, &step_reader::read_reset},
      {plan::power_cut::word, &step_reader::read_power_cut},
      {plan::reboot::word, &step_reader::read_reboot},
      {plan::kill_qemu::word, &step_reader::read_kill_qemu},
      {plan::pause::word, &step_reader::read_pause},
      {plan::resume::word, &step_reader::read_resume},
  }};
  auto const given = check_.check(what, value);
  for (auto const& [name, read] : readers)
    if (name == what.name) return (this->*read)(given);
  ensure(false, "every step word has its reader");
  return plan::run{};
}

namespace {

// `text` is canonical: "3", "any", "SIGKILL", and "not " before one of them; "" after a complaint.
void read_expected_end(std::string_view text, plan::run& into) {
  if (text.starts_with("not ")) {
    into.expect_other = true;
    text.remove_prefix(4);
  }
  if (text == "any")
    into.expect_exit = -1;
  else if (plan::signal_number(text) != 0)
    into.expect_signal = text;
  else
    std::from_chars(text.data(), text.data() + text.size(), into.expect_exit);
}

}  // namespace

plan::action step_reader::read_run(fields const& given) {
  plan::run read{.script = given.text("script"), .deadline = given.duration("deadline")};
  read_expected_end(given.text("expect_exit"), read);
  read.capture = given.text("capture");
  if (!read.capture.empty()) define(noun::capture, read.capture, {given.where("capture"), order_});
  return read;
}

plan::action step_reader::read_workload(fields const& given) {
  plan::workload read{.name = given.text("name"),
                      .script = given.text("script"),
                      .progress = given.choice<plan::progress_source>("progress"),
                      .expect = given.choice<plan::lifetime>("expect"),
                      .deadline = given.duration("deadline"),
                      .may_end = given.text("may_end") == "true"};
  if (read.may_end && given.has("deadline"))
    check_.complaints().add(given.where("deadline"),
                            "`may_end` and `deadline` exclude each other: by its deadline a "
                            "workload must have ended");
  else if (read.expect == plan::lifetime::forever && given.has("deadline"))
    check_.complaints().add(given.where("deadline"),
                            "a workload that runs forever has no deadline; did you mean "
                            "`expect: ends`?");
  if (read.expect == plan::lifetime::forever && loops_ > 0)
    check_.complaints().add(given.where(),
                            "a workload that runs forever would be started again in each round; "
                            "start it before the loop");
  if (!read.name.empty())
    define(noun::workload, read.name,
           {given.where("name"), order_, read.may_end ? plan::lifetime::ends : read.expect});
  return read;
}

plan::action step_reader::read_wait(fields const& given) {
  plan::wait read{.deadline = given.duration("deadline")};
  if (given.has("for")) {
    read.until = plan::wait_condition::time;
    read.duration = given.duration("for").value_or(microseconds(0));
    stay_within_the_run(given, "for");
    if (given.has("deadline"))
      check_.complaints().add(given.where("deadline"), "a wait `for` a time has no deadline");
  } else if (given.has("console")) {
    read.until = plan::wait_condition::console;
    read.pattern = given.text("console");
  } else if (given.has("workload")) {
    read.workload = given.text("workload");
    read.count = given.count("progress").value_or(0);
    read.until = given.has("progress") ? plan::wait_condition::progress
                                       : plan::wait_condition::workload_ends;
    refer(noun::workload, given, "workload", !given.has("progress"));
  }
  if (given.has("progress") && !given.has("workload"))
    check_.complaints().add(given.where("progress"), "`progress` needs `workload`: of which");
  return read;
}

plan::action step_reader::read_loop(fields const& given) {
  plan::loop read;
  read.times = given.count("times");
  read.duration = given.duration("for");
  read.until = given.text("until");
  stay_within_the_run(given, "for");
  refer(noun::workload, given, "until", true);
  ++loops_;
  if (auto const* steps = given.below("steps")) read.steps = read_list(*steps);
  --loops_;
  return read;
}

plan::action step_reader::read_parallel(fields const& given) {
  plan::parallel read;
  auto const* groups = given.below("groups");
  if (groups == nullptr) return read;
  ++parallels_;
  for (auto const& group : groups->items) read.groups.push_back(read_list(*group));
  --parallels_;
  return read;
}

plan::action step_reader::read_canary(fields const& given) {
  return plan::canary{.mount = given.text("mount"),
                      .every = given.duration("every").value_or(microseconds(0))};
}

plan::action step_reader::read_expect(fields const& given) {
  plan::expect read;
  if (given.has("output")) {
    read.what = plan::expect_condition::output_contains;
    read.text = given.text("output");
    read.capture = given.text("of");
    refer(noun::capture, given, "of");
  } else if (given.has("of")) {
    check_.complaints().add(given.where("of"), "`of` belongs to `output`");
  }
  if (given.has("file")) {
    read.what = plan::expect_condition::file_exists;
    read.file = given.text("file");
  } else if (given.has("alive")) {
    read.what = plan::expect_condition::workload_alive;
    read.workload = given.text("alive");
    refer(noun::workload, given, "alive");
  } else if (given.has("console")) {
    read.what = plan::expect_condition::console_seen;
    read.pattern = given.text("console");
  } else if (given.has("no_console")) {
    read.what = plan::expect_condition::console_not_seen;
    read.pattern = given.text("no_console");
  }
  return read;
}

plan::action step_reader::read_collect(fields const& given) {
  return plan::collect{read_collections(given, "names")};
}

plan::action step_reader::read_fetch(fields const& given) {
  for (auto const& path : given.list("paths"))
    if (!is_guest_path(path))
      check_.complaints().add(given.where("paths"),
                              fmt::format("'{}' is not a path in the guest; write it like /mnt, "
                                          "without .., spaces and quotes",
                                          shown(path)));
  return plan::fetch{given.list("paths"), given.duration("deadline")};
}

std::vector<std::string> step_reader::read_collections(fields const& given, std::string_view name) {
  auto names = given.list(name);
  if (scope_.collections.empty()) return names;
  for (auto const& each : names)
    if (std::find(scope_.collections.begin(), scope_.collections.end(), each) ==
        scope_.collections.end())
      check_.complaints().add(given.where(name), fmt::format("'{}' is not a collection", each),
                              scope_.collections, each);
  return names;
}

plan::action step_reader::read_heal(fields const& given) {
  refer(noun::injected, given, "name");
  return plan::heal{given.text("name")};
}

plan::action step_reader::read_power_off(fields const& given) {
  return plan::power_off{given.duration("deadline")};
}

plan::action step_reader::read_reset(fields const&) {
  return plan::reset{};
}

plan::action step_reader::read_power_cut(fields const& given) {
  stand_alone(given, plan::power_cut::word);
  plan::power_cut const read{.survive = given.choice<plan::survival>("survive"),
                             .torn = given.text("torn") == "yes",
                             .deadline = given.duration("deadline")};
  if (read.torn && (read.survive == plan::survival::none || read.survive == plan::survival::all))
    check_.complaints().add(given.where("torn"),
                            fmt::format("where {} writes survive, none is torn; `torn` goes with "
                                        "`prefix` and `subset`",
                                        plan::name_of(read.survive)));
  return read;
}

plan::action step_reader::read_reboot(fields const& given) {
  stand_alone(given, plan::reboot::word);
  return plan::reboot{.by = given.choice<plan::reboot_by>("by"),
                      .deadline = given.duration("deadline")};
}

// Whatever runs beside it in the guest would only fail.
void step_reader::stand_alone(fields const& given, std::string_view word) {
  if (parallels_ > 0)
    check_.complaints().add(given.where(),
                            fmt::format("`{}` cannot stand in `parallel`: it ends whatever the "
                                        "other groups do in the guest; run them as workloads",
                                        word));
}

plan::action step_reader::read_kill_qemu(fields const&) {
  return plan::kill_qemu{};
}

plan::action step_reader::read_pause(fields const& given) {
  stay_within_the_run(given, "for");
  return plan::pause{given.duration("for")};
}

plan::action step_reader::read_resume(fields const&) {
  return plan::resume{};
}

// The fault's parameters stand beside `fault` and `as`: both rows are one word here.
plan::inject step_reader::read_inject(node const& where) {
  auto const* step = find_word(place::step, plan::inject::word);
  ensure(step != nullptr, "inject is a step");
  auto merged = *step;
  word const* fault = nullptr;
  if (auto const* written = where.find("fault");
      written != nullptr && written->kind == node_kind::scalar)
    fault = find_word(place::fault, substitute(written->value, check_.values()).text);
  if (fault == nullptr) {
    // Whose parameters the others are cannot be said: only `fault` and `as` are looked at.
    node known = where;
    std::erase_if(known.entries, [&](auto const& entry) {
      return find_parameter(merged, entry.first->value) == nullptr;
    });
    (void)check_.check(merged, known);
    return {};
  }
  merged.parameters.insert(merged.parameters.end(), fault->parameters.begin(),
                           fault->parameters.end());
  merged.exactly_one = fault->exactly_one;
  auto const given = check_.check(merged, where);
  plan::inject read{.fault = std::string(fault->name),
                    .as = given.has("as") ? given.text("as") : std::string(fault->name),
                    .may_miss = given.text("may_miss") == "true"};
  for (auto const& each : fault->parameters) {
    if (!given.known(each.name)) continue;
    if (each.kind != value_kind::disk) {
      read.parameters.emplace(each.name, given.text(each.name));
      continue;
    }
    read.disk = given.text(each.name);
    if (std::find(scope_.disks.begin(), scope_.disks.end(), read.disk) == scope_.disks.end())
      check_.complaints().add(given.where(each.name),
                              fmt::format("'{}' is not a disk of this recipe", read.disk),
                              scope_.disks, read.disk);
  }
  if (given.has("dirty") && (given.text("kind") == "page-cache" || given.text("kind") == "dirty"))
    check_.complaints().add(given.where("dirty"),
                            "`dirty` goes beside memory: with the kinds `anonymous` and `locked`");
  if (given.known("jitter") && given.duration("jitter") != microseconds(0) &&
      (given.text("shape") != "fixed" || given.has("trace") || given.has("trace_file")))
    check_.complaints().add(given.where("jitter"),
                            "`jitter` is a shape of its own: it goes with a fixed `delay` only");
  if (given.known("trace_file")) take_trace_file(given, read);
  define(noun::injected, read.as, {given.where("as"), order_});
  return read;
}

// The plan repeats what the file says now, whatever becomes of the file.
void step_reader::take_trace_file(fields const& given, plan::inject& into) {
  auto const refuse = [&](std::string message) {
    check_.complaints().add(given.where("trace_file"), std::move(message));
  };
  into.parameters.erase("trace_file");
  if (!scope_.read_file)
    return refuse("no file can be named here; write the delays themselves, like `trace: 1ms 40ms`");
  auto const name = given.text("trace_file");
  auto const text = scope_.read_file(name);
  if (!text)
    return refuse(text.error().message() + "; the name of a file counts from the recipe's folder");
  auto const* row = find_parameter(*find_word(place::fault, "latency"), "trace");
  auto const delays = read_duration_list(*text, name, parse_duration(row->most).value());
  if (!delays) return refuse(delays.error().message());
  std::string listed;
  for (auto const each : *delays) listed += (listed.empty() ? "" : " ") + print_duration(each);
  into.parameters["trace"] = std::move(listed);
}

void step_reader::stay_within_the_run(fields const& given, std::string_view name) {
  auto const duration = given.duration(name);
  if (!duration || scope_.run_budget == microseconds(0) || *duration <= scope_.run_budget) return;
  check_.complaints().add(
      given.where(name),
      fmt::format("`{}` is {}, and the whole run may take {}; raise the budget "
                  "`run`",
                  name, print_duration(*duration), print_duration(scope_.run_budget)));
}

}  // namespace wedgehog::recipe
