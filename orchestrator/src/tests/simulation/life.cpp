#include "tests/simulation/life.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <list>

#include "base/ensure.hpp"
#include "conductor/opinion.hpp"
#include "folder/run_reader.hpp"
#include "loop/interruption.hpp"
#include "loop/nursery.hpp"
#include "loop/temporary.hpp"
#include "tests/simulation/nbd_drive.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;
namespace files = std::filesystem;

// Whatever a life may take by its budgets is far below this.
constexpr auto far_too_long = 20min;
constexpr int most_turns_to_end = 20'000;

int open_descriptors() {
  return static_cast<int>(
      std::distance(files::directory_iterator("/proc/self/fd"), files::directory_iterator()));
}

std::vector<std::string> names_below(files::path const& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (auto const& one : files::recursive_directory_iterator(folder, ignored))
    names.push_back(one.path().lexically_relative(folder).string());
  std::sort(names.begin(), names.end());
  return names;
}

class world {
 public:
  explicit world(life_options const& options)
      : options_(options),
        began_(all_.time().now()),
        stop_(all_.executor()),
        watchers_(all_.executor()) {
    auto model = std::make_unique<simulated::backend>(
        all_.time(), [this](int nth, vm::machine_spec const&) { return make_model(nth); });
    machines_ = model.get();
    backend_ = options_.wrap ? options_.wrap(std::move(model), all_.time()) : std::move(model);
  }

  // False when it never came to an end: then nothing of it can be taken apart.
  bool play(life& lived) {
    watchers_.spawn(stop_us());
    watchers_.spawn(stop_by_user());
    watchers_.spawn(starve());
    watchers_.spawn(perform(lived));
    while (!done_) {
      lived.ending = all_.play_one(done_, began_ + far_too_long);
      if (lived.ending != loop::simulated_loop::ending::done) break;
      if (options_.look && !done_) options_.look(all_.turns());
    }
    lived.took = all_.time().now() - began_;
    lived.turns = all_.turns();
    lived.cause = cause_;
    if (!done_) return false;
    watchers_.cancel();
    // QEMU's model, closed lines and alarms come to their ends.
    int turns = 0;
    while ((watchers_.size() > 0 || machines_->alive() > 0) && turns++ < most_turns_to_end)
      if (!all_.turn()) break;
    lived.alive = machines_->alive();
    if (watchers_.size() > 0 || lived.alive > 0) return false;
    while (turns++ < most_turns_to_end && all_.turn()) {
    }
    return true;
  }

 private:
  void note_cause() {
    auto const now = all_.time().now() - began_;
    cause_ = std::min(cause_.value_or(now), now);
  }

  simulated::model make_model(int nth) {
    auto const& day = options_.day;
    simulated::model made;
    made.make_drive = make_nbd_drive;
    made.make_guest = [this, nth](int boot) {
      guest_options guest{.seed = chance(options_.seed).stream(fmt::format("life:{}", nth))(),
                          .boot = options_.day.boot};
      // A day is bad once.
      if (nth == 0) guest.trouble = options_.day.guest;
      guest.when_it_comes = [this] { note_cause(); };
      return std::make_unique<model_guest>(guest, boot);
    };
    if (nth == 0) {
      made.dies_after = day.dies_after;
      made.dies_with = day.dies_with;
      made.refuses_to_start = day.refuses_to_start;
      if (!day.refuses_to_start.empty()) note_cause();
      if (day.dies_after) note_cause_after(*day.dies_after);
    }
    made.manners = [this](std::string const&) { return choose_manners(); };
    return made;
  }
  void note_cause_after(loop::duration span) {
    auto const then = all_.time().now() - began_ + span;
    cause_ = std::min(cause_.value_or(then), then);
  }

  simulated::manners choose_manners() {
    auto const& day = options_.day;
    bool const due = all_.time().now() - began_ >= day.manners_after;
    if (day.manners.what == simulated::manners::kind::good || !due) return {};
    if (spoiled_ && !day.manners_stay) return {};
    spoiled_ = true;
    note_cause();
    return day.manners;
  }

  loop::awaitable<void> stop_us() {
    if (!options_.day.stops_us_after) co_return;
    co_await all_.time().sleep_for(*options_.day.stops_us_after);
    note_cause();
    all_.be_late_by(options_.day.stopped_for);
  }
  loop::awaitable<void> stop_by_user() {
    if (!options_.day.user_stops_after) co_return;
    co_await all_.time().sleep_for(*options_.day.user_stops_after);
    note_cause();
    stop_.request();
  }
  loop::awaitable<void> starve() {
    if (!options_.day.starves_after) co_return;
    co_await all_.time().sleep_for(*options_.day.starves_after);
    note_cause();
    for (auto const& one : machines_->made()) one->set_host_share(0.03);
  }

  loop::awaitable<void> perform(life& lived) {
    vm::image image;
    image.name = options_.what.image;
    image.kernel_release = "6.1.0-model";
    // What the model can do is what the Linux guest can.
    image.guest =
        vm::read_profile(std::string(WEDGEHOG_SOURCE_DIR) + "/images/linux/profile.yaml").value();
    conductor::stage stage{.time = all_.time(),
                           .pool = all_.executor(),
                           .stop = stop_,
                           .backend = *backend_,
                           .image = image,
                           .version = "model"};
    folder::run_facts facts;
    facts.uid = std::string(32, 'a');
    facts.owner = folder::this_process();
    facts.name = fmt::format("seed-{}", options_.seed);
    facts.recipe = options_.what.name;
    facts.plan = plan::to_text(options_.what);
    facts.seed = options_.what.seed;
    facts.image = image.name;
    facts.accelerator = "simulated";
    auto const outcome =
        co_await conductor::perform(stage, options_.what, facts, options_.into, {});
    if (outcome)
      lived.done = outcome.value();
    else
      lived.failure = outcome.error().message();
    done_ = true;
  }

  life_options const& options_;
  loop::simulated_loop all_;
  loop::time_point began_;
  loop::interruption stop_;
  simulated::backend* machines_ = nullptr;
  std::unique_ptr<vm::backend> backend_;
  loop::nursery watchers_;
  std::optional<loop::duration> cause_;
  bool spoiled_ = false;
  bool done_ = false;
};

}  // namespace

life play(life_options const& options) {
  life lived;
  std::optional<loop::temporary_directory> own;
  if (options.runtime.empty()) own.emplace(loop::temporary_directory::make("/dev/shm").value());
  auto const runtime = own ? own->path() : options.runtime.string();
  ::setenv("WEDGEHOG_RUNTIME", runtime.c_str(), 1);
  int const before = open_descriptors();
  auto all = std::make_unique<world>(options);
  bool const ended = all->play(lived);
  // A life that does not end is a finding; its coroutines cannot be taken apart, ever.
  static auto* const never_ended = new std::list<std::unique_ptr<world>>;
  if (ended)
    all.reset();
  else
    never_ended->push_back(std::move(all));
  lived.descriptors = ended ? open_descriptors() - before : 0;
  lived.left_behind = names_below(runtime);
  ::unsetenv("WEDGEHOG_RUNTIME");
  return lived;
}

record read_back(life_options const& options, life lived) {
  record read;
  read.what = options.what;
  read.day = options.day;
  read.lived = std::move(lived);
  auto const run = folder::read_run(options.into);
  if (!run) {
    read.complaints.push_back(run.error().message());
    return read;
  }
  read.complaints = run->complaints;
  read.sealed = run->sealed;
  read.opinions = run->judgements.size();
  for (auto const& one : run->artifacts) read.files.push_back(one.path);
  auto const budgets = verdict::granted_by(options.what, folder::time_scale_of(run.value()));
  verdict::judged_run judged(budgets);
  timeline::text_reader text([&](timeline::signal one) {
    judged.observe(one);
    read.signals.append(std::move(one));
  });
  auto const extent = folder::each_timeline_piece_of(
      run.value(), [&text](std::string_view piece) { text.feed(piece); });
  text.finish();
  if (!extent) read.complaints.push_back(extent.error().message());
  if (text.skipped() > 0) read.complaints.push_back(text.first_complaint());
  read.again = judged.conclude();
  conductor::opinion_terms const terms{.expected = options.what.expects, .asked = judged.asked()};
  read.again_met = conductor::opinion_of(read.again, terms).met;
  return read;
}

}  // namespace wedgehog::simulation
