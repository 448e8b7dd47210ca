#include "cli/campaign_night.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "cli/campaign_screen.hpp"
#include "cli/gathering.hpp"
#include "cli/happenings.hpp"
#include "cli/interruptible.hpp"
#include "cli/opened_results.hpp"
#include "cli/staging.hpp"
#include "cli/terminal.hpp"
#include "conductor/closing.hpp"
#include "conductor/opinion.hpp"
#include "farm/children.hpp"
#include "farm/run_place.hpp"
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

// Between two looks at what could be removed: each reads the sizes of all that is kept.
constexpr auto retention_every = std::chrono::minutes(10);
// A run is not begun with less on the disk of its results.
constexpr std::uint64_t least_room = 512U << 20U;

result<folder::run_contents> close_lost(fs::path const& folder, std::string const& why) {
  vm::runtime_directory::sweep();
  return conductor::close_abandoned(folder, why, "wedgehog " WEDGEHOG_VERSION);
}

farm::run_end end_of(folder::run_contents const& run, farm::run_report const& report,
                     std::vector<std::string> const& wanted) {
  auto const& said = report.said;
  bool const judged = !run.judgements.empty();
  farm::run_end end;
  end.finished = said.exit_code == 1 || (judged && run.played && !report.interrupted);
  end.is_void = said.exit_code != 0 && said.exit_code != 1;
  end.hit = said.exit_code == 1 &&
            (wanted.empty() || (said.signature && std::find(wanted.begin(), wanted.end(),
                                                            *said.signature) != wanted.end()));
  end.hours = run.played ? run.played->exposure_s / 3600 : 0;
  end.why = said.because.empty() ? said.verdict : said.verdict + ": " + said.because.front();
  return end;
}

class night {
 public:
  night(night_request& asked, common_options const& common, work_context context)
      : asked_(asked), common_(common), pool_(context.pool), stop_(context.stop) {}

  loop::awaitable<result<int>> play() {
    auto opened = open_results(common_.results);
    if (!opened) co_return opened.error();
    opened_ = &opened.value();
    vm::runtime_directory::sweep();
    auto const staged = co_await stage();
    if (!staged) co_return staged.error();
    if (!*staged) co_return exit_interrupted;
    if (auto owned = own(); !owned) co_return owned.error();
    auto const ended = co_await supervised();
    if (!ended) {
      leave(store::campaign_state::stopped, ended.error().message());
      co_return ended.error();
    }
    co_return ended.value();
  }

 private:
  // Accelerator and images. False: interrupted.
  loop::awaitable<result<bool>> stage() {
    auto const where = find_places();
    if (!where) co_return where.error();
    auto const base = co_await order_of_stage(time_, stop_, asked_.session, common_, where.value());
    if (!base) co_return base.error();
    if (!*base) co_return false;
    for (auto const& cell : asked_.what.cells) {
      auto const& what = cell.what();
      if (orders_.contains(what.image)) continue;
      auto options = options_for(where.value(), what, asked_.session.image);
      for (auto const& other : asked_.what.cells)
        if (other.name.image == what.image)
          options = options_for(where.value(), other.what(), options);
      auto making = ensure_image(where.value(), what.image, std::move(options), common_.quiet);
      auto const image = co_await stop_.unless_requested(std::move(making));
      if (!image) co_return false;
      if (!*image) co_return image->error();
      auto order = **base;
      order.image_folder = (*image)->folder;
      order.image_profile = home_of(where.value(), what.image).profile;
      inputs_["image " + what.image] = (*image)->checksums;
      orders_.emplace(what.image, std::move(order));
    }
    for (auto const& [file, sum] : asked_.what.recipe_sums) inputs_["recipe " + file] = sum;
    co_return true;
  }

  // Becomes the supervisor, of a new campaign or of one that goes on.
  result<void> own() {
    auto& database = opened_->database;
    auto const inputs = json::serialize(json::value_from(inputs_));
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

  // What a campaign was begun with must be what it goes on with, or its numbers mix two things.
  result<void> expect_unchanged() {
    std::map<std::string, std::string> before;
    boost::system::error_code failure;
    if (auto const read = json::parse(row_.inputs, failure); !failure) from_json(read, before);
    std::vector<std::string> changed;
    for (auto const& [what, sum] : before) {
      auto const now = inputs_.find(what);
      if (now == inputs_.end())
        changed.push_back(what + " is not part of it any more");
      else if (now->second != sum)
        changed.push_back(what + " has changed");
    }
    for (auto const& [what, sum] : inputs_)
      if (!before.contains(what)) changed.push_back(what + " is new");
    if (asked_.what.text != row_.text) changed.push_back("the campaign file has changed");
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

  // Folders of runs whose supervisor was killed before anybody noted them.
  result<void> take_in_the_unknown() {
    auto const folders = opened_->database.folders_without_row();
    if (!folders) return folders.error();
    for (auto const& folder : *folders) {
      auto const order = folder::order_from(folder / folder::names::order);
      if (!order || order->order.campaign != row_.uid) continue;
      auto run = folder::read_run(folder);
      if (run && folder::standing_of(*run) == folder::standing::living && !run->facts.uid.empty())
        continue;
      if (!run || !run->sealed) run = close_lost(folder, "its supervisor was killed");
      if (!run) {
        complain(run.error().message(), 0);
        continue;
      }
      if (auto taken = opened_->database.ingest(*run); !taken) return taken.error();
    }
    return {};
  }

  result<void> restore(farm::campaign_book& book) {
    if (auto taken = take_in_the_unknown(); !taken) return taken;
    auto& database = opened_->database;
    auto const& signature = asked_.what.campaign.goal.signature;
    auto const cells = database.campaign_cells(
        row_.uid, signature.empty() ? std::nullopt : std::optional(signature));
    if (!cells) return cells.error();
    auto const count = [](std::int64_t number) { return static_cast<std::uint64_t>(number); };
    for (auto const& one : *cells)
      book.restore({one.recipe, one.variant, one.image}, count(one.done), count(one.void_runs),
                   count(one.hits), one.hours);
    auto const open = database.open_tickets(row_.uid);
    if (!open) return open.error();
    for (auto const& one : *open)
      book.restore_open({one.recipe, one.variant, one.image}, one.number, one.attempts, one.seed);
    auto const last = database.last_ticket(row_.uid);
    if (!last) return last.error();
    book.restore_last_ticket(*last);
    if (!signature.empty()) {
      auto names = database.names_for(signature);
      if (!names) return names.error();
      wanted_ = std::move(*names);
    }
    return {};
  }

  loop::awaitable<result<int>> supervised() {
    farm::performer_terms const terms{{"/proc/self/exe", "perform"}};
    farm::children here(time_, pool_, stop_, terms, close_lost, asked_.settings.slots);
    if (auto swept = co_await here.sweep(row_.uid); !swept) co_return swept.error();
    auto book = restored_book();
    if (auto restored = restore(book); !restored) co_return restored.error();
    campaign_screen screen(common_, row_.name, here.describe());
    happenings news(asked_.what.campaign.hook, row_.name);
    gathering gather(*opened_);
    farm::campaign_ports ports;
    ports.prepare = [this](farm::assignment const& mine) { return prepare(mine); };
    ports.take_in = [&](farm::assignment const& mine, farm::run_report const& report) {
      return take_in(gather, screen, news, mine, report);
    };
    ports.look = [&] {
      screen.look(book);
      write_metrics(screen.sight());
    };
    ports.say = [&screen](std::string const& what) { screen.say(what); };
    auto const executor = co_await asio::this_coro::executor;
    loop::nursery beside(executor);
    beside.spawn(make_room_now_and_then(screen));
    auto const& campaign = asked_.what.campaign;
    auto const end = co_await farm::supervise(
        time_, stop_, here, book, ports,
        {.slots = asked_.settings.slots,
         .time = campaign.time,
         .stop_at_new_signature = campaign.new_signature == plan::at_new_signature::stop});
    co_await beside.stop();
    screen.finish(book, farm::describe(end));
    leave(end.how == farm::campaign_ending::all_done ? store::campaign_state::done
                                                     : store::campaign_state::stopped,
          farm::describe(end));
    if (auto told = co_await news.ended(time_, farm::describe(end), screen.sight()); !told)
      complain(told.error().message(), 0);
    if (end.how == farm::campaign_ending::stopped) co_return exit_interrupted;
    co_return end.how == farm::campaign_ending::trouble ? exit_inconclusive : 0;
  }

  loop::awaitable<result<farm::task>> prepare(farm::assignment const& mine) {
    auto const work = [this, mine] { return prepared(mine); };
    co_return co_await loop::offload(pool_, work);
  }

  // Blocking.
  result<farm::task> prepared(farm::assignment const& mine) {
    auto const& cell = asked_.what.cells[mine.cell];
    std::unique_lock const alone(plans_);
    auto what = cell.what();
    what.seed = mine.seed;
    auto const runs = opened_->directory.root() / "runs";
    std::error_code unknown;
    if (auto const room = fs::space(opened_->directory.root(), unknown);
        !unknown && room.available < least_room)
      return host_error(fmt::format("{} has {} left: no run is begun with less than {}",
                                    opened_->directory.root().string(), print_size(room.available),
                                    print_size(least_room)));
    auto const place = farm::make_run_place(runs, what.name, conductor::wall_clock_now());
    if (!place) return place.error();
    auto order = orders_.at(what.image);
    order.recipe_text = cell.recipe->text;
    order.campaign = row_.uid;
    order.ticket = mine.ticket;
    order.attempt = mine.attempt;
    auto const text = folder::to_text(order, plan::to_text(plan::scaled(what, order.time_scale)));
    auto const written = folder::write_document(place->folder / folder::names::order, text);
    if (!written) return written.error();
    return farm::task{.folder = place->folder,
                      .name = place->name,
                      .campaign = row_.uid,
                      .memory = what.guest.memory + performer_memory,
                      .processors = static_cast<int>(what.guest.vcpus)};
  }

  loop::awaitable<farm::taken_run> take_in(gathering& gather, campaign_screen& screen,
                                           happenings& news, farm::assignment const& mine,
                                           farm::run_report const& report) {
    auto const work = [&gather, &report] { return gather.ended(report); };
    auto const gathered = co_await loop::offload(pool_, work);
    if (!gathered.trouble.empty())
      screen.say("a run is whole in its folder, but not in the database: " + gathered.trouble);
    farm::taken_run taken{.how = end_of(report.run, report, wanted_),
                          .starved = report.said.verdict == "host-starved"};
    auto const& said = report.said;
    if (said.exit_code == 1 && said.signature) {
      auto const ask = [this, name = *said.signature, uid = report.run.facts.uid] {
        return opened_->database.is_new(name, uid);
      };
      auto const fresh = co_await loop::offload(pool_, ask);
      if (fresh && *fresh) taken.new_signature = *said.signature;
    }
    screen.ended(asked_.what.cells[mine.cell].name, report, taken);
    if (!taken.new_signature.empty())
      if (auto told = co_await news.new_signature(time_, gathered.run, opened_->database); !told)
        screen.say(told.error().message());
    co_return taken;
  }

  loop::awaitable<void> make_room_now_and_then(campaign_screen& screen) {
    auto const& wanted = asked_.what.campaign.retention;
    if (!wanted.age && !wanted.a_signature && !wanted.bytes) co_return;
    for (;;) {
      co_await time_.sleep_for(retention_every);
      auto const work = [this] { return make_room(); };
      auto const freed = co_await loop::offload(pool_, work);
      if (!freed)
        screen.say(freed.error().message());
      else if (*freed > 0)
        screen.say(fmt::format("removed {} of evidence to make room", print_size(*freed)));
    }
  }

  // Blocking.
  result<std::uint64_t> make_room() {
    auto const& campaign = asked_.what.campaign;
    auto const& wanted = campaign.retention;
    auto all = opened_->database.evidence_kept();
    if (!all) return all.error();
    auto const now = conductor::wall_clock_now();
    auto const chosen = store::chosen_by(
        {.age = wanted.age,
         .a_signature = wanted.a_signature
                            ? std::optional(static_cast<std::int64_t>(*wanted.a_signature))
                            : std::nullopt,
         .bytes = wanted.bytes},
        store::of_campaign(row_.uid, campaign.new_signature != plan::at_new_signature::nothing,
                           std::move(*all)),
        now);
    std::uint64_t freed = 0;
    for (auto const& one : chosen) {
      auto const removed = opened_->database.make_room(one, now);
      if (!removed) return removed.error();
      freed += *removed;
    }
    return freed;
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

  // Seen: 6 MB of its own, and QEMU's besides the guest's memory.
  static constexpr std::uint64_t performer_memory = 192U << 20U;

  night_request& asked_;
  common_options const& common_;
  asio::thread_pool& pool_;
  loop::interruption& stop_;
  loop::real_clock time_;
  opened_results* opened_ = nullptr;
  store::campaign row_;
  std::map<std::string, folder::run_order> orders_;  // by image
  std::map<std::string, std::string> inputs_;
  std::vector<std::string> wanted_;  // names of the signature that makes a hit
  std::mutex plans_;                 // a list of plans makes them when they are asked for
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
