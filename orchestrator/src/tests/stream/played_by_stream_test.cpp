// A run whose stream is a file that `cat` carries.
#include "farm/stream/played_by_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "conductor/closing.hpp"
#include "folder/checksum.hpp"
#include "folder/files.hpp"
#include "folder/run_order.hpp"
#include "plan/plan.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::farm::stream {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct carried : ::testing::Test {
  void SetUp() override {
    fs::create_directory(folder());
    auto const order = folder::to_text({.recipe_text = "x"}, plan::to_text(plan::plan{}));
    ASSERT_TRUE(folder::write_document(folder() / folder::names::order, order));
  }
  [[nodiscard]] fs::path folder() const { return place / "run-1"; }

  stream_end play(std::string const& script) {
    std::optional<result<stream_end>> ended;
    loop::asio::io_context context(1);
    loop::asio::thread_pool pool(1);
    loop::interruption stop(context.get_executor());
    loop::real_clock time;
    stream_terms const terms{.carrier = {"sh", "-c", script}};
    line_sink const told = [this](std::string_view line) { lines.emplace_back(line); };
    close_run const close = [](fs::path const& where, std::string const& why) {
      return conductor::close_abandoned(where, why, "test");
    };
    auto const work = [&]() -> loop::awaitable<void> {
      ended = co_await play_by_stream(time, pool, stop, terms, folder(), told, close);
    };
    std::exception_ptr thrown;
    loop::asio::co_spawn(context, work(), [&](std::exception_ptr failed) { thrown = failed; });
    context.run();
    if (thrown) std::rethrow_exception(thrown);
    return ended->value();
  }

  // `cat` of these messages, and of so many bytes less.
  std::string cat(std::vector<message> const& all, std::size_t less = 0) {
    message_writer writer;
    std::string bytes;
    for (auto const& one : all) bytes += writer.frame_of(one);
    bytes.resize(bytes.size() - less);
    std::ofstream(place / "stream", std::ios::binary) << bytes;
    return "cat " + (place / "stream").string();
  }

  std::vector<message> whole_run() {
    facts = "{\"uid\":\"0123456789abcdef0123456789abcdef\",\"name\":\"run-1\"}";
    outcome = "{\"ended\":\"all steps done\"}";
    manifest = "{\"uid\":\"0123456789abcdef0123456789abcdef\",\"files\":[";
    manifest += R"({"path":"run.json","bytes":)" + std::to_string(facts.size()) + R"(,"sha256":")" +
                folder::sha256_of_text(facts) + R"("},)";
    manifest += R"({"path":"outcome.json","bytes":)" + std::to_string(outcome.size()) +
                R"(,"sha256":")" + folder::sha256_of_text(outcome) + R"("}]})";
    return {opening{.wedgehog_stream = 1, .run = "run-1"},
            piece{"run.json", 0, facts},
            progress_line{"{}"},
            piece{"outcome.json", 0, outcome},
            piece{"MANIFEST.json", 0, manifest},
            end{}};
  }

  testing::own_folder place;
  std::vector<std::string> lines;
  std::string facts, outcome, manifest;
};

TEST_F(carried, whole_is_the_run) {
  auto const done = play(cat(whole_run()));
  EXPECT_TRUE(done.begun);
  EXPECT_TRUE(done.report.run.sealed);
  EXPECT_FALSE(done.report.interrupted);
  EXPECT_EQ(done.report.trouble, "");
  EXPECT_EQ(lines.size(), 1U);
}

TEST_F(carried, cut_is_an_interrupted_run_that_says_why) {
  auto const done = play(cat(whole_run(), 1) + "; echo the cable broke >&2; exit 3");
  EXPECT_TRUE(done.begun);
  EXPECT_TRUE(done.report.run.sealed) << "closed in its performer's stead";
  EXPECT_THAT(done.report.trouble, HasSubstr("exit code 3"));
  EXPECT_THAT(done.report.trouble, HasSubstr("the cable broke"));
  EXPECT_EQ(done.report.run.facts.uid, "0123456789abcdef0123456789abcdef");
  EXPECT_FALSE(fs::exists(folder() / folder::names::receiver));
}

TEST_F(carried, hostile_is_refused_and_writes_nothing_outside) {
  auto const done =
      play(cat({opening{.wedgehog_stream = 1, .run = "run-1"}, piece{"../outside", 0, "x"}}) +
           "; sleep 60");
  EXPECT_TRUE(done.begun);
  EXPECT_TRUE(done.report.interrupted);
  EXPECT_THAT(done.report.trouble, HasSubstr("leads out of the run's folder"));
  EXPECT_FALSE(fs::exists(place / "outside"));
}

TEST_F(carried, that_never_begins_leaves_the_order_and_its_words) {
  auto const done = play("echo no such partition >&2; exit 1");
  EXPECT_FALSE(done.begun);
  EXPECT_EQ(done.words, "no such partition");
  EXPECT_FALSE(fs::exists(folder() / folder::names::manifest));
  EXPECT_FALSE(fs::exists(folder() / folder::names::receiver));
}

}  // namespace
}  // namespace wedgehog::farm::stream
