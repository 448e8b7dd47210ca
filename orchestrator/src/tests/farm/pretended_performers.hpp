// Performers that only pretend: what they leave is a real folder, and how a run ends is drawn from
// its seed, so that a campaign over them is a campaign but for the guests.
#pragma once

#include <chrono>
#include <string>

#include "base/chance.hpp"
#include "farm/executor.hpp"
#include "folder/files.hpp"
#include "folder/run_order.hpp"
#include "folder/run_writer.hpp"

namespace wedgehog::farm {

struct odds {
  double wedge = 0.05;
  double is_void = 0.02;
  double performer_dies = 0.02;
  loop::duration shortest = std::chrono::minutes(1);
  loop::duration longest = std::chrono::minutes(15);
};

class pretended_performers : public executor {
 public:
  pretended_performers(loop::clock& time, std::size_t slots, odds how)
      : time_(time), slots_(slots), odds_(how) {}

  [[nodiscard]] std::string describe() const override { return "pretended"; }
  [[nodiscard]] std::size_t slots() const override { return slots_; }
  loop::awaitable<result<void>> sweep(std::string_view) override { co_return result<void>(); }

  loop::awaitable<result<run_report>> play(task const& what, line_sink const&) override {
    ++under_way;
    most_at_once = std::max(most_at_once, under_way);
    auto const order = folder::order_from(what.folder / folder::names::order);
    if (!order) co_return order.error();
    auto const plan = plan::from_text(order->plan).value();
    // An attempt at the same ticket may go differently.
    auto draw = chance(plan.seed).stream("attempt:" + std::to_string(order->order.attempt));
    auto const facts = facts_of(*order, plan, what.folder.filename().string());
    auto begun = folder::run_writer::begin(what.folder, facts);
    if (!begun) co_return begun.error();
    auto const length = std::chrono::duration_cast<loop::duration>(
        odds_.shortest + draw.fraction() * (odds_.longest - odds_.shortest));
    co_await time_.sleep_for(length);
    --under_way;
    double const how = draw.fraction();
    if (how >= odds_.performer_dies) {
      if (auto ended = end(*begun, facts, how - odds_.performer_dies, length); !ended)
        co_return ended.error();
    } else {
      folder::outcome const lost{.ended = "its performer died", .interrupted = true};
      if (auto noted = begun->played(lost); !noted) co_return noted.error();
    }
    auto run = folder::read_run(what.folder);
    if (!run) co_return run.error();
    co_return report_of(std::move(*run));
  }

  std::size_t under_way = 0;
  std::size_t most_at_once = 0;

 private:
  static folder::run_facts facts_of(folder::read_order const& told, plan::plan const& what,
                                    std::string name) {
    return {.uid = folder::new_uid(),
            .name = std::move(name),
            .recipe = what.name,
            .plan = told.plan,
            .variant = plan::variant_text(what),
            .seed = what.seed,
            .image = what.image,
            .campaign = told.order.campaign,
            .ticket = told.order.ticket,
            .attempt = told.order.attempt,
            .started = std::chrono::time_point_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now()),
            .owner = folder::this_process()};
  }

  result<void> end(folder::run_writer& into, folder::run_facts const& facts, double how,
                   loop::duration length) const {
    double const seconds = std::chrono::duration<double>(length).count();
    if (auto noted =
            into.played({.ended = "all steps done", .duration_s = seconds, .exposure_s = seconds});
        !noted)
      return noted;
    bool const wedge = how < odds_.wedge;
    bool const nothing = !wedge && how < odds_.wedge + odds_.is_void;
    folder::judgement said{.judged = facts.started,
                           .judge = "test",
                           .verdict = wedge     ? "wedged"
                                      : nothing ? "invalid"
                                                : "passed",
                           .exit_code = wedge     ? 1
                                        : nothing ? 2
                                                  : 0,
                           .expected = "passed",
                           .met = !wedge && !nothing};
    if (wedge) said.signature = "wedge/" + std::to_string(facts.seed % 3);
    if (auto noted = into.judged(said); !noted) return noted;
    return into.seal(facts);
  }

  loop::clock& time_;
  std::size_t slots_;
  odds odds_;
};

}  // namespace wedgehog::farm
