#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "loop/temporary.hpp"
#include "tests/file_text.hpp"
#include "tests/loop_runner.hpp"
#include "wreckage/bundle.hpp"
#include "wreckage/sparse_copy.hpp"

namespace wedgehog::wreckage {
namespace {

using namespace std::chrono_literals;
using wedgehog::testing::run_to_end;

loop::awaitable<result<void>> writes_a_file(bundle& into) {
  co_return into.file("guest/ps.txt", "1 init S\n");
}
loop::awaitable<result<void>> fails(bundle& into) {
  auto const written = into.file("half.txt", "half");
  if (!written) co_return written;
  co_return guest_error("the agent is silent");
}
loop::awaitable<result<void>> never_ends(loop::clock& time) {
  co_await time.sleep_for(1h);
  co_return result<void>();
}
loop::awaitable<result<void>> throws() {
  throw std::runtime_error("boom");
  co_return result<void>();
}

loop::awaitable<void> take_four(bundle& into, loop::clock& time) {
  bundle::work const good = [](bundle& b) { return writes_a_file(b); };
  bundle::work const bad = [](bundle& b) { return fails(b); };
  bundle::work const endless = [&time](bundle&) { return never_ends(time); };
  bundle::work const thrower = [](bundle&) { return throws(); };
  co_await into.take(time, "ps", 10s, good);
  co_await into.take(time, "bad", 10s, bad);
  co_await into.take(time, "endless", 20ms, endless);
  co_await into.take(time, "thrower", 10s, thrower);
}

TEST(bundle, an_item_that_fails_never_stops_the_others_and_says_why) {
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  auto opened = bundle::open(place->path() + "/run-1");
  ASSERT_TRUE(opened) << opened.error().message();
  boost::asio::io_context context;
  loop::real_clock time;
  run_to_end(context, take_four(opened.value(), time));
  opened->give_up("memory", "QEMU is gone");
  auto const& items = opened->items();
  ASSERT_EQ(items.size(), 5U);
  EXPECT_EQ(items[0].missing, "");
  EXPECT_EQ(items[1].missing, "the agent is silent");
  EXPECT_NE(items[2].missing.find("longer than its 20 ms"), std::string::npos) << items[2].missing;
  EXPECT_EQ(items[3].missing, "boom");
  EXPECT_EQ(items[4].missing, "QEMU is gone");

  ASSERT_EQ(items[0].files.size(), 1U);
  EXPECT_EQ(testing::text_of(opened->place(items[0].files[0].path)), "1 init S\n");
  EXPECT_EQ(items[1].files.size(), 1U) << "what came before the failure is evidence";
}

TEST(bundle, a_folder_that_cannot_be_made_is_the_hosts_fault) {
  auto const opened = bundle::open("/proc/no/such/place");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().whose(), blame::host);
}

TEST(sparse_copy, the_same_bytes_in_less_room) {
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  std::string const from = place->path() + "/from";
  std::string const to = place->path() + "/to";
  std::string const hole(8U << 20U, '\0');
  std::string const words = "guest memory";
  std::ofstream(from, std::ios::binary) << hole << words << hole;
  ASSERT_TRUE(copy_sparse(from, to));
  EXPECT_EQ(testing::text_of(to), hole + words + hole);
  struct stat facts {};
  ASSERT_EQ(::stat(to.c_str(), &facts), 0);
  EXPECT_LT(facts.st_blocks * 512, 1 << 20);
  ASSERT_TRUE(dig_holes(from));
  EXPECT_EQ(testing::text_of(from), hole + words + hole);
}

TEST(sparse_copy, holes_cost_nothing_and_pieces_can_be_given_up_between) {
  auto place = loop::temporary_directory::make();
  ASSERT_TRUE(place);
  std::string const from = place->path() + "/from";
  std::string const words(std::size_t{3} << 20U, 'w');
  {
    std::ofstream file(from, std::ios::binary);
    file.seekp(std::streamoff{1} << 40U);  // a TiB in front of it
    file << words;
  }
  auto const work = sparse_work::copy(from, place->path() + "/to");
  ASSERT_TRUE(work) << work.error().message();
  auto const& copy = **work;
  int pieces = 0;
  for (; !copy.done(); ++pieces) {
    auto const before = copy.bytes_done();
    ASSERT_TRUE((*work)->go_on(1U << 20U));
    EXPECT_GT(copy.bytes_done(), before);
  }
  EXPECT_GE(pieces, 3);
  EXPECT_EQ(copy.bytes_done(), (std::uint64_t{1} << 40U) + words.size());
  std::ifstream to(place->path() + "/to", std::ios::binary);
  to.seekg(std::streamoff{1} << 40U);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(to), {}), words);
}

TEST(sparse_copy, a_missing_file_is_named) {
  auto const copied = copy_sparse("/no/such/file", "/tmp/never");
  ASSERT_FALSE(copied);
  EXPECT_NE(copied.error().message().find("/no/such/file"), std::string::npos);
}

TEST(sparse_work, copies_a_part_of_what_has_no_end) {
  loop::temporary_directory const place = std::move(loop::temporary_directory::make().value());
  std::string memory(3 * 65536, '\0');
  memory[70000] = 'x';
  memory.back() = 'y';
  auto const to = place.path() + "/copy";
  auto const work = sparse_work::copy(
      "/proc/self/mem", to, {reinterpret_cast<std::uintptr_t>(memory.data()), memory.size()});
  ASSERT_TRUE(work) << work.error().message();
  while (!work.value()->done()) ASSERT_TRUE(work.value()->go_on());
  EXPECT_EQ(testing::text_of(to), memory);
}

}  // namespace
}  // namespace wedgehog::wreckage
