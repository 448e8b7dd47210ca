// Transcripts (testdata/qmp) run straight, byte by byte, and cut or spoilt at every place: what is
// asked is answered exactly once, and the cause is the true one.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "qmp/dialogue.hpp"

namespace wedgehog::qmp {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct step {
  std::string verb, rest;
};

std::vector<step> read_script(std::filesystem::path const& path) {
  std::ifstream file(path);
  std::vector<step> steps;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    auto const end = std::min(line.find(' '), line.size());
    steps.push_back({line.substr(0, end), line.substr(std::min(end + 1, line.size()))});
  }
  return steps;
}

std::string same_form(std::string const& text) {
  return json::serialize(json::parse(text));
}

// One dialogue, its log of actions, and the book of who still waits.
struct player {
  dialogue talk;
  std::vector<std::string> log;
  std::set<ticket> waiting{dialogue::negotiation};
  std::set<ticket> forgotten;
  int ends = 0;

  void pump() {
    while (auto what = talk.next()) write(*what);
  }
  void write(action& what) {
    if (auto* bytes = std::get_if<send>(&what)) {
      EXPECT_EQ(bytes->bytes.back(), '\n');
      log.push_back("< " + same_form(bytes->bytes));
    } else if (auto* end = std::get_if<finished>(&what)) {
      EXPECT_EQ(waiting.erase(end->whose), 1U) << "finished twice or not asked: " << end->whose;
      EXPECT_EQ(forgotten.count(end->whose), 0U);
      log.push_back(end->outcome
                        ? fmt::format("done {} {}", end->whose, json::serialize(*end->outcome))
                        : fmt::format("fail {} {}", end->whose, end->outcome.error().message()));
    } else if (auto* news = std::get_if<announce>(&what)) {
      log.push_back(fmt::format("event {} {} {}", news->what.name, news->what.qemu_time.count(),
                                json::serialize(news->what.data)));
    } else {
      ++ends;
      log.push_back("over " + talk.failure()->message());
    }
  }
  void ask(std::string const& verb, std::string const& rest) {
    auto const end = std::min(rest.find(' '), rest.size());
    command what{.name = rest.substr(0, end),
                 .out_of_band = verb == "oob",
                 .carries_descriptor = verb == "askfd"};
    if (end < rest.size()) what.arguments = json::parse(rest.substr(end + 1)).as_object();
    waiting.insert(talk.ask(std::move(what)));
    pump();
  }
  // Everything in a script but what QEMU says and what is expected.
  bool act(step const& one) {
    if (one.verb == "ask" || one.verb == "oob" || one.verb == "askfd") {
      ask(one.verb, one.rest);
    } else if (one.verb == "forget") {
      auto const whose = std::stoull(one.rest);
      talk.forget(whose);
      if (waiting.erase(whose) == 1) forgotten.insert(whose);
      pump();
    } else if (one.verb == "eof") {
      talk.closed_by_peer();
      pump();
    } else {
      return false;
    }
    return true;
  }
  // After the end: nobody waits, it ended once, and whoever comes later learns the same cause.
  void check_the_end(std::string const& cause) {
    EXPECT_TRUE(waiting.empty());
    EXPECT_EQ(ends, 1);
    ASSERT_TRUE(talk.failure());
    EXPECT_THAT(talk.failure()->what(), StartsWith(cause));
    log.clear();
    ask("ask", "later");
    ASSERT_EQ(log.size(), 1U);
    EXPECT_THAT(log[0], HasSubstr(talk.failure()->what() + " (while sending later)"));
  }
};

std::vector<std::string> expected_log(std::vector<step> const& steps) {
  std::vector<std::string> log;
  for (auto const& [verb, rest] : steps) {
    if (verb == "<") log.push_back("< " + same_form(rest));
    if (verb == "fail" || verb == "over" || verb == "event") log.push_back(verb + " " + rest);
    if (verb == "done") {
      auto const space = rest.find(' ');
      log.push_back("done " + rest.substr(0, space) + " " + same_form(rest.substr(space + 1)));
    }
  }
  return log;
}

std::size_t bytes_said(std::vector<step> const& steps) {
  std::size_t all = 0;
  for (auto const& one : steps)
    if (one.verb == ">") all += one.rest.size() + 2;
  return all;
}

// Plays the script, QEMU's bytes in pieces of `piece`; after `cut` of them something else happens.
template <class Happens>
void play(player& who, std::vector<step> const& steps, std::size_t piece, std::size_t cut,
          Happens happens) {
  for (auto const& one : steps) {
    if (who.act(one) || one.verb != ">") continue;
    std::string const line = one.rest + "\r\n";
    for (std::size_t i = 0; i < line.size(); i += piece) {
      if (cut < piece) {
        who.talk.received(line.substr(i, cut));
        who.pump();
        return happens();
      }
      auto const part = line.substr(i, piece);
      who.talk.received(part);
      who.pump();
      cut -= std::min(cut, part.size());
    }
  }
}

class transcript : public ::testing::TestWithParam<std::string> {
 protected:
  std::vector<step> const steps =
      read_script(std::filesystem::path(WEDGEHOG_TESTDATA) / "qmp" / GetParam());
};

TEST_P(transcript, straight_and_byte_by_byte) {
  auto const expected = expected_log(steps);
  ASSERT_FALSE(expected.empty());
  for (std::size_t const piece : {std::size_t{1} << 20, std::size_t{1}, std::size_t{7}}) {
    player who;
    play(who, steps, piece, SIZE_MAX, [] {});
    EXPECT_EQ(who.log, expected) << "in pieces of " << piece;
  }
}

TEST_P(transcript, closed_at_every_byte) {
  for (std::size_t cut = 0; cut < bytes_said(steps); ++cut) {
    player who;
    play(who, steps, 1, cut, [&] {
      bool const before = who.talk.failure().has_value();
      auto const cause = before ? who.talk.failure()->what() : "QEMU closed the monitor";
      who.talk.closed_by_peer();
      who.pump();
      who.check_the_end(cause);
    });
  }
}

TEST_P(transcript, spoilt_at_every_line) {
  std::size_t cut = 0;
  for (auto const& one : steps) {
    if (one.verb != ">") continue;
    player who;
    play(who, steps, 1, cut, [&] {
      bool const before = who.talk.failure().has_value();
      std::string const cause = before ? who.talk.failure()->what() : "QEMU sent ";
      who.talk.received("}{\r\n");
      who.pump();
      who.check_the_end(cause);
    });
    cut += one.rest.size() + 2;
  }
}

std::vector<std::string> scripts() {
  std::vector<std::string> names;
  for (auto const& one :
       std::filesystem::directory_iterator(std::filesystem::path(WEDGEHOG_TESTDATA) / "qmp"))
    names.push_back(one.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}
INSTANTIATE_TEST_SUITE_P(files, transcript, ::testing::ValuesIn(scripts()), [](auto const& info) {
  return info.param.substr(0, info.param.find('.'));
});

TEST(dialogue, the_first_cause_stays) {
  player who;
  who.talk.received("nonsense\n");
  who.talk.closed_by_peer();
  who.talk.ended("something later");
  who.pump();
  who.check_the_end("QEMU sent what is not JSON");
}

TEST(dialogue, a_line_that_never_ends_is_cut_short) {
  dialogue talk({.line_limit = 1000});
  std::string const part(300, ' ');
  for (int i = 0; i < 3; ++i) talk.received(part);
  EXPECT_FALSE(talk.failure());
  talk.received(part);
  ASSERT_TRUE(talk.failure());
  EXPECT_THAT(talk.failure()->what(), HasSubstr("QEMU sent a line longer than 1000"));
}

TEST(message, reads_a_greeting) {
  auto const read = parse_message(
      R"({"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7},
          "package": "Debian 1:7.2"}, "capabilities": ["oob", "new"]}})");
  ASSERT_TRUE(read);
  auto const& hello = std::get<greeting>(*read);
  EXPECT_EQ(hello.version, "7.2.22");
  EXPECT_EQ(hello.package, "Debian 1:7.2");
  EXPECT_TRUE(hello.offers_oob);
}

TEST(message, refuses_what_is_none) {
  std::string deep;
  for (std::size_t i = 0; i < deepest_nesting + 2; ++i) deep += "[";
  for (std::string const& line :
       {std::string("7"), std::string("{}"), std::string("{\"QMP\": 1}"), deep,
        std::string("{\"error\": {}}"), std::string("{\"error\": 4}"),
        std::string("{\"event\": \"\"}"), std::string("{\"event\": 4}"), std::string("\xff\xfe")}) {
    auto const read = parse_message(line);
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().whose(), blame::host);
    EXPECT_THAT(read.error().what(), StartsWith("QEMU sent "));
    EXPECT_LT(read.error().what().size(), 250U);
  }
}

TEST(message, an_event_without_a_usable_time_keeps_the_rest) {
  for (auto const* stamp : {R"({"seconds": -1, "microseconds": -1})", R"({"seconds": 1e300})",
                            R"({"seconds": 9223372036854775807, "microseconds": 1})"}) {
    auto const read = parse_message(
        fmt::format(R"({{"event": "STOP", "data": {{"a": 1}}, "timestamp": {}}})", stamp));
    ASSERT_TRUE(read);
    EXPECT_LE(std::get<event>(*read).qemu_time.count(), 0) << stamp;
    EXPECT_EQ(std::get<event>(*read).data.at("a"), 1);
  }
}

TEST(message, foreign_ids_belong_to_nobody) {
  for (auto const* id : {"\"x\"", "-1", "1.5", "null", "[]"}) {
    auto const read = parse_message(fmt::format(R"({{"return": {{}}, "id": {}}})", id));
    ASSERT_TRUE(read);
    EXPECT_FALSE(std::get<returned>(*read).id) << id;
  }
}

TEST(message, a_refusal_and_its_class_are_a_pair) {
  refused const answer{7, "DeviceNotActive", "a: b: c"};
  auto const failure = refusal("block_resize", answer).within("healing");
  EXPECT_EQ(failure_class(failure), answer.error_class);
  EXPECT_EQ(failure_description(failure), answer.description);
  EXPECT_EQ(failure_class(host_error("QEMU closed the monitor: really: yes")), "");
}

TEST(line_splitter, lines_of_any_length_and_end) {
  line_splitter lines(10);
  lines.feed("a\r\n\r\n\nbb\nccc");
  EXPECT_EQ(lines.next(), "a");
  EXPECT_EQ(lines.next(), "bb");
  EXPECT_FALSE(lines.next());
  EXPECT_TRUE(lines.inside_a_line());
  lines.feed("c\n0123456789\n");
  EXPECT_EQ(lines.next(), "cccc");
  EXPECT_EQ(lines.next(), "0123456789");
  EXPECT_FALSE(lines.inside_a_line());
  lines.feed("ok\n0123456789x\nnever\n");
  EXPECT_EQ(lines.next(), "ok");
  EXPECT_FALSE(lines.next());
  EXPECT_TRUE(lines.overlong());
  lines.feed("never\n");
  EXPECT_FALSE(lines.next());
}

}  // namespace
}  // namespace wedgehog::qmp
