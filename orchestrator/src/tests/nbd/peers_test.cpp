// Real NBD clients against the server, in the open and over TLS: qemu-io, qemu-img, nbdinfo,
// nbdcopy, fio.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>

#include "base/chance.hpp"
#include "loop/nursery.hpp"
#include "loop/process.hpp"
#include "loop/within.hpp"
#include "nbd/server.hpp"
#include "tests/loop_runner.hpp"
#include "tests/nbd/scratch.hpp"
#include "tests/tls/authority.hpp"
#include "tls/certificates.hpp"

namespace wedgehog::nbd {
namespace {

using namespace std::chrono_literals;
using loop::awaitable;
using ::testing::HasSubstr;
using testing::run_to_end;
using testing::scratch;

bool installed(std::string const& program) {
  std::string_view path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "/usr/bin";
  while (!path.empty()) {
    auto const end = path.find(':');
    if (::access((std::string(path.substr(0, end)) + "/" + program).c_str(), X_OK) == 0)
      return true;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return false;
}

#define NEEDS(program) \
  if (!installed(program)) GTEST_SKIP() << program << " is not installed"

struct served {
  served(loop::asio::io_context& context, disk_options options)
      : disk(std::move(*fault_disk::open(std::move(options), [this] { return time.now(); }))),
        serving(context.get_executor(), time, *disk) {
    auto const started = serving.start(dir / "socket");
    if (!started) throw std::runtime_error(started.error().message());
    uri = "nbd+unix:///?socket=" + std::get<std::string>(serving.where());
  }
  // At a port with certificates, with what a client needs in the folder "client".
  served(loop::asio::io_context& context, disk_options options, testing::authority const& root)
      : disk(std::move(*fault_disk::open(std::move(options), [this] { return time.now(); }))),
        serving(context.get_executor(), time, *disk) {
    testing::write_certificates(dir / "server", root.sign(), root.certificate());
    std::filesystem::create_directory(dir / "client");
    auto const client = root.sign({.alternative = ""});
    static_cast<void>(dir.write("client/ca-cert.pem", root.certificate()));
    static_cast<void>(dir.write("client/client-cert.pem", client.certificate));
    static_cast<void>(dir.write("client/client-key.pem", client.key));
    tcp_place where{"127.0.0.1", 0, "a-secret", tls::certificates::read(dir / "server").value()};
    auto const started = serving.start(std::move(where));
    if (!started) throw std::runtime_error(started.error().message());
    port = std::to_string(std::get<tcp_place>(serving.where()).port);
    uri = "nbds://127.0.0.1:" + port + "/a-secret?tls-certificates=" + dir / "client";
  }
  scratch dir;
  loop::real_clock time;
  std::unique_ptr<fault_disk> disk;
  server serving;
  std::string uri;
  std::string port;
};

struct ended {
  int code = -1;
  std::string output;
};

awaitable<ended> run(served& where, std::vector<std::string> argv) {
  auto const output = where.dir / "output";
  loop::process_options options;
  options.argv = std::move(argv);
  options.output_file = output;
  auto const executor = co_await loop::asio::this_coro::executor;
  auto started = loop::process::start(executor, options);
  if (!started) {
    ADD_FAILURE() << started.error().message();
    co_return ended{};
  }
  auto const status = co_await loop::within<loop::exit_status>(where.time, 25s, started->wait());
  if (!status) ADD_FAILURE() << "it does not end";
  co_return ended{.code = status ? status->code : -1, .output = where.dir.read("output")};
}

awaitable<ended> qemu_io(served& where, std::vector<std::string> commands) {
  std::vector<std::string> argv = {"qemu-io", "-f", "raw", where.uri};
  for (auto& one : commands) {
    argv.emplace_back("-c");
    argv.push_back(std::move(one));
  }
  return run(where, std::move(argv));
}

using work = awaitable<void> (*)(served&);
void run_beside(loop::asio::io_context& context, served& where, work client) {
  auto const whole = [](served& what, work run_client) -> awaitable<void> {
    co_await run_client(what);
    co_await what.serving.stop();
  };
  auto body = whole(where, client);
  run_to_end(context, std::move(body), 60s);
}
void serve_to(work client, disk_options options = {.name = "data", .size = 64U << 20U}) {
  loop::asio::io_context context;
  served where(context, std::move(options));
  run_beside(context, where, client);
}
void serve_over_tls(work client) {
  loop::asio::io_context context;
  testing::authority const root;
  served where(context, {.name = "data", .size = 64U << 20U}, root);
  run_beside(context, where, client);
}

awaitable<void> patterns(served& where) {
  std::vector<std::string> const words1 = {"write -P 0xab 4096 8192",
                                           "read -P 0xab 4096 8192",
                                           "read -P 0 0 4096",
                                           "write -f -P 0xcd 1048576 1048576",
                                           "discard 4096 4096",
                                           "write -z 8192 2048",
                                           "write -z -u 10240 2048",
                                           "read -P 0 4096 8192",
                                           "flush",
                                           "aio_write -P 7 2M 64k",
                                           "aio_flush",
                                           "read -P 7 2M 64k",
                                           "write -P 9 63M 1M",
                                           "read -P 9 63M 1M"};
  auto const got = co_await qemu_io(where, words1);
  EXPECT_EQ(got.code, 0) << got.output;
  EXPECT_THAT(got.output, ::testing::Not(HasSubstr("failed")));
  EXPECT_THAT(got.output, ::testing::Not(HasSubstr("error")));
}
TEST(qemu_io, reads_back_what_it_wrote_zeroed_and_discarded) {
  NEEDS("qemu-io");
  serve_to(patterns);
}

awaitable<void> sees_errors(served& where) {
  EXPECT_TRUE(where.disk->inject("bad=error:operations=write,error=ENOSPC,from=1MiB,length=4KiB"));
  std::vector<std::string> const words2 = {"write 1M 512", "read 1M 512", "write 2M 512"};
  auto const got = co_await qemu_io(where, words2);
  EXPECT_THAT(got.output, HasSubstr("write failed: No space left on device"));
  EXPECT_THAT(got.output, HasSubstr("wrote 512/512 bytes at offset 2097152"));
  EXPECT_THAT(got.output, HasSubstr("read 512/512 bytes at offset 1048576"));
}
TEST(qemu_io, sees_the_injected_errors_and_no_others) {
  NEEDS("qemu-io");
  serve_to(sees_errors);
}

awaitable<void> release_once_held(served& where) {
  while (where.disk->sample().held < 1) co_await where.time.sleep_for(2ms);
  EXPECT_EQ(where.disk->ledger_json().at("in_flight").as_array().size(), 1U);
  EXPECT_TRUE(where.disk->release({}));
}
awaitable<void> is_held(served& where) {
  EXPECT_TRUE(where.disk->inject("stuck=hold:operations=write,times=1"));
  loop::nursery children(co_await loop::asio::this_coro::executor);
  children.spawn(release_once_held(where));
  std::vector<std::string> const words3 = {"write -P 3 0 4096", "read -P 3 0 4096"};
  auto const got = co_await qemu_io(where, words3);
  EXPECT_EQ(got.code, 0) << got.output;
  EXPECT_EQ(where.disk->hits("stuck"), 1U);
  co_await children.stop();
}
TEST(qemu_io, waits_for_a_held_write_and_goes_on_after_the_release) {
  NEEDS("qemu-io");
  serve_to(is_held);
}

awaitable<void> maps(served& where) {
  std::vector<std::string> const words4 = {"write -P 1 4M 1M"};
  co_await qemu_io(where, words4);
  std::vector<std::string> const words5 = {"qemu-img", "map", "--output=json",
                                           "-f",       "raw", where.uri};
  auto const got = co_await run(where, words5);
  EXPECT_EQ(got.code, 0) << got.output;
  EXPECT_THAT(
      got.output,
      HasSubstr(
          R"("start": 4194304, "length": 1048576, "depth": 0, "present": true, "zero": false, "data": true)"));
  std::vector<std::string> const words6 = {"qemu-img", "info", where.uri};
  auto const info = co_await run(where, words6);
  EXPECT_THAT(info.output, HasSubstr("virtual size: 64 MiB"));
}
TEST(qemu_img, sees_what_is_allocated) {
  NEEDS("qemu-img");
  serve_to(maps);
}

awaitable<void> tells(served& where) {
  std::vector<std::string> const words7 = {"nbdinfo", where.uri};
  auto const got = co_await run(where, words7);
  EXPECT_EQ(got.code, 0) << got.output;
  for (auto const* const wanted :
       {"newstyle-fixed without TLS, using structured packets", "export-size: 67108864",
        "base:allocation", "can_flush: true", "can_fua: true", "can_multi_conn: true",
        "can_trim: true", "can_zero: true", "is_read_only: false"})
    EXPECT_THAT(got.output, HasSubstr(wanted));
  std::vector<std::string> const words8 = {"nbdinfo", "--list", where.uri};
  auto const list = co_await run(where, words8);
  EXPECT_THAT(list.output, HasSubstr("export=\"data\""));
}
TEST(nbdinfo, is_told_everything) {
  NEEDS("nbdinfo");
  serve_to(tells);
}

awaitable<void> copies(served& where) {
  chance luck(11);
  std::string image(20U << 20U, '\0');
  for (std::size_t i = 0; i < image.size(); i += 1 + luck.below(5000))
    image[i] = static_cast<char>(1 + luck.below(255));
  auto const source = where.dir.write("source", image);
  std::vector<std::string> const words9 = {"nbdcopy", "--request-size=65536", source, where.uri};
  auto const in = co_await run(where, words9);
  EXPECT_EQ(in.code, 0) << in.output;
  std::vector<std::string> const words10 = {"nbdcopy", where.uri, where.dir / "target"};
  auto const out = co_await run(where, words10);
  EXPECT_EQ(out.code, 0) << out.output;
  EXPECT_TRUE(where.dir.read("target").substr(0, image.size()) == image);
}
awaitable<void> copies_out_of_order(served& where) {
  // In many requests at once, over several connections, delayed at random: in any order.
  EXPECT_TRUE(where.disk->inject("latency:shape=uniform,delay=500us,spread=500us"));
  co_await copies(where);
}
TEST(nbdcopy, copies_in_and_out_on_several_connections) {
  NEEDS("nbdcopy");
  serve_to(copies_out_of_order);
}

awaitable<void> verifies(served& where) {
  std::vector<std::string> const words11 = {"fio",
                                            "--name=verify",
                                            "--ioengine=nbd",
                                            "--uri=" + where.uri,
                                            "--rw=randwrite",
                                            "--bs=512-16k",
                                            "--iodepth=32",
                                            "--size=8M",
                                            "--verify=crc32c",
                                            "--verify_fatal=1",
                                            "--verify_state_save=0",
                                            "--thread",
                                            "--output-format=terse"};
  auto const got = co_await run(where, words11);
  EXPECT_EQ(got.code, 0) << got.output;
  EXPECT_GT(where.disk->books().of(operation::write).requests, 200U);
}
TEST(fio, verifies_what_it_wrote_at_depth_32) {
  NEEDS("fio");
  serve_to(verifies);
}

// QEMU reads sector 0 while it realizes the device, and flushes when it is told to quit: a hold on
// everything lets it start, holds the flush, and the freeze lets it end.
awaitable<void> starts_and_quits(served& where) {
  EXPECT_TRUE(where.disk->inject("stuck=hold"));
  loop::process_options options;
  options.argv = {"sh", "-c",
                  "(echo '{\"execute\":\"qmp_capabilities\"}'; echo "
                  "'{\"execute\":\"query-status\"}'; sleep 0.2; echo '{\"execute\":\"quit\"}'; "
                  "sleep 20) | qemu-system-x86_64 -machine q35 -accel tcg -m 64 -nodefaults "
                  "-display none -S -qmp stdio -blockdev driver=nbd,node-name=n0,server.type=unix,"
                  "server.path=" +
                      std::get<std::string>(where.serving.where()) +
                      " -device virtio-blk-pci,drive=n0 & "
                      "qemu=$!; wait $qemu; echo ended $?"};
  options.output_file = where.dir / "output";
  auto const executor = co_await loop::asio::this_coro::executor;
  auto qemu = loop::process::start(executor, options);
  if (!qemu) {
    ADD_FAILURE() << qemu.error().message();
    co_return;
  }
  for (int i = 0; i < 2000 && where.disk->sample().held == 0; ++i)
    co_await where.time.sleep_for(10ms);
  auto const said = where.dir.read("output");
  EXPECT_THAT(said, HasSubstr("\"status\": \"prelaunch\"")) << "it started although all is held";
  EXPECT_EQ(where.disk->books().of(operation::read).requests, 1U);
  EXPECT_EQ(where.disk->freeze().failed, 1U);
  for (int i = 0; i < 1000 && where.serving.connections() > 0; ++i)
    co_await where.time.sleep_for(10ms);
  EXPECT_EQ(where.serving.connections(), 0U) << "it ended";
  qemu->kill_group(9);
  co_await qemu->wait();
}
TEST(qemu, starts_while_everything_is_held_and_ends_after_a_freeze) {
  NEEDS("qemu-system-x86_64");
  serve_to(starts_and_quits);
}

awaitable<void> is_told_over_tls(served& where) {
  std::vector<std::string> const sealed = {"nbdinfo", where.uri};
  auto const got = co_await run(where, sealed);
  EXPECT_EQ(got.code, 0) << got.output;
  EXPECT_THAT(got.output, HasSubstr("newstyle-fixed with TLS, using structured packets"));
  EXPECT_THAT(got.output, HasSubstr("export-size: 67108864"));
  std::vector<std::string> const plain = {"nbdinfo", "nbd://127.0.0.1:" + where.port + "/a-secret"};
  auto const refused = co_await run(where, plain);
  EXPECT_NE(refused.code, 0);
  auto const said = refused.output.substr(got.output.size());  // behind what was there
  EXPECT_THAT(said, HasSubstr("replied with error"));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("67108864")));
}
TEST(nbdinfo, is_told_everything_over_tls_and_nothing_without) {
  NEEDS("nbdinfo");
  serve_over_tls(is_told_over_tls);
}

TEST(nbdcopy, copies_in_and_out_over_tls) {
  NEEDS("nbdcopy");
  serve_over_tls(copies);
}

// As a QEMU that runs elsewhere: by GnuTLS, with the folder that its configuration names.
std::vector<std::string> as_qemu(served const& where, std::string const& tool,
                                 std::string const& folder, std::vector<std::string> words) {
  std::vector<std::string> argv = {tool, "--object",
                                   "tls-creds-x509,id=t,endpoint=client,dir=" + folder};
  if (tool == "qemu-img") argv.insert(argv.begin() + 1, "info");
  argv.insert(argv.end(), {"--image-opts"});
  argv.insert(argv.end(), words.begin(), words.end());
  argv.push_back("driver=nbd,host=127.0.0.1,port=" + where.port + ",export=a-secret,tls-creds=t");
  return argv;
}

awaitable<void> serves_qemu_over_tls(served& where) {
  auto const folder = where.dir / "client";
  std::vector<std::string> const work = {
      "-c", "write -P 0xab 4096 3M", "-c", "read -P 0xab 4096 3M",
      "-c", "discard 4096 4096",     "-c", "flush"};
  auto const io = as_qemu(where, "qemu-io", folder, work);
  auto const got = co_await run(where, io);
  EXPECT_EQ(got.code, 0) << got.output;
  EXPECT_THAT(got.output, ::testing::Not(HasSubstr("failed")));
  auto const info = as_qemu(where, "qemu-img", folder, {});
  auto const seen = co_await run(where, info);
  EXPECT_THAT(seen.output, HasSubstr("virtual size: 64 MiB"));
  std::filesystem::remove(folder + "/client-cert.pem");
  auto const stranger = co_await run(where, info);
  EXPECT_NE(stranger.code, 0) << "it has no certificate to show";
}
TEST(qemu_io, reads_and_writes_over_tls) {
  NEEDS("qemu-io");
  NEEDS("qemu-img");
  serve_over_tls(serves_qemu_over_tls);
}

}  // namespace
}  // namespace wedgehog::nbd
