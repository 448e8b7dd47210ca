#include "tls/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/own_folder.hpp"
#include "tests/tls/authority.hpp"
#include "tests/tls/client.hpp"

namespace wedgehog::tls {
namespace {

using testing::authority;
using ::testing::HasSubstr;
using testing::signed_pair;
using testing::tls_client;

authority const& root() {
  static authority const one;
  return one;
}
signed_pair const& ours() {
  static signed_pair const one = root().sign();
  return one;
}

std::shared_ptr<certificates const> served(bool demands) {
  testing::own_folder const place;
  testing::write_certificates(place / "pki", ours(), demands ? root().certificate() : "");
  return certificates::read(place / "pki").value();
}

std::string from(session& server) {
  std::string text(server.sealed(), '\0');
  server.take_sealed(std::as_writable_bytes(std::span(text)));
  return text;
}

// A server as a shell around the session would drive it.
struct driven {
  explicit driven(certificates const& with) : talk(with) {}

  // What the client sends; returns the answer.
  std::string take(std::string const& sealed) {
    if (!failure.empty()) return {};
    talk.take(std::as_bytes(std::span(sealed)));
    if (!open) {
      auto const done = talk.shake_hands();
      if (!done) return fail(done.error());
      open = *done;
    }
    if (open) {
      std::byte room[100];  // smaller than a record
      for (;;) {
        auto const got = talk.open(room);
        if (!got) return fail(got.error());
        if (*got == 0) break;
        heard.append(reinterpret_cast<char const*>(room), *got);
      }
    }
    return from(talk);
  }
  std::string fail(error const& why) {
    failure = why.message();
    return from(talk);
  }

  session talk;
  bool open = false;
  std::string heard;
  std::string failure;
};

// Until both are done, or neither has anything to say. `changed` sees each byte that the client
// sends; pieces are of `piece` bytes.
struct no_change {
  std::string operator()(std::string text) const { return text; }
};
template <class Changed = no_change>
bool let_talk(driven& server, tls_client& client, std::size_t piece, Changed changed = {}) {
  for (int i = 0; i < 10; ++i) {
    bool const done = client.shake_hands();
    auto const sent = changed(client.to_send());
    for (std::size_t at = 0; at < sent.size(); at += piece)
      client.take(server.take(sent.substr(at, piece)));
    if (done && server.open) return true;
    if (sent.empty() && i > 3) break;
  }
  return false;
}

TEST(tls_session, carries_bytes_both_ways_in_whatever_pieces) {
  std::string const words(100000, 'w');
  for (int const newest : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (std::size_t const piece : {1U, 7U, 1000U, 1000000U}) {
      auto const with = served(false);
      driven server(*with);
      tls_client client(root().certificate(), {}, newest);
      ASSERT_TRUE(let_talk(server, client, piece)) << server.failure << client.failure();
      EXPECT_EQ(client.version(), newest == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
      client.say(words);
      auto const sent = client.to_send();
      EXPECT_EQ(sent.find("www"), std::string::npos);
      for (std::size_t at = 0; at < sent.size(); at += piece) server.take(sent.substr(at, piece));
      EXPECT_EQ(server.heard, words);
      ASSERT_TRUE(server.talk.seal(std::as_bytes(std::span(words))));
      client.take(from(server.talk));
      EXPECT_EQ(client.heard(), words);
      client.say_farewell();
      server.take(client.to_send());
      EXPECT_TRUE(server.talk.ended());
    }
}

TEST(tls_session, nothing_older_than_1_2_is_spoken) {
  auto const with = served(false);
  driven server(*with);
  tls_client client(root().certificate(), {}, TLS1_1_VERSION);
  EXPECT_FALSE(let_talk(server, client, 1000));
  EXPECT_THAT(server.failure, HasSubstr("unsupported protocol"));
}

TEST(tls_session, a_client_without_a_certificate_of_the_authority_is_told_and_not_let_in) {
  authority const another;
  for (int const newest : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (auto const& shown : {signed_pair(), another.sign()}) {
      auto const with = served(true);
      driven server(*with);
      tls_client client(root().certificate(), shown, newest);
      EXPECT_FALSE(let_talk(server, client, 1000));
      EXPECT_FALSE(server.open);
      EXPECT_THAT(server.failure, HasSubstr(shown.key.empty() ? "peer did not return a certificate"
                                                              : "certificate verify failed ("));
      client.heard();
      EXPECT_THAT(client.failure(), HasSubstr("alert"));
    }
  auto const with = served(true);
  driven server(*with);
  tls_client known(root().certificate(), root().sign({.alternative = ""}));
  EXPECT_TRUE(let_talk(server, known, 1000)) << server.failure;
}

TEST(tls_session, an_authority_that_the_client_does_not_know_ends_it_on_both_sides) {
  auto const with = served(false);
  driven server(*with);
  authority const another;
  tls_client client(another.certificate());
  EXPECT_FALSE(let_talk(server, client, 1000));
  EXPECT_THAT(client.failure(), HasSubstr("certificate verify failed"));
  EXPECT_THAT(server.failure, HasSubstr("unknown ca"));
}

// At every byte of what a client says: another one there, or nothing more from there on.
TEST(tls_session, a_handshake_that_is_cut_or_changed_anywhere_lets_nothing_else_through) {
  auto const with = served(false);
  std::size_t length = 0;
  {
    driven server(*with);
    tls_client client(root().certificate());
    ASSERT_TRUE(let_talk(server, client, 1000, [&length](std::string text) {
      length += text.size();
      return text;
    }));
  }
  ASSERT_GT(length, 200U);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < length; ++at) {
    std::size_t seen = 0;
    driven changed(*with);
    tls_client client(root().certificate());
    bool const open = let_talk(changed, client, 1000, [&](std::string text) {
      if (at >= seen && at < seen + text.size()) text[at - seen] ^= 0x41;
      seen += text.size();
      return text;
    });
    client.say("the words");
    if (open) changed.take(client.to_send());
    // The version that a record names in front is nobody's business in 1.3.
    if (open && changed.failure.empty()) {
      EXPECT_EQ(changed.heard, "the words") << at;
    } else {
      ++refused;
      EXPECT_EQ(changed.heard, "") << at;
    }

    seen = 0;
    driven cut(*with);
    tls_client another(root().certificate());
    EXPECT_FALSE(let_talk(cut, another, 1000, [&](std::string const& text) {
      auto const kept = text.substr(0, at > seen ? at - seen : 0);
      seen += text.size();
      return kept;
    })) << at;
    EXPECT_FALSE(cut.open) << at;
  }
  EXPECT_GT(refused, length - 20);
}

TEST(tls_session, what_is_no_tls_is_refused) {
  for (auto const* const text : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "NBDMAGICIHAVEOPT"}) {
    auto const with = served(false);
    driven server(*with);
    server.take(text);
    EXPECT_NE(server.failure, "");
  }
}

TEST(tls_session, new_keys_do_not_disturb_it) {
  auto const with = served(false);
  driven server(*with);
  tls_client client(root().certificate());
  ASSERT_TRUE(let_talk(server, client, 1000));
  client.ask_for_new_keys();
  client.say("a word");
  client.take(server.take(client.to_send()));
  EXPECT_EQ(server.heard, "a word");
  ASSERT_TRUE(server.talk.seal(std::as_bytes(std::span("another", 7))));
  client.take(from(server.talk));
  EXPECT_EQ(client.heard(), "another");
}

}  // namespace
}  // namespace wedgehog::tls
