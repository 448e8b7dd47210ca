#include "nbd/control.hpp"

#include <algorithm>

#include "base/described.hpp"
#include "base/ensure.hpp"
#include "nbd/settings.hpp"

namespace wedgehog::nbd {
namespace {

json::object failure(error const& cause) {
  return {{"ok", false}, {"error", cause.message()}, {"blame", name_of(cause.whose())}};
}

json::object done(result<void> const& outcome) {
  if (!outcome) return failure(outcome.error());
  return {{"ok", true}};
}

json::object inject(fault_disk& disk, json::object const& command) {
  auto const* const fault = command.if_contains("fault");
  if (fault != nullptr && fault->is_object()) return done(disk.inject(fault->get_object()));
  return done(disk.inject(std::string_view(text_at(command, "fault"))));
}

json::object describe(power_cut_report const& report) {
  // Enough to follow what happened; a report of a hundred thousand lines helps nobody.
  constexpr std::size_t most_listed = 4096;
  json::array fates;
  for (auto const& one : report.unflushed) {
    if (fates.size() == most_listed) break;
    json::object text{{"offset", one.offset}, {"length", one.length}, {"survived", one.survived}};
    if (one.zero) text["zero"] = true;
    fates.push_back(std::move(text));
  }
  return {{"unflushed", report.unflushed.size()},
          {"survived", report.survived},
          {"torn", report.torn},
          {"in_flight_lost", report.in_flight_lost},
          {"fates", std::move(fates)}};
}

using command_parameters = std::vector<parameter>;

json::object heal(fault_disk& disk, settings const& given) {
  if (given.has("name")) return done(disk.heal(given.text("name")));
  disk.heal_all();
  return {{"ok", true}};
}

json::object release(fault_disk& disk, settings const& given) {
  release_choice which{.newest_first = given.flag("newest")};
  if (given.has("name")) which.name = given.text("name");
  if (given.has("count")) which.count = given.number("count");
  if (given.has("serials")) which.serials = given.counts("serials");
  auto const released = disk.release(which);
  if (!released) return failure(released.error());
  return {{"ok", true}, {"released", *released}};
}

json::object freeze(fault_disk& disk, settings const&) {
  auto const report = disk.freeze();
  return {{"ok", true}, {"failed", report.failed}, {"let_through", report.let_through}};
}

json::object thaw(fault_disk& disk, settings const&) {
  disk.thaw();
  return {{"ok", true}};
}

json::object cut_power(fault_disk& disk, settings const& given) {
  power_cut_choice choice{.torn = given.flag("torn"), .seed = given.number("seed")};
  ensure(parse_name(given.text("survive"), choice.survive), "the choices are those of survival");
  return {{"ok", true}, {"cut", describe(disk.cut_power(choice))}};
}

json::object snapshot(fault_disk& disk, settings const& given) {
  return done(disk.snapshot(given.text("path"), given.flag("durable")));
}

json::object tell_ledger(fault_disk& disk, settings const&) {
  return {{"ok", true}, {"ledger", disk.ledger_json()}};
}

json::object tell_sample(fault_disk& disk, settings const&) {
  return {{"ok", true}, {"sample", to_json(disk.sample())}};
}

json::object tell_catalogue(fault_disk&, settings const&) {
  return {{"ok", true}, {"catalogue", describe_catalogue()}};
}

// What may be said beside the command's name. All else is refused: what is not understood must not
// be taken for what it is without it.
struct known_command {
  std::string_view name;
  json::object (*perform)(fault_disk&, settings const&);
  command_parameters parameters;
};

std::vector<known_command> const& known_commands() {
  using type = parameter_type;
  static std::vector<known_command> const all{
      {"ledger", tell_ledger, {}},
      {"sample", tell_sample, {}},
      {"heal", heal, {{"name", type::text, "", "of the fault; without: all"}}},
      {"release",
       release,
       {{"name", type::text, "", "of the fault that holds them"},
        {"serials", type::counts, "", "exactly these"},
        {"count", type::count, "", "so many of the oldest"},
        {"newest", type::flag, "false", "… or of the newest"}}},
      {"freeze", freeze, {}},
      {"thaw", thaw, {}},
      {"power-cut",
       cut_power,
       {{"survive", type::choice, "subset", "of unflushed writes", "none all prefix subset"},
        {"torn", type::flag, "false", "one is cut between its sectors"},
        {"seed", type::count, "0", "of what is drawn"}}},
      {"snapshot",
       snapshot,
       {{"path", type::text, "", "of the copy", "", true},
        {"durable", type::flag, "false", "only what is flushed"}}},
      {"catalogue", tell_catalogue, {}},
  };
  return all;
}

}  // namespace

json::object obey(fault_disk& disk, json::object const& command) {
  auto const what = text_at(command, "do");
  // What a fault may have is the fault's business.
  if (what == "inject") return inject(disk, command);
  auto const known = std::find_if(known_commands().begin(), known_commands().end(),
                                  [&what](known_command const& one) { return one.name == what; });
  if (known == known_commands().end())
    return failure(recipe_error("the disk does not know the command '" + what + "'"));
  auto words = command;
  words.erase("do");
  auto const given = settings::read(words, known->parameters);
  if (!given) return failure(error(given.error()).within("reading the command '" + what + "'"));
  return known->perform(disk, *given);
}

std::string obey_line(fault_disk& disk, std::string_view line) {
  boost::system::error_code failed;
  auto const command = json::parse(line, failed);
  if (failed || !command.is_object())
    return json::serialize(failure(recipe_error("a command is one JSON object on one line")));
  return json::serialize(obey(disk, command.get_object()));
}

json::array describe_catalogue() {
  auto const describe = [](parameter const& one) {
    json::object text{{"name", one.name}, {"type", name_of(one.type)}, {"meaning", one.meaning}};
    if (!one.fallback.empty()) text["default"] = one.fallback;
    if (!one.choices.empty()) text["choices"] = one.choices;
    if (one.required) text["required"] = true;
    return text;
  };
  json::array kinds;
  for (auto const& kind : catalogue()) {
    json::array parameters;
    for (auto const& one : all_parameters(kind)) parameters.push_back(describe(one));
    kinds.push_back(json::object{{"name", kind.name},
                                 {"summary", kind.summary},
                                 {"model", kind.model},
                                 {"example", kind.example},
                                 {"parameters", std::move(parameters)}});
  }
  return kinds;
}

}  // namespace wedgehog::nbd
