// What travels, and what a stream must not say.
#include "farm/stream/frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "folder/pack.hpp"

namespace wedgehog::farm::stream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

opening const hello{.wedgehog_stream = 1, .run = "run-1", .wedgehog = "0", .host = "n1"};

std::string text_of(message const& what) {
  if (auto const* one = std::get_if<opening>(&what)) return "opening " + one->run;
  if (auto const* line = std::get_if<progress_line>(&what))
    return "progress " + std::string(line->text);
  if (auto const* part = std::get_if<piece>(&what))
    return std::string(part->path) + "@" + std::to_string(part->offset) + " " +
           std::to_string(part->content.size());
  return std::holds_alternative<end>(what) ? "end" : "stop";
}

struct read {
  std::vector<std::string> taken;
  std::string refused;
};

read read_all(std::string_view bytes, std::size_t at_once, stream_limits limits = {}) {
  message_reader reader(limits);
  read seen;
  for (std::size_t at = 0; at < bytes.size(); at += at_once) {
    auto const fed = reader.feed(bytes.substr(at, at_once), [&seen](message const& what) {
      seen.taken.push_back(text_of(what));
      return result<void>();
    });
    if (!fed) seen.refused = fed.error().message();
  }
  return seen;
}

std::string stream_of(std::vector<message> const& all) {
  message_writer writer;
  std::string bytes;
  for (auto const& one : all) bytes += writer.frame_of(one);
  return bytes;
}

std::string refused(std::vector<message> const& all, stream_limits limits = {}) {
  auto const seen = read_all(stream_of(all), 1 << 20, limits);
  EXPECT_LT(seen.taken.size(), all.size()) << "all of it was taken";
  return seen.refused;
}

TEST(run_stream, brings_each_message_however_it_is_split) {
  std::string const long_text(3000, 'x');
  std::string const bytes = stream_of({hello, progress_line{"{}"}, piece{"run.json", 0, "facts"},
                                       piece{"evidence/memory", 1 << 20, long_text},
                                       piece{"empty", 0, ""}, end{}, stop_order{}});
  for (std::size_t const at_once : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    auto const seen = read_all(bytes, at_once);
    EXPECT_EQ(seen.refused, "");
    EXPECT_THAT(seen.taken,
                ElementsAre("opening run-1", "progress {}", "run.json@0 5",
                            "evidence/memory@1048576 3000", "empty@0 0", "end", "stop"));
  }
  EXPECT_LT(bytes.size(), 1500U) << "what repeats itself is packed";
}

TEST(run_stream, passes_over_what_others_write_between) {
  message_writer writer;
  auto bytes = "Welcome to n1!\n" + writer.frame_of(hello);
  bytes += "slurm: prolog\n" + writer.frame_of(piece{"a", 0, "b"});
  EXPECT_THAT(read_all(bytes, 5).taken, ElementsAre("opening run-1", "a@0 1"));
}

TEST(run_stream, that_breaks_its_rules_is_refused_in_words) {
  EXPECT_THAT(refused({piece{"a", 0, "b"}}), HasSubstr("does not begin with an opening"));
  EXPECT_THAT(refused({hello, hello}), HasSubstr("begins twice"));
  EXPECT_THAT(refused({hello, end{}, piece{"a", 0, "b"}}), HasSubstr("goes on after its end"));
  EXPECT_THAT(refused({hello, piece{"a", 0, "bb"}, piece{"a", 1, "b"}}), HasSubstr("goes back"));
  auto other = hello;
  other.wedgehog_stream = 2;
  EXPECT_THAT(refused({other}), HasSubstr("format 2"));
  for (auto const* name : {"", ".", "..", "a/b", "/a", "a\n"}) {
    other = hello;
    other.run = name;
    EXPECT_THAT(refused({other}), HasSubstr("the run's name is none")) << name;
  }
}

TEST(run_stream, has_no_path_that_leads_out) {
  for (auto const* path : {"", "/etc/passwd", "../x", "a/../../x", "..", ".", "./x", "a//b", "a/",
                           "a/./b", "a\nb", "\x1b[2J"})
    EXPECT_THAT(refused({hello, piece{path, 0, "b"}}), HasSubstr("leads out")) << path;
  EXPECT_THAT(read_all(stream_of({hello, piece{"a..b/..c", 0, "b"}}), 9).refused, "");
}

TEST(run_stream, is_bounded) {
  stream_limits const small{.bytes = 10, .longest_file = 100, .files = 2};
  EXPECT_THAT(refused({hello, piece{"a", 0, "123456"}, piece{"b", 0, "123456"}}, small),
              HasSubstr("a run of more than"));
  EXPECT_THAT(refused({hello, piece{"a", 0, ""}, piece{"b", 0, ""}, piece{"c", 0, ""}}, small),
              HasSubstr("more than 2 files"));
  EXPECT_THAT(refused({hello, piece{"a", 99, "12"}}, small), HasSubstr("too long"));
  EXPECT_THAT(refused({hello, piece{"a", ~std::uint64_t{0}, "12"}}, small), HasSubstr("too long"));
}

// A piece whose content says that it is larger than any piece.
TEST(run_stream, does_not_unpack_a_bomb) {
  auto const packed = folder::pack(std::string(1 << 20, '\0'), 1);
  std::string payload(11, '\0');
  payload[0] = 1;
  payload[1] = 1;
  payload += "a" + packed;
  message_writer writer;
  auto bytes = writer.frame_of(hello);
  wire::append_frame(bytes, {3, 1, payload});
  EXPECT_THAT(read_all(bytes, 1 << 20).refused, HasSubstr("damaged"));
}

TEST(run_stream, that_lost_a_part_is_refused_and_nothing_is_taken_after_it) {
  std::vector<message> const all{hello, piece{"a", 0, "1"}, piece{"a", 1, "2"}, end{}};
  auto const bytes = stream_of(all);
  message_writer writer;
  std::vector<std::size_t> begins;
  std::size_t at = 0;
  for (auto const& one : all) {
    begins.push_back(at);
    at += writer.frame_of(one).size();
  }
  auto const without = bytes.substr(0, begins[1]) + bytes.substr(begins[2]);
  auto const seen = read_all(without, 1);
  EXPECT_THAT(seen.refused, HasSubstr("a part of it is lost"));
  EXPECT_THAT(seen.taken, ElementsAre("opening run-1"));
  for (std::size_t flipped = 0; flipped < bytes.size(); ++flipped) {
    auto damaged = bytes;
    damaged[flipped] = static_cast<char>(damaged[flipped] ^ 0x20);
    auto const what = read_all(damaged, 1 << 20);
    EXPECT_TRUE(!what.refused.empty() || what.taken.size() < all.size()) << flipped;
  }
}

}  // namespace
}  // namespace wedgehog::farm::stream
