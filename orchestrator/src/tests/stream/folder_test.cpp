// A run's folder through a stream: while it grows, whole, cut anywhere, and other than it was
// sealed.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "farm/stream/folder_receiver.hpp"
#include "farm/stream/folder_sender.hpp"
#include "folder/files.hpp"
#include "folder/run_reader.hpp"
#include "folder/run_writer.hpp"
#include "loop/descriptor.hpp"
#include "tests/file_text.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::farm::stream {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct travelling_folder : ::testing::Test {
  void SetUp() override {
    fs::create_directory(there());
    fs::create_directory(here());
    for (auto const& end : {there(), here()})
      ASSERT_TRUE(folder::write_document(end / folder::names::order, "{}"));
  }
  [[nodiscard]] fs::path there() const { return place / "there"; }
  [[nodiscard]] fs::path here() const { return place / "here"; }

  // The bytes that travel of a run which keeps a timeline, evidence with a hole and an opinion.
  std::string play_there() {
    loop::descriptor const out(
        ::open((place / "stream").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    folder_sender sender(out.get(), there(), 1s);
    EXPECT_TRUE(sender.open({.wedgehog_stream = 1, .run = "there"}));
    folder::run_facts const facts{
        .uid = folder::new_uid(), .name = "there", .recipe_text = "recipe", .plan = "{}"};
    auto writer = folder::run_writer::begin(there(), facts);
    EXPECT_TRUE(writer);
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(writer->keep_timeline("{\"at\":" + std::to_string(i) + "}\n"));
      EXPECT_TRUE(sender.follow());
    }
    EXPECT_TRUE(folder::make_folder(there() / "evidence"));
    std::ofstream memory(there() / "evidence" / "memory.bin", std::ios::binary);
    memory << std::string(100'000, 'm');
    memory.seekp(4 << 20U);
    memory << "end";
    memory.close();
    std::ofstream(there() / "empty") << "";
    fs::create_symlink("/etc/passwd", there() / "link");
    ::truncate((there() / "empty").c_str(), 1 << 20U);
    EXPECT_TRUE(writer->played({.ended = "all steps done"}));
    EXPECT_TRUE(writer->judged({.judge = "test", .verdict = "passed"}));
    EXPECT_TRUE(writer->seal(facts));
    EXPECT_TRUE(sender.rest());
    return testing::text_of(place / "stream");
  }

  // How it ended; empty: it is whole.
  std::string receive(std::string_view bytes) {
    auto receiver = folder_receiver::into(here());
    if (!receiver) return receiver.error().message();
    message_reader reader;
    auto const fed = reader.feed(bytes, [&](message const& what) -> result<void> {
      auto const* part = std::get_if<piece>(&what);
      return part == nullptr ? result<void>() : receiver->take(*part);
    });
    if (!fed) return fed.error().message();
    if (!reader.ended()) return "it is cut";
    auto const sealed = receiver->seal();
    return sealed ? "" : sealed.error().message();
  }

  testing::own_folder place;
};

TEST_F(travelling_folder, comes_as_it_was_sealed) {
  EXPECT_EQ(receive(play_there()), "");
  for (auto const* file : {"run.json", "timeline.zst", "MANIFEST.json", "evidence/memory.bin",
                           "empty", "judgements/0001.json", "outcome.json"})
    EXPECT_EQ(testing::text_of(here() / file), testing::text_of(there() / file)) << file;
  auto const run = folder::read_run(here()).value();
  EXPECT_TRUE(run.sealed);
  EXPECT_THAT(run.complaints, ::testing::Each(::testing::Not(HasSubstr("manifest"))));
  EXPECT_FALSE(fs::exists(here() / folder::names::receiver));
  EXPECT_FALSE(fs::exists(fs::symlink_status(here() / "link")));
  struct stat about {};
  ASSERT_EQ(::stat((here() / "evidence/memory.bin").c_str(), &about), 0);
  EXPECT_LT(about.st_blocks * 512, 1 << 20U) << "a hole is one here, too";
}

TEST_F(travelling_folder, that_is_cut_keeps_what_had_come_and_is_not_sealed) {
  auto const all = play_there();
  for (std::size_t cut = 0; cut < all.size(); cut += 97) {
    fs::remove_all(here());
    SetUp();
    EXPECT_NE(receive(all.substr(0, cut)), "") << cut;
    EXPECT_FALSE(fs::exists(here() / folder::names::manifest)) << cut;
    auto const kept = testing::text_of(here() / "timeline.zst");
    EXPECT_EQ(testing::text_of(there() / "timeline.zst").substr(0, kept.size()), kept);
    auto const run = folder::read_run(here());
    ASSERT_TRUE(run) << cut;
    EXPECT_EQ(folder::standing_of(*run), folder::standing::living) << "we are its receiver";
  }
}

TEST_F(travelling_folder, belongs_to_who_receives_it_and_to_nobody_when_that_is_gone) {
  auto const all = play_there();
  EXPECT_NE(receive(all.substr(0, all.size() / 2)), "");
  auto gone = folder::this_process();
  gone.began += 1;
  ASSERT_TRUE(
      folder::write_document(here() / folder::names::receiver, json::serialize(to_object(gone))));
  auto const run = folder::read_run(here()).value();
  EXPECT_EQ(folder::standing_of(run), folder::standing::interrupted);
}

TEST_F(travelling_folder, with_other_bytes_than_were_sealed_is_not_sealed_here) {
  (void)play_there();
  std::ofstream(there() / "outcome.json") << "{\"ended\":\"some other way\"}";
  loop::descriptor const out(
      ::open((place / "again").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  folder_sender sender(out.get(), there(), 1s);
  ASSERT_TRUE(sender.open({.wedgehog_stream = 1, .run = "there"}));
  ASSERT_TRUE(sender.rest());
  EXPECT_THAT(receive(testing::text_of(place / "again")), HasSubstr("outcome.json"));
}

TEST_F(travelling_folder, touches_no_file_that_was_there_and_follows_no_link) {
  auto receiver = folder_receiver::into(here());
  ASSERT_TRUE(receiver);
  EXPECT_FALSE(receiver->take({folder::names::order, 0, "theirs"}));
  EXPECT_FALSE(receiver->take({folder::names::receiver, 0, "theirs"}));
  EXPECT_EQ(testing::text_of(here() / folder::names::order), "{}");
  fs::create_directory_symlink(place.path(), here() / "out");
  EXPECT_FALSE(receiver->take({"out/file", 0, "theirs"}));
  EXPECT_FALSE(fs::exists(place / "file"));
  ASSERT_TRUE(receiver->take({"a", 0, "file"}));
  EXPECT_FALSE(receiver->take({"a/b", 0, "in a file"}));
}

TEST_F(travelling_folder, is_given_up_when_nobody_takes_it) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  loop::descriptor const reading(ends[0]);
  loop::descriptor const writing(ends[1]);
  auto const sent = write_all(writing.get(), std::string(1 << 20U, 'x'), 10ms);
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message(), HasSubstr("nobody takes"));
}

}  // namespace
}  // namespace wedgehog::farm::stream
