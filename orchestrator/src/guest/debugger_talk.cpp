#include "guest/debugger_talk.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace wedgehog::guest {
namespace {

talk_plan plan_of(debugger_profile const& with, std::vector<std::string> const& commands,
                  bool go_on, debugger_talk::limits within) {
  talk_plan plan;
  for (auto const& command : commands)
    plan.steps.push_back({.expect = with.prompt,
                          .send = command + "\n",
                          .limit = plan.steps.empty() ? within.enter : within.answer,
                          .again = "",
                          .after = {}});
  plan.steps.push_back({.expect = with.prompt,
                        .send = go_on ? with.go_on + "\n" : "",
                        .limit = plan.steps.empty() ? within.enter : within.answer,
                        .again = "",
                        .after = {}});
  // As many pages as an answer may have lines.
  if (!with.pager.empty())
    plan.meanwhile.push_back({.expect = with.pager, .send = " ", .failure = "", .most = 100'000});
  return plan;
}

void remove_all(std::string& from, std::string_view what) {
  if (what.empty()) return;
  for (auto at = from.find(what); at != std::string::npos; at = from.find(what, at))
    from.erase(at, what.size());
}

// What was typed is echoed as the first line; the next prompt ends it.
std::string plain_answer(std::string text, std::string const& command,
                         debugger_profile const& with) {
  text = without_cursor_moves(text);
  remove_all(text, with.pager);
  if (text.starts_with(command)) text.erase(0, command.size());
  if (text.starts_with('\n')) text.erase(0, 1);
  if (text.ends_with(with.prompt)) text.erase(text.size() - with.prompt.size());
  return text;
}

}  // namespace

debugger_talk::debugger_talk(debugger_profile const& with, std::vector<std::string> commands,
                             bool go_on, limits within, microseconds now)
    : with_(with),
      commands_(std::move(commands)),
      talk_(plan_of(with_, commands_, go_on, within), now) {}

// Byte by byte, so that each belongs to one answer.
std::string debugger_talk::hear(std::string_view text, microseconds now) {
  std::string typed;
  for (char const c : text) {
    auto const before = talk_.over();
    if (!heard_.empty() && !heard_.back().ended) {
      auto& into = heard_.back();
      into.cut = into.cut || into.text.size() >= most_kept;
      if (!into.cut) into.text += c;
    }
    typed += talk_.hear({&c, 1}, now);
    if (talk_.over() == before) continue;
    if (!heard_.empty()) heard_.back().ended = true;
    if (before < commands_.size()) heard_.emplace_back();
  }
  return typed + talk_.look(now);
}

std::vector<debugger_answer> debugger_talk::answers() const {
  std::vector<debugger_answer> all;
  for (std::size_t i = 0; i < heard_.size(); ++i)
    all.push_back({.command = commands_[i],
                   .text = plain_answer(heard_[i].text, commands_[i], with_),
                   .whole = heard_[i].ended && !heard_[i].cut});
  return all;
}

std::string text_of(debugger_profile const& with, std::vector<debugger_answer> const& answers) {
  std::string text;
  for (auto const& one : answers) {
    text += with.prompt + one.command + "\n" + one.text;
    if (!text.ends_with('\n')) text += '\n';
    if (!one.whole) text += "(not all of it is here)\n";
  }
  return text;
}

}  // namespace wedgehog::guest
