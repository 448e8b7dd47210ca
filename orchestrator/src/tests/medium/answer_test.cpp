// What servers answer, as curl writes it down: redirections, parts, and what is cut.
#include "medium/answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wedgehog::medium {
namespace {

struct told {
  char const* name;
  std::string headers;
  int status;
  std::optional<std::uint64_t> whole;
};

std::vector<told> const all_told{
    {"nothing yet", "", 0, {}},
    {"a whole file", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", 200, 12},
    {"in other letters", "HTTP/2 200\r\ncontent-length:12 \r\n\r\n", 200, 12},
    {"not told", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, {}},
    {"a part",
     "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nContent-Range: bytes 7-11/12\r\n\r\n",
     206, 12},
    {"a part of nobody knows what",
     "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nContent-Range: bytes 7-11/*\r\n\r\n",
     206,
     {}},
    {"nothing behind it",
     "HTTP/1.1 416 X\r\nContent-Length: 3\r\nContent-Range: bytes */12\r\n\r\n", 416, 12},
    {"the last of several",
     "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 99\r\n\r\nHTTP/1.1 200 OK\r\n"
     "Content-Length: 12\r\n\r\n",
     200, 12},
    {"what only leads on tells nothing",
     "HTTP/1.1 302 Found\r\nContent-Length: 99\r\n\r\n",
     302,
     {}},
    {"no number", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 200, {}},
    {"more than there are",
     "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
     200,
     {}},
    {"no status", "HTTP/1.1\r\nContent-Length: 12\r\n\r\n", 0, {}},
};

TEST(last_answer, is_what_the_server_said_last) {
  for (auto const& one : all_told) {
    auto const read = last_answer(one.headers);
    EXPECT_EQ(read.status, one.status) << one.name;
    EXPECT_EQ(read.whole, one.whole) << one.name;
  }
}

TEST(last_answer, tells_nothing_of_a_line_that_is_cut) {
  std::string const whole = "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n";
  for (std::size_t at = 0; at <= whole.size(); ++at) {
    auto const read = last_answer(std::string_view(whole).substr(0, at));
    EXPECT_TRUE(!read.whole || *read.whole == 1234U) << at;
    EXPECT_TRUE(read.status == 0 || read.status == 200) << at;
  }
}

}  // namespace
}  // namespace wedgehog::medium
