// SQLite as RAII and result<T>: a connection, its statements, a transaction. Failures come back as
// sentences that name the file and the remedy, because they reach a person who wanted to run a
// guest and not to administer a database.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"

namespace wedgehog::store::sqlite {

// Bytes to bind as a BLOB.
struct blob {
  std::string_view bytes;
};

// One value for one `?`. Text and blobs are not copied: what they view must live until the call
// that takes them returns.
class parameter {
 public:
  parameter(std::nullopt_t) {}
  template <std::integral Integer>
  parameter(Integer number) : value_(static_cast<std::int64_t>(number)) {
    static_assert(sizeof(Integer) < 8 || std::is_signed_v<Integer>, "SQLite has no unsigned 64");
  }
  parameter(double number) : value_(number) {}
  parameter(std::string_view text) : value_(text) {}
  parameter(std::string const& text) : value_(std::string_view(text)) {}
  parameter(char const* text) : value_(std::string_view(text)) {}
  parameter(blob bytes) : value_(bytes) {}
  template <class T>
  parameter(std::optional<T> const& maybe) : parameter(maybe ? parameter(*maybe) : std::nullopt) {}

  // An SQLite result code.
  int bind(sqlite3_stmt* statement, int position) const;

 private:
  std::variant<std::monostate, std::int64_t, double, std::string_view, blob> value_;
};
using parameters = std::vector<parameter>;

// The row a statement stands on. Columns count from 0; a NULL reads as zero or empty.
class row {
 public:
  explicit row(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] bool null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double number(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<double> maybe_number(int column) const;
  [[nodiscard]] std::optional<std::string> maybe_text(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// One open database file, used by one thread at a time.
class connection {
 public:
  // Creates the file when it is missing (not its folder). `patience`: how long a locked database is
  // waited for.
  static result<connection> open(std::filesystem::path const& file,
                                 std::chrono::milliseconds patience);
  // Changes nothing, and needs no right to: in a folder that cannot be written, of another user, on
  // a full disk. When even SQLite's shared memory cannot be had, what is read is the file as it is
  // now, and what others write later is not seen.
  static result<connection> open_for_reading(std::filesystem::path const& file,
                                             std::chrono::milliseconds patience);
  // An empty database that nobody else sees.
  static result<connection> in_memory();

  [[nodiscard]] std::filesystem::path const& file() const { return file_; }

  // Several statements without parameters.
  result<void> script(std::string_view sql);
  // One statement; returns how many rows it changed.
  result<std::int64_t> change(std::string_view sql, parameters const& values = {});
  // One INSERT; returns the new row's id.
  result<std::int64_t> insert(std::string_view sql, parameters const& values = {});

  // One statement; `read` is called with each row and returns a value.
  template <class Read>
  auto rows(std::string_view sql, parameters const& values, Read read)
      -> result<std::vector<std::invoke_result_t<Read, row const&>>> {
    std::vector<std::invoke_result_t<Read, row const&>> all;
    auto const walked = each(sql, values, [&](sqlite3_stmt* at) { all.push_back(read(row(at))); });
    if (!walked) return walked.error();
    return all;
  }
  // The first row, if there is one.
  template <class Read>
  auto first(std::string_view sql, parameters const& values, Read read)
      -> result<std::optional<std::invoke_result_t<Read, row const&>>> {
    auto all = rows(sql, values, std::move(read));
    if (!all) return all.error();
    if (all->empty()) return std::nullopt;
    return std::optional(std::move(all->front()));
  }
  // One number out of one row; 0 when there is no row.
  result<std::int64_t> integer(std::string_view sql, parameters const& values = {});

  [[nodiscard]] bool in_transaction() const;
  // Whether the last call failed because somebody else holds a lock.
  [[nodiscard]] bool busy() const;
  // What went wrong, for a person. Blame: host.
  [[nodiscard]] error failure(int code) const;

 private:
  struct close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  static result<connection> open_as(std::string const& name, std::filesystem::path const& file,
                                    int flags, std::chrono::milliseconds patience);
  static result<connection> as_it_is(std::filesystem::path const& file,
                                     std::chrono::milliseconds patience);
  static result<connection> private_copy(std::filesystem::path const& file,
                                         std::filesystem::path const& log,
                                         std::chrono::milliseconds patience);
  // Whether a first read works; a failure of a WAL database shows here and not when it is opened.
  result<void> try_to_read();
  connection(sqlite3* handle, std::filesystem::path file, std::chrono::milliseconds patience)
      : handle_(handle), file_(std::move(file)), patience_(patience) {}

  template <class Visit>
  result<void> each(std::string_view sql, parameters const& values, Visit visit);

  std::unique_ptr<sqlite3, close> handle_;
  std::filesystem::path file_;
  std::chrono::milliseconds patience_;
  bool for_reading_ = false;
};

// Takes the write lock at once (BEGIN IMMEDIATE), so that a transaction never fails half-way
// because somebody else wrote in between. Rolls back unless committed.
class transaction {
 public:
  static result<transaction> begin(connection& on);
  transaction(transaction&& other) noexcept : on_(std::exchange(other.on_, nullptr)) {}
  transaction& operator=(transaction&&) = delete;
  ~transaction();
  result<void> commit();

 private:
  explicit transaction(connection& on) : on_(&on) {}
  connection* on_;
};

class statement {
 public:
  static result<statement> prepare(connection const& on, sqlite3* handle, std::string_view sql,
                                   parameters const& values);
  // SQLITE_ROW, SQLITE_DONE, or a failure.
  int step() { return sqlite3_step(handle_.get()); }
  [[nodiscard]] sqlite3_stmt* get() const { return handle_.get(); }

 private:
  struct finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  explicit statement(sqlite3_stmt* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3_stmt, finalize> handle_;
};

template <class Visit>
result<void> connection::each(std::string_view sql, parameters const& values, Visit visit) {
  auto prepared = statement::prepare(*this, handle_.get(), sql, values);
  if (!prepared) return prepared.error();
  int code = prepared->step();
  for (; code == SQLITE_ROW; code = prepared->step()) visit(prepared->get());
  if (code != SQLITE_DONE) return failure(code);
  return {};
}

}  // namespace wedgehog::store::sqlite
