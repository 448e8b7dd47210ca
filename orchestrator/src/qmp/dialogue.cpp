#include "qmp/dialogue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.hpp"

namespace wedgehog::qmp {

dialogue::dialogue(options chosen) : options_(chosen), lines_(chosen.line_limit) {}

ticket dialogue::ask(command what) {
  auto const whose = ++last_ticket_;
  if (failure_) {
    auto why = *failure_;
    actions_.push_back(finished{whose, std::move(why).within("sending " + what.name)});
    return whose;
  }
  queue_.push_back({whose, std::move(what)});
  send_what_may_go();
  return whose;
}

void dialogue::forget(ticket whose) {
  if (whose == negotiation) negotiation_forgotten_ = true;
  if (auto const found = in_flight_.find(whose); found != in_flight_.end())
    found->second.forgotten = true;
  std::erase_if(queue_, [&](queued const& one) { return one.whose == whose; });
  std::erase_if(actions_, [&](action const& one) {
    auto const* end = std::get_if<finished>(&one);
    return end != nullptr && end->whose == whose;
  });
}

void dialogue::received(std::string_view bytes) {
  if (state_ == state::over) return;
  lines_.feed(bytes);
  while (state_ != state::over) {
    auto const line = lines_.next();
    if (!line) break;
    auto parsed = parse_message(*line);
    if (parsed)
      take(std::move(*parsed));
    else
      ended(parsed.error().what());
  }
  if (lines_.overlong())
    ended(fmt::format("QEMU sent a line longer than {}", print_size(options_.line_limit)));
}

void dialogue::take(message&& what) {
  if (auto* hello = std::get_if<greeting>(&what)) return greeted(*hello);
  if (state_ == state::awaiting_greeting)
    return ended("the peer spoke before its greeting: it is no QMP monitor");
  if (auto* happened = std::get_if<event>(&what)) {
    actions_.push_back(announce{std::move(*happened)});
  } else if (auto* value = std::get_if<returned>(&what)) {
    answered(value->id, std::move(value->value), "a return");
  } else {
    auto const& no = std::get<refused>(what);
    auto const found = no.id ? in_flight_.find(*no.id) : in_flight_.end();
    std::string const name = found != in_flight_.end() ? found->second.name : "a command";
    answered(no.id, refusal(name, no),
             fmt::format("an error ({})", excerpt(no.error_class + ": " + no.description)));
  }
}

void dialogue::greeted(greeting const& hello) {
  if (state_ != state::awaiting_greeting) return ended("QEMU sent a second greeting");
  hello_ = hello;
  state_ = state::negotiating;
  oob_enabled_ = options_.wants_oob && hello.offers_oob;
  command negotiate{.name = "qmp_capabilities"};
  if (oob_enabled_) negotiate.arguments["enable"] = json::array{"oob"};
  transmit(negotiation, negotiate);
}

void dialogue::answered(std::optional<std::uint64_t> id, result<json::value> outcome,
                        std::string_view description) {
  auto const found = id ? in_flight_.find(*id) : in_flight_.end();
  if (found == in_flight_.end())
    return ended(id ? fmt::format("QEMU sent {} for a command that does not wait for one (id {})",
                                  description, *id)
                    : fmt::format("QEMU sent {} that belongs to no command", description));
  auto const done = found->second;
  in_flight_.erase(found);
  if (!done.out_of_band) --in_band_in_flight_;
  if (done.carries_descriptor) descriptor_in_flight_ = false;
  if (*id == negotiation) {
    if (!outcome) return ended(excerpt(outcome.error().what()));
    state_ = state::ready;
    if (!negotiation_forgotten_) actions_.push_back(finished{negotiation, std::move(outcome)});
  } else if (!done.forgotten) {
    actions_.push_back(finished{*id, std::move(outcome)});
  }
  send_what_may_go();
}

// QEMU keeps one received descriptor per monitor and a newer one replaces it unseen, so that two
// commands with descriptors must not be in flight together.
bool dialogue::may_go(command const& what) const {
  if (what.carries_descriptor && descriptor_in_flight_) return false;
  if (what.out_of_band) return true;
  return in_band_in_flight_ < (oob_enabled_ ? most_in_flight_with_oob : most_in_flight_without_oob);
}

void dialogue::send_what_may_go() {
  if (state_ != state::ready) return;
  bool in_band_waits = false;
  for (auto one = queue_.begin(); one != queue_.end();) {
    bool const refuse = one->what.out_of_band && !oob_enabled_;
    bool const overtakes = in_band_waits && !one->what.out_of_band;
    if (refuse) {
      actions_.push_back(
          finished{one->whose, host_error("this monitor does not offer out-of-band commands, so " +
                                          one->what.name + " cannot be sent as one")});
    } else if (!overtakes && may_go(one->what)) {
      transmit(one->whose, one->what);
    } else {
      in_band_waits = in_band_waits || !one->what.out_of_band;
      ++one;
      continue;
    }
    one = queue_.erase(one);
  }
}

void dialogue::transmit(ticket whose, command const& what) {
  actions_.push_back(send{whose, print_command(what, whose)});
  in_flight_.emplace(whose, sent{what.name, what.out_of_band, what.carries_descriptor, false});
  if (!what.out_of_band) ++in_band_in_flight_;
  if (what.carries_descriptor) descriptor_in_flight_ = true;
}

void dialogue::closed_by_peer() {
  ended(lines_.inside_a_line() ? "QEMU closed the monitor in the middle of a line"
                               : "QEMU closed the monitor");
}

void dialogue::ended(std::string cause) {
  if (state_ == state::over) return;
  bool const was_ready = state_ == state::ready;
  bool const greeted = state_ != state::awaiting_greeting;
  state_ = state::over;
  failure_ = host_error(std::move(cause));
  auto const finish = [&](ticket whose, std::string circumstance) {
    auto why = *failure_;
    actions_.push_back(finished{whose, std::move(why).within(std::move(circumstance))});
  };
  if (!was_ready && !negotiation_forgotten_)
    finish(negotiation, greeted ? "negotiating capabilities" : "waiting for QEMU's greeting");
  for (auto const& [whose, command] : in_flight_)
    if (whose != negotiation && !command.forgotten)
      finish(whose, "waiting for the answer to " + command.name);
  for (auto const& [whose, command] : queue_) finish(whose, "waiting to send " + command.name);
  in_flight_.clear();
  queue_.clear();
  in_band_in_flight_ = 0;
  descriptor_in_flight_ = false;
  actions_.push_back(over{});
}

std::optional<action> dialogue::next() {
  if (actions_.empty()) return std::nullopt;
  std::optional<action> first(std::move(actions_.front()));
  actions_.pop_front();
  return first;
}

error dialogue::overdue(ticket whose, microseconds limit) const {
  auto const how_long = describe_duration(limit);
  if (state_ == state::awaiting_greeting)
    return host_error("QEMU sent no greeting within " + how_long +
                      "; a monitor serves one client at a time, does another one hold it?");
  if (auto const found = in_flight_.find(whose); found != in_flight_.end())
    return host_error(
        fmt::format("QEMU did not answer {} within {}", found->second.name, how_long));
  auto const place = std::find_if(queue_.begin(), queue_.end(),
                                  [&](queued const& one) { return one.whose == whose; });
  ensure(place != queue_.end(), "a ticket that is overdue is either in flight or queued");
  auto const oldest = in_flight_.begin();
  return host_error(fmt::format("{} could not be sent within {}: QEMU still owes the answer to {}",
                                place->what.name, how_long,
                                oldest != in_flight_.end() ? oldest->second.name : "nothing"));
}

}  // namespace wedgehog::qmp
