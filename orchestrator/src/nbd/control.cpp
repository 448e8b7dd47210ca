#include "nbd/control.hpp"

#include "base/described.hpp"

namespace wedgehog::nbd {
namespace {

json::object failure(error const& cause) {
  return {{"ok", false}, {"error", cause.message()}, {"blame", name_of(cause.whose())}};
}

std::optional<std::uint64_t> number_of(json::value const* found) {
  if (found == nullptr) return std::nullopt;
  boost::system::error_code failed;
  auto const number = found->is_number() ? found->to_number<std::uint64_t>(failed) : 0;
  if (!found->is_number() || failed) return std::nullopt;
  return number;
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

json::object release(fault_disk& disk, json::object const& command) {
  release_choice which{.name = text_at(command, "name"),
                       .count = number_of(command.if_contains("count"))};
  if (auto const* const serials = command.if_contains("serials");
      serials != nullptr && serials->is_array())
    for (auto const& one : serials->get_array())
      if (auto const number = number_of(&one)) which.serials.push_back(*number);
  if (auto const* const newest = command.if_contains("newest"); newest && newest->is_bool())
    which.newest_first = newest->get_bool();
  auto const released = disk.release(which);
  if (!released) return failure(released.error());
  return {{"ok", true}, {"released", *released}};
}

}  // namespace

json::object obey(fault_disk& disk, json::object const& command) {
  auto const what = text_at(command, "do");
  if (what == "ledger") return {{"ok", true}, {"ledger", disk.ledger_json()}};
  if (what == "sample") return {{"ok", true}, {"sample", to_json(disk.sample())}};
  if (what == "inject") return inject(disk, command);
  if (what == "heal") {
    if (command.contains("name")) return done(disk.heal(text_at(command, "name")));
    disk.heal_all();
    return {{"ok", true}};
  }
  if (what == "release") return release(disk, command);
  if (what == "freeze") {
    auto const report = disk.freeze();
    return {{"ok", true}, {"failed", report.failed}, {"let_through", report.let_through}};
  }
  if (what == "thaw") {
    disk.thaw();
    return {{"ok", true}};
  }
  if (what == "power-cut") {
    power_cut_choice choice;
    if (auto const survive = text_at(command, "survive");
        !survive.empty() && !parse_name(survive, choice.survive))
      return failure(recipe_error("'survive' must be none, all, prefix or subset"));
    if (auto const* const torn = command.if_contains("torn"); torn && torn->is_bool())
      choice.torn = torn->get_bool();
    choice.seed = number_of(command.if_contains("seed")).value_or(0);
    return {{"ok", true}, {"cut", describe(disk.cut_power(choice))}};
  }
  if (what == "snapshot") {
    auto const durable = command.if_contains("durable");
    return done(disk.snapshot(text_at(command, "path"),
                              durable && durable->is_bool() && durable->get_bool()));
  }
  if (what == "catalogue") return {{"ok", true}, {"catalogue", describe_catalogue()}};
  return failure(recipe_error("the disk does not know the command '" + what + "'"));
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
