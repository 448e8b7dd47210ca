// File systems as the network has them, on which SQLite's locks or its shared memory do not work:
// the kernel is told to refuse those calls to a child that opens a database.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>

#include "folders.hpp"

namespace wedgehog::store {
namespace {

using ::testing::HasSubstr;

struct refused_call {
  std::uint32_t number;
  unsigned argument;  // which one tells …
  std::uint32_t mask;
  std::vector<std::uint32_t> values;  // … and what it says
  std::uint32_t error;
};

// seccomp(2). False: it cannot be had here.
bool refuse(refused_call const& what) {
  auto const low_word =
      static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * what.argument);
  auto const left = static_cast<std::uint8_t>(what.values.size());
  std::vector<sock_filter> program{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, what.number, 0, static_cast<std::uint8_t>(left + 2)),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low_word), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, what.mask)};
  for (std::size_t i = 0; i < what.values.size(); ++i)
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, what.values[i],
                               static_cast<std::uint8_t>(what.values.size() - i), 0));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | what.error));
  sock_fprog const filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

refused_call locks_with(int error) {
  return {.number = __NR_fcntl,
          .argument = 1,
          .mask = ~0U,
          .values = {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW},
          .error = static_cast<std::uint32_t>(error)};
}

refused_call shared_memory_with(int error) {
  return {.number = __NR_mmap,
          .argument = 3,
          .mask = MAP_TYPE,
          .values = {MAP_SHARED},
          .error = static_cast<std::uint32_t>(error)};
}

// 0: refused with the file, the reason and a way out, and runs that are in it are as they were. 77:
// cannot be tried here.
int refused_well(std::filesystem::path const& file, refused_call const& call,
                 std::string_view reason) {
  auto const before = testing::text_of(file);
  if (!refuse(call)) return 77;
  auto const opened = results_database::open(file, {.patience = std::chrono::milliseconds(50)});
  if (opened) return 1;
  auto const said = opened.error().message();
  for (auto const part :
       {std::string_view(file.native()), reason, std::string_view("--results DIR on a local one")})
    if (said.find(part) == std::string::npos) {
      fprintf(stderr, "'%s' is not in: %s\n", std::string(part).c_str(), said.c_str());
      return 2;
    }
  return before.empty() || testing::text_of(file) == before ? 0 : 3;
}

struct refusal {
  std::string name;
  refused_call call;
  std::string_view reason;
};
void PrintTo(refusal const& one, std::ostream* out) {
  *out << one.name;
}

struct network : ::testing::TestWithParam<refusal> {};

TEST_P(network, a_file_system_that_cannot_hold_a_database_is_named_as_the_reason) {
  for (bool const fresh : {true, false}) {
    own_folder temporary;
    auto const file = temporary / "results.sqlite";
    if (!fresh) {
      auto database = good(results_database::open(file));
      good(database.ingest(write_run(temporary.path() / "runs/a")));
    }
    int const code =
        in_child([&] { return refused_well(file, GetParam().call, GetParam().reason); });
    if (code == 77) GTEST_SKIP() << "no calls can be refused here (seccomp)";
    EXPECT_EQ(code, 0) << (fresh ? "a fresh file" : "one with runs");
  }
}

INSTANTIATE_TEST_SUITE_P(
    refusals, network,
    ::testing::Values(refusal{"no_locks_left", locks_with(ENOLCK), "does not lock files"},
                      refusal{"no_locks_at_all", locks_with(EOPNOTSUPP), "does not lock files"},
                      refusal{"locks_fail", locks_with(EIO), "does not lock files"},
                      refusal{"no_shared_memory", shared_memory_with(ENODEV), "shared memory"}),
    [](auto const& of) { return of.param.name; });

// What is locked by somebody is another thing.
TEST(network_or_not, a_lock_that_is_held_is_not_blamed_on_the_file_system) {
  own_folder temporary;
  auto const file = temporary / "results.sqlite";
  auto other = good(sqlite::connection::open(file, std::chrono::milliseconds(10)));
  good(other.script("BEGIN EXCLUSIVE"));
  auto const opened = results_database::open(file, {.patience = std::chrono::milliseconds(10)});
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr("has been locked by another process"));
}

}  // namespace
}  // namespace wedgehog::store
