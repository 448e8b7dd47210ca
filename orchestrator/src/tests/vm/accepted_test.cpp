// What we write for guests that boot from a disk or a CD, accepted by a real QEMU. The media are
// empty: no guest is booted.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/described.hpp"
#include "loop/temporary.hpp"
#include "tests/loop_runner.hpp"
#include "vm/direct/backend.hpp"
#include "vm/image.hpp"

namespace wedgehog::vm::direct {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;
constexpr auto qemu = "/usr/bin/qemu-system-x86_64";

loop::awaitable<void> turn_on(loop::clock& time, machine_spec spec, guest_profile guest,
                              std::string& said) {
  backend from(time, {qemu});
  auto made = co_await from.start(spec, guest, 60s);
  if (!made) {
    said = made.error().message();
    co_return;
  }
  auto const status = co_await (*made)->monitor().execute("query-status");
  if (status && status->is_object()) said = text_at(status->get_object(), "status");
  serial_console::typing const work = [](keyboard& keys) { return keys.write("x"); };
  auto const typed = co_await (*made)->console().type(work);
  EXPECT_TRUE(typed);
  co_await (*made)->stop(5s);
}

TEST(accepted, machines_that_boot_from_a_disk_or_a_cd) {
  if (::access(qemu, X_OK) != 0) GTEST_SKIP() << "no qemu-system-x86_64";
  if (std::system("command -v qemu-img >/dev/null") != 0) GTEST_SKIP() << "no qemu-img";
  for (auto const* name : {"dragonfly", "illumos"}) {
    auto const place = loop::temporary_directory::make();
    ASSERT_TRUE(place);
    auto const in = place->path() + "/";
    ASSERT_EQ(std::system(("qemu-img create -q -f qcow2 " + in + "disk.qcow2 64M").c_str()), 0);
    for (auto const* file : {"cd.iso", "agent.img", "data.raw"}) {
      std::ofstream(in + file).close();
      files::resize_file(in + file, 1U << 20U);
    }
    auto const guest = vm::read_profile(std::string(WEDGEHOG_SOURCE_DIR) +
                                        "/orchestrator/src/tests/testdata/guest/" + name + ".yaml");
    ASSERT_TRUE(guest) << guest.error().message();
    machine_spec spec;
    spec.name = name;
    spec.memory_bytes = 64U << 20U;
    spec.place = {place->path(), place->path()};
    spec.disks = {{.name = "data", .file = in + "data.raw"}};
    spec.network = true;
    bool const disk = guest->boot.from == guest::boot_medium::disk;
    spec.medium = in + (disk ? "disk.qcow2" : "cd.iso");
    if (guest->agent.delivery == guest::agent_delivery::disk) spec.agent_disk = in + "agent.img";
    loop::real_clock time;
    boost::asio::io_context context;
    std::string said;
    wedgehog::testing::run_to_end(context, turn_on(time, spec, guest.value(), said), 90s);
    EXPECT_EQ(said, "running") << name;
    EXPECT_EQ(files::exists(in + "system.qcow2"), disk);
  }
}

}  // namespace
}  // namespace wedgehog::vm::direct
