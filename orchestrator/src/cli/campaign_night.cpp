#include "cli/campaign_night.hpp"

#include <fmt/format.h>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>

#include "cli/campaign_inputs.hpp"
#include "cli/campaign_screen.hpp"
#include "cli/campaign_stage.hpp"
#include "cli/gathering.hpp"
#include "cli/happenings.hpp"
#include "cli/interruptible.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "conductor/closing.hpp"
#include "conductor/opinion.hpp"
#include "farm/campaign_runs.hpp"
#include "farm/chosen_executor.hpp"
#include "farm/supervise.hpp"
#include "folder/files.hpp"
#include "folder/run_order.hpp"
#include "loop/nursery.hpp"
#include "loop/offload.hpp"
#include "report/escape.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::cli {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;

result<folder::run_contents> close_lost(fs::path const& folder, std::string const& why) {
  vm::runtime_directory::sweep();
  return conductor::close_abandoned(folder, why, "wedgehog " WEDGEHOG_VERSION);
}

class night {
 public:
  night(night_request& asked, common_options const& common, work_context context)
      : asked_(asked),
        common_(common),
        pool_(context.pool),
        stop_(context.stop),
        no_more_(context.executor),
        last_orders_(context.executor, last_orders) {}

  loop::awaitable<result<int>> play() {
    last_orders_.async_wait([this](boost::system::error_code failure, int) {
      if (failure) return;
      tell("\nwedgehog: no run is begun any more; those under way go on to their end\n");
      no_more_.request();
    });
    auto opened = open_results(common_.results);
    if (!opened) co_return opened.error();
    opened_ = &opened.value();
    // Before anything is built for a word that nobody knows.
    if (auto known = executor_for({}); !known) co_return known.error();
    vm::runtime_directory::sweep();
    auto staged = co_await stage_campaign(time_, stop_, asked_, common_);
    if (!staged) co_return staged.error();
    if (!*staged) co_return exit_interrupted;
    stage_ = std::move(**staged);
    if (auto owned = own(); !owned) co_return owned.error();
    auto const ended = co_await supervised();
    if (!ended) {
      leave(store::campaign_state::stopped, ended.error().message());
      co_return ended.error();
    }
    co_return ended.value();
  }

 private:
  // Becomes the supervisor, of a new campaign or of one that goes on.
  result<void> own() {
    auto& database = opened_->database;
    auto const inputs = json::serialize(json::value_from(stage_.sums));
    auto const settings = json::serialize(to_object(asked_.settings));
    if (asked_.uid.empty()) {
      row_ = {.uid = folder::new_uid(),
              .name = asked_.name.empty() ? asked_.what.campaign.name : asked_.name,
              .started = conductor::wall_clock_now(),
              .file = asked_.what.file,
              .text = asked_.what.text,
              .inputs = inputs,
              .settings = settings,
              .supervisor = folder::this_process()};
      return database.add_campaign(row_);
    }
    auto const found = database.campaigns_called(asked_.uid);
    if (!found) return found.error();
    row_ = found->front();
    if (auto same = expect_unchanged(); !same) return same;
    return database.take_campaign(row_.uid, folder::this_process(), asked_.take_over);
  }

  result<void> expect_unchanged() {
    campaign_inputs before{.file = row_.text};
    boost::system::error_code failure;
    if (auto const read = json::parse(row_.inputs, failure); !failure) from_json(read, before.sums);
    auto const changed = changes_of(before, {stage_.sums, asked_.what.text});
    if (changed.empty()) return {};
    for (auto const& one : changed) tell("wedgehog: {}\n", report::for_terminal(one));
    if (asked_.with_changes) return {};
    return recipe_error(
        "what the campaign was begun with is not what is there now (above), and its runs would be "
        "counted together: --with-changes goes on all the same, `campaign start` begins another");
  }

  farm::campaign_book restored_book() {
    auto const& campaign = asked_.what.campaign;
    std::vector<farm::cell_name> names;
    for (auto const& cell : asked_.what.cells) names.push_back(cell.name);
    auto const& goal = campaign.goal;
    std::uint64_t seed = 0;
    std::from_chars(asked_.settings.seed.data(),
                    asked_.settings.seed.data() + asked_.settings.seed.size(), seed);
    return farm::campaign_book(
        std::move(names),
        {.goal = {.runs = goal.runs, .hours = goal.hours, .hits = goal.hits, .width = goal.width},
         .order = campaign.order,
         .void_in_a_row = campaign.void_in_a_row,
         .seeds = campaign.seeds,
         .seed = seed,
         .part = {asked_.settings.shard, asked_.settings.shards}});
  }

  result<std::unique_ptr<farm::executor>> executor_for(
      std::function<void(std::string const&)> say) {
    return farm::make_executor(asked_.settings.executor, {.time = time_,
                                                          .pool = pool_,
                                                          .stop = stop_,
                                                          .slots = asked_.settings.slots,
                                                          .campaign = row_.uid,
                                                          .results = opened_->directory.root(),
                                                          .close = close_lost,
                                                          .say = std::move(say),
                                                          .room = room_for()});
  }

  // A machine elsewhere takes no memory of this host.
  std::function<result<void>(std::uint64_t)> room_for() const {
    if (!asked_.session.on.empty()) return {};
    return [clones = asked_.settings.clone](std::uint64_t guest_memory) {
      auto const needs =
          clones ? farm::needs_of_clone(guest_memory) : farm::needs_of_booted(guest_memory);
      return farm::room_for_another(memory_here(), needs);
    };
  }

  loop::awaitable<result<int>> supervised() {
    campaign_screen* screen_to_tell = nullptr;
    auto const tell_person = [&screen_to_tell](std::string const& what) {
      if (screen_to_tell != nullptr)
        screen_to_tell->say(what);
      else
        tell("wedgehog: {}\n", report::for_terminal(what));
    };
    auto const made = executor_for(tell_person);
    if (!made) co_return made.error();
    auto& where = **made;
    if (auto swept = co_await where.sweep(row_.uid); !swept) co_return swept.error();
    auto book = restored_book();
    farm::campaign_runs runs(opened_->database, row_.uid, asked_.what.campaign.goal.signature);
    if (auto restored = runs.restore(book, close_lost); !restored) co_return restored.error();
    campaign_screen screen(common_, row_.name, where.describe());
    screen_to_tell = &screen;
    happenings news(asked_.what.campaign.hook, row_.name);
    gathering gather(*opened_);
    farm::campaign_ports ports;
    ports.admits = [&](farm::assignment const& mine) {
      return where.admits(asked_.what.cells[mine.cell].what().guest.memory);
    };
    ports.prepare = [&](farm::assignment const& mine) { return prepare(runs, mine); };
    witnesses const to{runs, gather, screen, news};
    ports.take_in = [&](farm::assignment const& mine, farm::run_report const& report) {
      return take_in(to, mine, report);
    };
    ports.look = [&] {
      screen.look(book);
      write_metrics(screen.sight());
    };
    ports.say = [&screen](std::string const& what) { screen.say(what); };
    ports.no_more = &no_more_;
    ports.keep_house = [&] { return make_room(runs, screen); };
    auto const& campaign = asked_.what.campaign;
    auto const end = co_await farm::supervise(
        time_, stop_, where, book, ports,
        {.slots = asked_.settings.slots,
         .time = campaign.time,
         .stop_at_new_signature = campaign.new_signature == plan::at_new_signature::stop});
    screen.finish(book, farm::describe(end));
    leave(end.how == farm::campaign_ending::all_done ? store::campaign_state::done
                                                     : store::campaign_state::stopped,
          farm::describe(end));
    if (auto told = co_await news.ended(time_, farm::describe(end), screen.sight()); !told)
      complain(told.error().message(), 0);
    if (end.how == farm::campaign_ending::stopped) co_return exit_interrupted;
    bool const nothing = end.cells > 0 && end.given_up == end.cells;
    bool const kept_from_it = end.how == farm::campaign_ending::trouble || nothing;
    co_return kept_from_it ? exit_inconclusive : 0;
  }

  loop::awaitable<result<farm::task>> prepare(farm::campaign_runs& runs,
                                              farm::assignment const& mine) {
    auto const& cell = asked_.what.cells[mine.cell];
    auto order = stage_.orders.at(cell.name.image);
    order.recipe_text = cell.recipe->text;
    auto const work = [&runs, mine, what = cell.what(), order] {
      return runs.prepare(mine, what, order);
    };
    co_return co_await loop::offload(pool_, work);
  }

  // All that hear of a run's end.
  struct witnesses {
    farm::campaign_runs& runs;
    gathering& gather;
    campaign_screen& screen;
    happenings& news;
  };

  loop::awaitable<farm::taken_run> take_in(witnesses const& to, farm::assignment const& mine,
                                           farm::run_report const& report) {
    gathered_run gathered;
    auto const work = [&] {
      gathered = to.gather.ended(report);
      return to.runs.judge(report);
    };
    auto const taken = co_await loop::offload(pool_, work);
    if (!gathered.trouble.empty())
      to.screen.say("a run is whole in its folder, but not in the database: " + gathered.trouble);
    to.screen.ended(asked_.what.cells[mine.cell].name, report, taken);
    if (!taken.new_signature.empty())
      if (auto told = co_await to.news.new_signature(time_, gathered.run, opened_->database); !told)
        to.screen.say(told.error().message());
    co_return taken;
  }

  loop::awaitable<void> make_room(farm::campaign_runs& runs, campaign_screen& screen) {
    auto const& campaign = asked_.what.campaign;
    auto const& wanted = campaign.retention;
    store::retention const rules{
        .age = wanted.age,
        .a_signature = wanted.a_signature
                           ? std::optional(static_cast<std::int64_t>(*wanted.a_signature))
                           : std::nullopt,
        .bytes = wanted.bytes};
    if (!rules.age && !rules.a_signature && !rules.bytes) co_return;
    bool const keep = campaign.new_signature != plan::at_new_signature::nothing;
    auto const work = [&runs, rules, keep] { return runs.make_room(rules, keep); };
    auto const freed = co_await loop::offload(pool_, work);
    if (!freed)
      screen.say(freed.error().message());
    else if (*freed > 0)
      screen.say(fmt::format("removed {} of evidence to make room", print_size(*freed)));
  }

  void write_metrics(campaign_sight const& now) const {
    auto const& file = asked_.what.campaign.metrics;
    if (file.empty()) return;
    auto const seconds =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
    // By rename: whoever reads it never sees half. Trouble shows as metrics that grow old.
    (void)folder::write_document(file, metrics_of(now, seconds.count()));
  }

  void leave(store::campaign_state state, std::string const& why) {
    auto const left =
        opened_->database.leave_campaign(row_.uid, state, why, conductor::wall_clock_now());
    if (!left) complain(left.error().message(), 0);
  }

  night_request& asked_;
  common_options const& common_;
  asio::thread_pool& pool_;
  loop::interruption& stop_;
  loop::interruption no_more_;
  asio::signal_set last_orders_;
  loop::real_clock time_;
  opened_results* opened_ = nullptr;
  store::campaign row_;
  campaign_stage stage_;
};

}  // namespace

int play_night(night_request& asked, common_options const& common) {
  result<int> code = exit_interrupted;
  perform_interruptible([&](work_context context) -> loop::awaitable<void> {
    night one(asked, common, context);
    code = co_await one.play();
  });
  return code ? *code : complain_of(code.error());
}

}  // namespace wedgehog::cli
