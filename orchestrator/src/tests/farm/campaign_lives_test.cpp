// Campaigns over performers that only pretend, with real folders and a real database: a day in
// seconds, days on which the host is in trouble, and supervisors that are killed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "farm/campaign_runs.hpp"
#include "pretended_performers.hpp"
#include "tests/loop_runner.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::farm {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string const night = std::string(32, 'c');

std::vector<cell_name> cells_called(std::vector<std::string> const& names) {
  std::vector<cell_name> cells;
  for (auto const& name : names) cells.push_back({name, "", "linux"});
  return cells;
}

plan::plan plan_of(cell_name const& cell) {
  plan::plan what;
  what.name = cell.recipe;
  what.image = cell.image;
  return what;
}

result<folder::run_contents> close_lost(fs::path const& folder, std::string const& why) {
  auto order = folder::order_from(folder / folder::names::order);
  if (!order) return order.error();
  auto const what = plan::from_text(order->plan).value();
  folder::run_facts const facts{.uid = folder::new_uid(),
                                .name = folder.filename().string(),
                                .recipe = what.name,
                                .plan = order->plan,
                                .seed = what.seed,
                                .image = what.image,
                                .campaign = order->order.campaign,
                                .ticket = order->order.ticket,
                                .attempt = order->order.attempt};
  auto read = folder::read_run(folder);
  auto writer = read && !read->facts.uid.empty() ? folder::run_writer::take_over(folder)
                                                 : folder::run_writer::begin(folder, facts);
  if (!writer) return writer.error();
  // How it went is told once.
  bool const told = read && read->played;
  if (!told)
    if (auto noted = writer->played({.ended = why, .interrupted = true}); !noted)
      return noted.error();
  return folder::read_run(folder);
}

// What the command does between the supervisor and everything else, without screens and images.
struct campaign_in {
  explicit campaign_in(fs::path const& place)
      : database(store::results_database::open(place / "results.sqlite").value()),
        runs(database, night, "") {}

  campaign_ports ports_over(campaign_book& book) {
    campaign_ports ports;
    ports.prepare = [&](assignment const& mine) -> loop::awaitable<result<task>> {
      auto const& cell = book.cells()[mine.cell].name;
      co_return runs.prepare(mine, plan_of(cell), {});
    };
    ports.take_in = [&](assignment const&, run_report const& report) -> loop::awaitable<taken_run> {
      EXPECT_TRUE(database.ingest(report.run));
      co_return runs.judge(report);
    };
    return ports;
  }

  store::results_database database;
  campaign_runs runs;
};

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

std::size_t descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

// Plays to the end on the manual clock: whenever nobody can go on, time does.
supervised play(campaign_in& in, campaign_book& book, odds how, supervisor_terms const& terms,
                std::function<void(campaign_ports&, loop::manual_clock&)> const& more = {},
                std::function<void(loop::manual_clock&)> const& each_step = {}) {
  loop::asio::io_context context{1};
  loop::manual_clock time(context.get_executor());
  loop::interruption stop(context.get_executor());
  pretended_performers here(time, terms.slots, how);
  auto ports = in.ports_over(book);
  loop::interruption no_more(context.get_executor());
  ports.no_more = &no_more;
  if (more) more(ports, time);
  supervised end;
  bool done = false;
  auto const body = [&]() -> loop::awaitable<void> {
    end = co_await supervise(time, stop, here, book, ports, terms);
    done = true;
  };
  loop::asio::co_spawn(context, body(), [](std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);
  });
  while (!done) {
    context.restart();
    while (context.poll() > 0) context.restart();
    if (done) break;
    auto const next = time.next_deadline();
    if (!next) {
      ADD_FAILURE() << "nobody waits for anything, and it is not over";
      break;
    }
    time.advance(*next - time.now());
    if (each_step) each_step(time);
  }
  EXPECT_LE(here.most_at_once, terms.slots);
  return end;
}

TEST(campaign_lives, a_day_passes_in_seconds_and_leaves_nothing_but_its_runs) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a", "b", "c", "d"}), {.goal = {.hits = 1'000'000}, .seed = 1});
  std::size_t at_noon = 0;
  std::size_t open_at_noon = 0;
  std::size_t most_kept = 0;
  std::size_t houses = 0;
  auto const end = play(
      in, book, {.longest = 25min},
      {.slots = 4, .time = 24h, .look_every = 1min, .house_every = 1h},
      [&](campaign_ports& ports, loop::manual_clock&) {
        ports.keep_house = [&]() -> loop::awaitable<void> {
          ++houses;
          EXPECT_TRUE(in.runs.make_room({.a_signature = 4}, true));
          auto const kept = in.database.evidence_kept().value();
          std::map<std::string, std::size_t> by_failure;
          for (auto const& one : kept)
            if (!one.signature.empty())
              most_kept = std::max(most_kept, ++by_failure[one.signature]);
          co_return;
        };
      },
      [&](loop::manual_clock& time) {
        if (at_noon != 0 || time.now().time_since_epoch() < 12h) return;
        at_noon = resident_kib();
        open_at_noon = descriptors();
      });
  EXPECT_EQ(end.how, campaign_ending::time_over);
  EXPECT_GE(houses, 23U);
  EXPECT_LE(most_kept, 5U) << "the newest four of each failure, and its first";
  std::uint64_t done = 0;
  std::uint64_t void_runs = 0;
  double hours = 0;
  for (auto const& cell : book.cells()) {
    done += cell.done;
    void_runs += cell.void_runs;
    hours += cell.hours;
    EXPECT_EQ(cell.under_way, 0U);
  }
  EXPECT_GT(done, 350U);
  EXPECT_NEAR(hours, 24 * 4, 12) << "four slots were busy all day, but for what came to nothing";
  auto const sums = in.database.campaign_cells(night, {}).value();
  std::int64_t in_database = 0;
  for (auto const& sum : sums) in_database += sum.done + sum.void_runs;
  EXPECT_EQ(static_cast<std::uint64_t>(in_database), done + void_runs);
  EXPECT_LE(descriptors(), open_at_noon);
  EXPECT_LT(resident_kib(), at_noon + 6'000) << "memory does not grow with the runs";
}

TEST(campaign_lives, an_interruption_ends_it_and_another_goes_on_to_the_same_end) {
  testing::own_folder place;
  auto const terms = [] { return book_terms{.goal = {.runs = 40}, .seed = 3}; };
  {
    campaign_in in(place.path());
    campaign_book book(cells_called({"a", "b"}), terms());
    auto const end = play(in, book, {}, {.slots = 4, .time = 1h});
    EXPECT_EQ(end.how, campaign_ending::time_over);
    EXPECT_FALSE(book.done());
  }
  campaign_in in(place.path());
  campaign_book book(cells_called({"a", "b"}), terms());
  ASSERT_TRUE(in.runs.restore(book, close_lost));
  auto const end = play(in, book, {}, {.slots = 4});
  EXPECT_EQ(end.how, campaign_ending::all_done);
  for (auto const& sum : in.database.campaign_cells(night, {}).value()) EXPECT_EQ(sum.done, 40);
}

// No room on the disk, a folder that cannot be made: waited out, and nothing is lost by it.
TEST(campaign_lives, trouble_of_the_host_is_waited_out) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a"}), {.goal = {.runs = 20}, .seed = 5});
  std::vector<std::string> said;
  auto const with_trouble = [&](loop::duration from, loop::duration until) {
    return [&, from, until](campaign_ports& ports, loop::manual_clock& time) {
      auto const plain = ports.prepare;
      ports.prepare = [&, plain, from,
                       until](assignment const& mine) -> loop::awaitable<result<task>> {
        auto const now = time.now().time_since_epoch();
        if (now >= from && now < until) co_return host_error("no room");
        co_return co_await plain(mine);
      };
      ports.say = [&](std::string const& what) { said.push_back(what); };
    };
  };
  auto const end = play(in, book, {}, {.slots = 2}, with_trouble(20min, 3h));
  EXPECT_EQ(end.how, campaign_ending::all_done);
  EXPECT_EQ(book.cells()[0].done, 20U);
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said[0], "no room; the next attempt in 10.0 s");
  EXPECT_LT(said.size(), 60U);

  campaign_book hopeless(cells_called({"b"}), {.goal = {.runs = 20}});
  auto const given_up = play(in, hopeless, {}, {.slots = 2}, with_trouble(0h, 1000h));
  EXPECT_EQ(given_up.how, campaign_ending::trouble);
  EXPECT_EQ(describe(given_up), "the host is in trouble: no room");
}

TEST(campaign_lives, a_full_disk_is_cleared_at_once) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a"}), {.goal = {.runs = 20}, .seed = 6});
  std::vector<std::string> said;
  std::vector<loop::duration> cleared;
  bool full = false;
  auto const end =
      play(in, book, {}, {.slots = 2}, [&](campaign_ports& ports, loop::manual_clock& time) {
        auto const plain = ports.prepare;
        ports.prepare = [&, plain](assignment const& mine) -> loop::awaitable<result<task>> {
          full = full || (cleared.empty() && time.now().time_since_epoch() > 15min);
          if (full) co_return host_error("no room");
          co_return co_await plain(mine);
        };
        ports.keep_house = [&]() -> loop::awaitable<void> {
          if (full) cleared.push_back(time.now().time_since_epoch());
          full = false;
          co_return;
        };
        ports.say = [&](std::string const& what) { said.push_back(what); };
      });
  EXPECT_EQ(end.how, campaign_ending::all_done);
  EXPECT_EQ(cleared.size(), 1U);
  EXPECT_TRUE(said.empty()) << said.front();
}

// Somebody else takes the host's memory for an hour: those that fit go on, and it is said once.
TEST(campaign_lives, fewer_run_at_once_while_there_is_room_for_no_more) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a", "b"}), {.goal = {.runs = 60}, .seed = 7});
  std::vector<std::string> said;
  std::size_t most_within = 0, most_after = 0;
  auto const end = play(in, book, {.wedge = 0, .is_void = 0, .performer_dies = 0}, {.slots = 8},
                        [&](campaign_ports& ports, loop::manual_clock& time) {
                          auto const scarce = [&time] {
                            return time.now().time_since_epoch() >= 20min &&
                                   time.now().time_since_epoch() < 80min;
                          };
                          ports.admits = [&, scarce](assignment const&) -> result<void> {
                            if (scarce() && book.under_way() > 3)
                              return host_error("there is no room: memory");
                            return {};
                          };
                          ports.look = [&, scarce] {
                            auto const now = time.now().time_since_epoch();
                            // Those that were begun before end within a quarter of an hour.
                            if (scarce() && now > 36min)
                              most_within = std::max(most_within, book.under_way());
                            if (now > 80min) most_after = std::max(most_after, book.under_way());
                          };
                          ports.say = [&](std::string const& what) { said.push_back(what); };
                        });
  EXPECT_EQ(end.how, campaign_ending::all_done);
  for (auto const& cell : book.cells()) EXPECT_EQ(cell.done, 60U);
  EXPECT_EQ(most_within, 3U);
  EXPECT_GT(most_after, 3U) << "and comes back";
  ASSERT_FALSE(said.empty());
  EXPECT_THAT(said[0], ::testing::StartsWith("there is no room: memory: from 8 runs at once to "));
  EXPECT_LT(said.size(), 12U) << "said when it changes";
}

TEST(campaign_lives, with_nothing_under_way_want_of_room_is_waited_out) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a"}), {.goal = {.runs = 10}, .seed = 8});
  std::vector<std::string> said;
  auto const end =
      play(in, book, {}, {.slots = 2}, [&](campaign_ports& ports, loop::manual_clock& time) {
        ports.admits = [&time](assignment const&) -> result<void> {
          auto const now = time.now().time_since_epoch();
          if (now < 3h) return host_error("there is no room: memory");
          return {};
        };
        ports.say = [&](std::string const& what) { said.push_back(what); };
      });
  EXPECT_EQ(end.how, campaign_ending::all_done);
  EXPECT_EQ(book.cells()[0].done, 10U) << "none is void for it";
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said[0], "there is no room: memory; the next attempt in 10.0 s");
  EXPECT_LT(said.size(), 60U);
  EXPECT_EQ(std::distance(fs::directory_iterator(place / "runs"), fs::directory_iterator()),
            std::ptrdiff_t(in.database.list({.limit = 1000}).value().size()))
      << "no folder is made for what cannot begin";
}

TEST(campaign_lives, once_no_more_is_wanted_those_under_way_end_by_themselves) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a", "b"}), {.goal = {.runs = 200}, .seed = 10});
  loop::interruption* no_more = nullptr;
  bool asked = false;
  std::size_t begun_after = 0;
  auto const end = play(
      in, book, {.wedge = 0, .is_void = 0, .performer_dies = 0}, {.slots = 4},
      [&](campaign_ports& ports, loop::manual_clock&) {
        no_more = ports.no_more;
        auto const plain = ports.prepare;
        ports.prepare = [&, plain](assignment const& mine) -> loop::awaitable<result<task>> {
          if (asked) ++begun_after;
          co_return co_await plain(mine);
        };
      },
      [&](loop::manual_clock& time) {
        if (time.now().time_since_epoch() < 1h || asked) return;
        asked = true;
        no_more->request();
      });
  EXPECT_EQ(end.how, campaign_ending::stopped);
  EXPECT_EQ(begun_after, 0U);
  auto const runs = in.database.list({.limit = 1000}).value();
  EXPECT_EQ(book.cells()[0].done + book.cells()[1].done, runs.size()) << "each came to its end";
  EXPECT_GT(runs.size(), 10U);
  EXPECT_LT(runs.size(), 100U);
}

TEST(campaign_lives, who_waits_for_room_hears_that_no_more_is_wanted) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a"}), {.goal = {.runs = 20}, .seed = 11});
  loop::interruption* no_more = nullptr;
  loop::duration ended{};
  auto const end = play(
      in, book, {}, {.slots = 2},
      [&](campaign_ports& ports, loop::manual_clock&) {
        no_more = ports.no_more;
        ports.admits = [](assignment const&) -> result<void> { return host_error("no room"); };
      },
      [&](loop::manual_clock& time) {
        ended = time.now().time_since_epoch();
        if (ended >= 1h) no_more->request();
      });
  EXPECT_EQ(end.how, campaign_ending::stopped);
  EXPECT_LT(ended, 1h + 1min);
}

TEST(campaign_lives, cells_that_were_given_up_have_not_had_enough) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a", "b"}), {.goal = {.runs = 20}, .seed = 9});
  odds const nothing{.wedge = 0, .is_void = 1, .performer_dies = 0};
  auto const end = play(in, book, nothing, {.slots = 2});
  EXPECT_EQ(end.how, campaign_ending::all_done);
  EXPECT_EQ(end.given_up, 2U);
  EXPECT_EQ(describe(end), "every cell was given up: its runs came to nothing");
  EXPECT_EQ(describe({.cells = 3}), "all cells have had enough");
  EXPECT_EQ(describe({.cells = 3, .given_up = 1}),
            "all cells have had enough, but for 1 that was given up");
}

TEST(campaign_lives, a_failure_that_nobody_knew_may_end_it) {
  testing::own_folder place;
  campaign_in in(place.path());
  campaign_book book(cells_called({"a"}), {.goal = {.runs = 1000}, .seed = 2});
  auto const end = play(in, book, {.wedge = 0.2}, {.slots = 2, .stop_at_new_signature = true});
  EXPECT_EQ(end.how, campaign_ending::new_signature);
  EXPECT_GE(book.cells()[0].hits, 1U);
  EXPECT_LE(book.cells()[0].hits, 2U) << "the one beside it may have found something, too";
}

// A supervisor in a process of its own, on the real clock, killed at any moment.
[[noreturn]] void supervise_in_child(fs::path const& place, std::uint64_t goal) {
  campaign_in in(place);
  campaign_book book(cells_called({"a", "b"}), {.goal = {.runs = goal}, .seed = 9});
  if (!in.runs.restore(book, close_lost)) _exit(3);
  loop::asio::io_context context{1};
  loop::real_clock time;
  loop::interruption stop(context.get_executor());
  pretended_performers here(time, 3, {.shortest = 1ms, .longest = 30ms});
  auto const ports = in.ports_over(book);
  supervised end;
  auto const body = [&]() -> loop::awaitable<void> {
    end = co_await supervise(time, stop, here, book, ports, {.slots = 3});
  };
  testing::run_to_end(context, body(), 600s);
  _exit(end.how == campaign_ending::all_done ? 0 : 4);
}

TEST(campaign_lives, two_hundred_kills_lose_no_finished_run_and_count_none_twice) {
  testing::own_folder place;
  constexpr std::uint64_t goal = 300;
  constexpr int kills = 200;
  chance draw(20261130);
  int killed = 0;
  int code = -1;
  for (int i = 0; i < 4 * kills && code != 0; ++i) {
    pid_t const child = ::fork();
    if (child == 0) supervise_in_child(place.path(), goal);
    if (killed < kills) {
      ::usleep(static_cast<useconds_t>(draw.below(90'000)));
      ::kill(child, SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) ++killed;
    if (WIFEXITED(status)) code = WEXITSTATUS(status);
    ASSERT_TRUE(WIFSIGNALED(status) || code == 0) << code;
  }
  EXPECT_EQ(code, 0) << "the last was left alone and came to the end";
  EXPECT_GT(killed, kills / 2) << "else this showed nothing";
  auto database = store::results_database::open(place / "results.sqlite").value();
  std::int64_t counted = 0;
  for (auto const& sum : database.campaign_cells(night, {}).value()) {
    EXPECT_GE(sum.done, static_cast<std::int64_t>(goal));
    counted += sum.done + sum.void_runs;
  }
  std::set<std::uint64_t> finished;
  std::size_t folders = 0;
  for (auto const& one : fs::directory_iterator(place / "runs")) {
    ++folders;
    auto const run = folder::read_run(one.path());
    // Killed between its judgement and its seal, it had ended all the same.
    bool const ended = run && run->played && !run->played->interrupted && !run->judgements.empty();
    if (!ended) continue;
    EXPECT_TRUE(finished.insert(run->facts.ticket).second)
        << "ticket " << run->facts.ticket << " was done again though it had ended";
  }
  EXPECT_EQ(static_cast<std::int64_t>(finished.size()), counted)
      << "every run that came to its end counts, once";
  EXPECT_LE(folders, finished.size() * 1.1 + 3 * static_cast<double>(killed))
      << "at most those under way were repeated";
}

}  // namespace
}  // namespace wedgehog::farm
