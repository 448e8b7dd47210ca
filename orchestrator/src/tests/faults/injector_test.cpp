// Injecting, healing, counting and the clock, on a real fault disk without a machine.
#include "faults/injector.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <fstream>

#include "loop/nursery.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

class nobody final : public nbd::client {
 public:
  std::span<std::byte> begin_read(nbd::request const& what) override {
    bytes_.resize(what.length);
    return bytes_;
  }
  void finish_read(nbd::request const&, int error) override { answers.push_back(error); }
  void answer(nbd::request const&, int error) override { answers.push_back(error); }
  void answer_status(nbd::request const&, std::span<nbd::extent const>) override {}
  std::vector<int> answers;

 private:
  std::vector<std::byte> bytes_;
};

struct injector_test : ::testing::Test {
  injector_test() {
    std::string pattern = ::testing::TempDir() + "faultsXXXXXX";
    folder = ::mkdtemp(pattern.data());
    std::ofstream(folder + "/data.raw").close();
    std::filesystem::resize_file(folder + "/data.raw", 1U << 20U);
    EXPECT_TRUE(disks.serve({"data", folder + "/data.raw", folder + "/s"}));
  }
  ~injector_test() override { std::filesystem::remove_all(folder); }

  loop::awaitable<void> settle() {
    for (int i = 0; i < 10; ++i)
      co_await boost::asio::post(context.get_executor(), boost::asio::use_awaitable);
  }
  void read_once() {
    auto* const disk = disks.find("data");
    disk->attach(reader);
    nbd::request request;
    request.what = nbd::operation::read;
    request.offset = 512 * 1024;
    request.length = 512;
    disk->submit(reader, request, {}, time.now());
    disk->detach(reader);
  }
  loop::awaitable<void> injected() {
    auto const done = co_await faults.inject(broken);
    EXPECT_TRUE(done);
  }
  loop::awaitable<void> healed() {
    auto const done = co_await faults.heal(broken.as);
    EXPECT_TRUE(done);
  }
  template <class Body>
  void run(Body body) {
    testing::run_to_end(context, [&]() -> loop::awaitable<void> {
      co_await body();
      co_await disks.stop();
    }());
  }
  std::vector<std::string> story() const {
    std::vector<std::string> lines;
    for (auto const& one : noted)
      lines.push_back(one.action + " " + one.name + " " + std::to_string(one.hits));
    return lines;
  }

  std::string folder;
  boost::asio::io_context context{1};
  loop::manual_clock time{context.get_executor()};
  nobody reader;
  disk_set disks{context.get_executor(), time, 1, {}};
  std::vector<timeline::fault> noted;
  injector faults{surroundings{time, disks, nullptr, nullptr, [this](timeline::payload what) {
                                 noted.push_back(std::get<timeline::fault>(what));
                               }}};
  plan::inject const broken{.fault = "error",
                            .as = "bad",
                            .disk = "data",
                            .parameters = {{"op", "read"}, {"errno", "EIO"}}};
};

using story_lines = std::vector<std::string>;

TEST_F(injector_test, counts_what_was_hit_and_heals_once) {
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    read_once();
    co_await healed();
    co_await healed();
    co_await faults.heal_all();
  });
  EXPECT_EQ(reader.answers, std::vector<int>{EIO});
  EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 1"}));
}

TEST_F(injector_test, hits_add_up_when_injected_again) {
  plan::plan what;
  what.steps.push_back({.what = broken});
  plan::inject other = broken;
  other.as = "unseen";
  what.faults.push_back({.after = 1s, .what = other});
  std::vector<tally> counted;
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    read_once();
    co_await injected();
    read_once();
    counted = co_await faults.count(what);
    counted = co_await faults.count(what);
    co_await faults.heal_all();
  });
  ASSERT_EQ(counted.size(), 2U);
  EXPECT_EQ(counted[0].hits, 2U);
  EXPECT_TRUE(counted[0].injected);
  EXPECT_EQ(counted[1].name, "unseen");
  EXPECT_FALSE(counted[1].injected);
}

TEST_F(injector_test, the_clock_injects_and_heals) {
  run([&]() -> loop::awaitable<void> {
    loop::nursery schedule(context.get_executor());
    plan::scheduled_fault const later{.after = 2s, .lasts = 3s, .what = broken};
    schedule.spawn(faults.follow(later));
    co_await settle();
    time.advance(1999ms);
    co_await settle();
    EXPECT_TRUE(noted.empty());
    time.advance(1ms);
    co_await settle();
    EXPECT_EQ(story(), story_lines{"injected bad 0"});
    time.advance(2999ms);
    co_await settle();
    EXPECT_EQ(noted.size(), 1U);
    time.advance(1ms);
    co_await settle();
    EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 0"}));
    co_await schedule.join();
  });
}

TEST_F(injector_test, a_fault_of_a_disk_outlives_the_guest) {
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    read_once();
    auto const how = new_beginning::power_cut;
    co_await faults.prepare(how);
    faults.begun_anew(how, nullptr, nullptr);
    read_once();
    co_await faults.heal_all();
  });
  EXPECT_EQ(reader.answers, (std::vector<int>{EIO, EIO}));
  EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 2"}));
}

TEST_F(injector_test, a_disk_without_power_keeps_what_was_flushed) {
  std::vector<cut_disk> cut;
  char kept = '?';
  char lost = '?';
  run([&]() -> loop::awaitable<void> {
    std::ofstream(folder + "/cached.raw").close();
    std::filesystem::resize_file(folder + "/cached.raw", 1U << 20U);
    disk_place const place{"cached", folder + "/cached.raw", folder + "/c", 1U << 20U};
    EXPECT_TRUE(disks.serve(place));
    auto* const disk = disks.find("cached");
    std::vector<std::byte> const bytes(512, std::byte{'x'});
    disk->attach(reader);
    nbd::request write{.what = nbd::operation::write, .length = 512, .offset = 0};
    disk->submit(reader, write, bytes, time.now());
    nbd::request const flush{.what = nbd::operation::flush};
    disk->submit(reader, flush, {}, time.now());
    write.offset = 4096;
    disk->submit(reader, write, bytes, time.now());
    disk->detach(reader);
    nbd::power_cut_choice const nothing{.survive = nbd::survival::none};
    cut = disks.cut_power(nothing);
    co_return;
  });
  std::ifstream file(folder + "/cached.raw", std::ios::binary);
  file.get(kept);
  file.seekg(4096);
  file.get(lost);
  EXPECT_EQ(kept, 'x');
  EXPECT_EQ(lost, '\0');
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_EQ(cut[0].report.unflushed.size(), 0U);
  EXPECT_EQ(cut[1].name, "cached");
  EXPECT_EQ(cut[1].report.unflushed.size(), 1U);
  EXPECT_EQ(cut[1].report.survived, 0U);
}

TEST_F(injector_test, what_cannot_be_done_is_told) {
  run([&]() -> loop::awaitable<void> {
    auto nowhere = broken;
    nowhere.disk = "floppy";
    auto const refused = co_await faults.inject(nowhere);
    EXPECT_FALSE(refused);
    std::string const stranger = "stranger";
    auto const unknown = co_await faults.heal(stranger);
    EXPECT_FALSE(unknown);
    co_await faults.heal_all();
  });
  ASSERT_FALSE(noted.empty());
  EXPECT_EQ(noted.front().action, "failed");
}

}  // namespace
}  // namespace wedgehog::faults
