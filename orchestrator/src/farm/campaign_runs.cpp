#include "farm/campaign_runs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "farm/run_place.hpp"
#include "folder/files.hpp"
#include "folder/wall_clock.hpp"

namespace wedgehog::farm {
namespace {

namespace fs = std::filesystem;

std::uint64_t count(std::int64_t number) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

}  // namespace

run_end end_of(run_report const& report, std::vector<std::string> const& names_of_hit) {
  auto const& said = report.said;
  auto const& run = report.run;
  bool const judged = !run.judgements.empty();
  bool const is_it =
      names_of_hit.empty() || (said.signature && std::find(names_of_hit.begin(), names_of_hit.end(),
                                                           *said.signature) != names_of_hit.end());
  return {.finished = said.exit_code == 1 || (judged && run.played && !report.interrupted),
          .is_void = said.exit_code != 0 && said.exit_code != 1,
          .hit = said.exit_code == 1 && is_it,
          .hours = run.played ? folder::at_risk_s(*run.played, said) / 3600 : 0,
          .why = said.because.empty() ? said.verdict : said.verdict + ": " + said.because.front()};
}

campaign_runs::campaign_runs(store::results_database& database, std::string uid,
                             std::string signature)
    : database_(database), uid_(std::move(uid)), signature_(std::move(signature)) {}

result<void> campaign_runs::take_in_the_unknown(close_run const& close) {
  auto const folders = database_.folders_without_row();
  if (!folders) return folders.error();
  for (auto const& folder : *folders) {
    auto const order = folder::order_from(folder / folder::names::order);
    if (!order || order->order.campaign != uid_) continue;
    auto run = folder::read_run(folder);
    bool const has_facts = run && !run->facts.uid.empty();
    if (has_facts && folder::standing_of(*run) == folder::standing::living) continue;
    if (!run || !run->sealed) run = close(folder, "its supervisor was killed");
    // A folder that cannot be read costs its own run, which is done again.
    if (!run) continue;
    if (auto taken = database_.ingest(*run); !taken) return taken.error();
  }
  return {};
}

result<void> campaign_runs::restore(campaign_book& book, close_run const& close) {
  if (auto taken = take_in_the_unknown(close); !taken) return taken;
  if (auto dead = database_.take_in_the_dead(); !dead) return dead.error();
  auto const wanted = signature_.empty() ? std::nullopt : std::optional(signature_);
  auto const cells = database_.campaign_cells(uid_, wanted);
  if (!cells) return cells.error();
  for (auto const& one : *cells)
    book.restore({one.recipe, one.variant, one.image}, count(one.done), count(one.void_runs),
                 count(one.hits), one.hours);
  auto const open = database_.open_tickets(uid_);
  if (!open) return open.error();
  for (auto const& one : *open)
    book.restore_open({one.recipe, one.variant, one.image}, one.number, one.attempts, one.seed);
  auto const last = database_.last_ticket(uid_);
  if (!last) return last.error();
  book.restore_last_ticket(*last);
  if (!wanted) return {};
  auto names = database_.names_for(signature_);
  if (!names) return names.error();
  names_ = std::move(*names);
  return {};
}

result<task> campaign_runs::prepare(assignment const& mine, plan::plan what,
                                    folder::run_order order) {
  std::error_code unknown;
  if (auto const room = fs::space(database_.root(), unknown);
      !unknown && room.available < least_room)
    return host_error(fmt::format("{} has {} left: no run is begun with less than {}",
                                  database_.root().string(), print_size(room.available),
                                  print_size(least_room)));
  what.seed = mine.seed;
  auto const place = make_run_place(database_.root() / "runs", what.name, folder::wall_clock_now());
  if (!place) return place.error();
  order.campaign = uid_;
  order.ticket = mine.ticket;
  order.attempt = mine.attempt;
  auto const text = folder::to_text(order, plan::to_text(plan::scaled(what, order.time_scale)));
  auto const written = folder::write_document(place->folder / folder::names::order, text);
  if (!written) return written.error();
  return task{.folder = place->folder,
              .name = place->name,
              .campaign = uid_,
              .memory = what.guest.memory + performer_memory,
              .processors = static_cast<int>(what.guest.vcpus)};
}

taken_run campaign_runs::judge(run_report const& report) {
  taken_run taken{.how = end_of(report, names_), .starved = report.said.verdict == "host-starved"};
  auto const& said = report.said;
  if (said.exit_code != 1 || !said.signature) return taken;
  auto const fresh = database_.is_new(*said.signature, report.run.facts.uid);
  if (fresh && *fresh) taken.new_signature = *said.signature;
  return taken;
}

result<std::uint64_t> campaign_runs::make_room(store::retention const& rules,
                                               bool keep_first_of_failure) {
  auto all = database_.evidence_kept();
  if (!all) return all.error();
  auto const now = folder::wall_clock_now();
  auto const chosen = store::chosen_by(
      rules, store::of_campaign(uid_, keep_first_of_failure, std::move(*all)), now);
  std::uint64_t freed = 0;
  for (auto const& one : chosen) {
    auto const removed = database_.make_room(one, now);
    if (!removed) return removed.error();
    freed += *removed;
  }
  return freed;
}

}  // namespace wedgehog::farm
