// One fault disk without a machine, a clock that is moved by hand, and the faults on it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "faults/injector.hpp"
#include "loop/nursery.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::faults {

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

struct disk_bench : ::testing::Test {
  disk_bench() {
    std::string pattern = ::testing::TempDir() + "faultsXXXXXX";
    folder = ::mkdtemp(pattern.data());
    std::ofstream(folder + "/data.raw").close();
    std::filesystem::resize_file(folder + "/data.raw", 1U << 20U);
    EXPECT_TRUE(
        disks.serve({.name = "data", .file = folder + "/data.raw", .served_at = folder + "/s"}));
  }
  ~disk_bench() override { std::filesystem::remove_all(folder); }

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
  injector faults{fault_targets{time, disks, nullptr, nullptr,
                                [this](timeline::payload what) {
                                  if (auto* one = std::get_if<timeline::fault>(&what))
                                    noted.push_back(std::move(*one));
                                }},
                  {"worse"}};
  plan::inject const broken{.fault = "error",
                            .as = "bad",
                            .disk = "data",
                            .parameters = {{"op", "read"}, {"errno", "EIO"}}};
};

using story_lines = std::vector<std::string>;

}  // namespace wedgehog::faults
