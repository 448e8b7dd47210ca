#include "store/sqlite.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/ensure.hpp"
#include "base/units.hpp"
#include "folder/checksum.hpp"
#include "loop/descriptor.hpp"
#include "loop/temporary.hpp"

namespace wedgehog::store::sqlite {

namespace {

// Why a file cannot be opened for writing. SQLite's own errno is that of its last attempt (to open
// it for reading), and opening it here to see would drop the locks that this process holds on it.
int reason_not_to_open(std::filesystem::path const& file, int said) {
  if (access(file.c_str(), R_OK | W_OK) != 0 && errno != ENOENT) return errno;
  auto const folder = file.has_parent_path() ? file.parent_path() : ".";
  if (access(folder.c_str(), W_OK | X_OK) != 0) return errno;
  return said;
}

bool is_about_locks(int code) {
  return code == SQLITE_IOERR_LOCK || code == SQLITE_IOERR_RDLOCK || code == SQLITE_IOERR_UNLOCK ||
         code == SQLITE_IOERR_CHECKRESERVEDLOCK || code == SQLITE_IOERR_SHMLOCK ||
         code == SQLITE_PROTOCOL;
}

// SQLite takes "no locks available" for a lock that somebody holds. Tried on a file of its own:
// closing the database here would drop the locks that this process holds on it.
bool locks_refused_in(std::filesystem::path const& database) {
  auto const file = database.string() + fmt::format("-locks-{}", ::getpid());
  loop::descriptor const opened(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!opened) return false;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  bool const refused = ::fcntl(opened.get(), F_SETLK, &whole) != 0;
  ::unlink(file.c_str());
  return refused;
}

// A path within the URI by which SQLite takes options.
std::string in_address(std::string_view path) {
  std::string escaped;
  for (char c : path) {
    bool const special = c == '%' || c == '?' || c == '#';
    escaped += special ? fmt::format("%{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return escaped;
}

std::string_view text_of(sqlite3_value* value) {
  auto const* data = static_cast<char const*>(sqlite3_value_blob(value));
  auto const size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  return data == nullptr ? std::string_view() : std::string_view(data, size);
}

void digest_in_sql(sqlite3_context* context, int, sqlite3_value** values) {
  auto const digest = folder::sha256_of_text(text_of(values[0]));
  sqlite3_result_text64(context, digest.data(), digest.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// NULL is an empty line.
void lines_in_sql(sqlite3_context* context, int count, sqlite3_value** values) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (i > 0) text += '\n';
    text += text_of(values[i]);
  }
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace

int parameter::bind(sqlite3_stmt* statement, int position) const {
  // SQLITE_STATIC: the statement ends before the call that owns the values returns.
  struct binder {
    sqlite3_stmt* statement;
    int position;
    int operator()(std::monostate) const { return sqlite3_bind_null(statement, position); }
    int operator()(std::int64_t number) const {
      return sqlite3_bind_int64(statement, position, number);
    }
    int operator()(double number) const { return sqlite3_bind_double(statement, position, number); }
    int operator()(std::string_view text) const {
      // A view without data would bind NULL.
      char const* data = text.data() == nullptr ? "" : text.data();
      return sqlite3_bind_text64(statement, position, data, text.size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    }
    int operator()(blob bytes) const {
      char const* data = bytes.bytes.data() == nullptr ? "" : bytes.bytes.data();
      return sqlite3_bind_blob64(statement, position, data, bytes.bytes.size(), SQLITE_STATIC);
    }
  };
  return std::visit(binder{statement, position}, value_);
}

bool row::null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t row::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double row::number(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string row::text(int column) const {
  // column_blob before column_bytes: this order needs no conversion and works for TEXT and BLOB.
  auto const* data = static_cast<char const*>(sqlite3_column_blob(statement_, column));
  auto const size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string() : std::string(data, size);
}

std::optional<double> row::maybe_number(int column) const {
  return null(column) ? std::nullopt : std::optional(number(column));
}

std::optional<std::string> row::maybe_text(int column) const {
  return null(column) ? std::nullopt : std::optional(text(column));
}

result<connection> connection::open_as(std::string const& name, std::filesystem::path const& file,
                                       int flags, std::chrono::milliseconds patience) {
  sqlite3* handle = nullptr;
  int const code = sqlite3_open_v2(name.c_str(), &handle, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  connection opened(handle, file, patience);
  opened.for_reading_ = (flags & SQLITE_OPEN_READONLY) != 0;
  if (handle == nullptr) return host_error("there is no memory to open " + file.string());
  sqlite3_extended_result_codes(handle, 1);
  if (code != SQLITE_OK) return opened.failure(code);
  sqlite3_busy_timeout(handle, static_cast<int>(patience.count()));
  return opened;
}

result<connection> connection::open(std::filesystem::path const& file,
                                    std::chrono::milliseconds patience) {
  auto opened = open_as(file.string(), file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, patience);
  if (!opened) return opened;
  // What migrations make identities of; the same on every host.
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  auto* handle = opened->handle_.get();
  sqlite3_create_function_v2(handle, "sha256", 1, flags, nullptr, &digest_in_sql, nullptr, nullptr,
                             nullptr);
  sqlite3_create_function_v2(handle, "lines", -1, flags, nullptr, &lines_in_sql, nullptr, nullptr,
                             nullptr);
  return opened;
}

result<connection> connection::in_memory() {
  return open(":memory:", std::chrono::seconds(1));
}

result<void> connection::try_to_read() {
  auto const read = integer("SELECT count(*) FROM sqlite_master");
  if (!read) return read.error();
  return {};
}

result<connection> connection::open_for_reading(std::filesystem::path const& file,
                                                std::chrono::milliseconds patience) {
  auto opened = open_as(file.string(), file, SQLITE_OPEN_READONLY, patience);
  if (!opened) return opened;
  auto const read = opened->try_to_read();
  if (read) return opened;
  int const code = sqlite3_errcode(opened->handle_.get()) & 0xff;
  if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY && code != SQLITE_IOERR &&
      code != SQLITE_FULL)
    return read.error();
  // There may be no place for the memory that readers and writers share. Without a log of changes
  // the file alone is the database; with one, a copy of both is, made where there is room.
  std::error_code failure;
  auto const log = file.string() + "-wal";
  bool const changes = std::filesystem::exists(log, failure) &&
                       std::filesystem::file_size(log, failure) > 0 && !failure;
  return changes ? private_copy(file, log, patience) : as_it_is(file, patience);
}

result<connection> connection::as_it_is(std::filesystem::path const& file,
                                        std::chrono::milliseconds patience) {
  auto opened = open_as("file:" + in_address(file.string()) + "?immutable=1", file,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, patience);
  if (!opened) return opened;
  if (auto read = opened->try_to_read(); !read) return read.error();
  return opened;
}

result<connection> connection::private_copy(std::filesystem::path const& file,
                                            std::filesystem::path const& log,
                                            std::chrono::milliseconds patience) {
  auto const place = loop::temporary_directory::make();
  if (!place) return place.error();
  auto const copy = std::filesystem::path(place->path()) / "results.sqlite";
  std::error_code failure;
  std::filesystem::copy_file(log, copy.string() + "-wal", failure);
  if (!failure) std::filesystem::copy_file(file, copy, failure);
  if (failure)
    return host_error(fmt::format("copying {} to read it: {}", file.string(), failure.message()));
  auto opened = open_as(copy.string(), file, SQLITE_OPEN_READWRITE, patience);
  if (!opened) return opened;
  // The first read opens all files, which may then lose their names.
  if (auto read = opened->try_to_read(); !read) return read.error();
  opened->for_reading_ = true;
  return opened;
}

result<void> connection::script(std::string_view sql) {
  std::string const terminated(sql);
  int const code = sqlite3_exec(handle_.get(), terminated.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

result<std::int64_t> connection::change(std::string_view sql, parameters const& values) {
  auto const done = each(sql, values, [](sqlite3_stmt*) {});
  if (!done) return done.error();
  return sqlite3_changes64(handle_.get());
}

result<std::int64_t> connection::insert(std::string_view sql, parameters const& values) {
  auto const done = each(sql, values, [](sqlite3_stmt*) {});
  if (!done) return done.error();
  return sqlite3_last_insert_rowid(handle_.get());
}

result<std::int64_t> connection::integer(std::string_view sql, parameters const& values) {
  auto found = first(sql, values, [](row const& at) { return at.integer(0); });
  if (!found) return found.error();
  return found->value_or(0);
}

bool connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

bool connection::busy() const {
  return (sqlite3_errcode(handle_.get()) & 0xff) == SQLITE_BUSY;
}

error connection::failure(int code) const {
  std::string said = sqlite3_errmsg(handle_.get());
  // Only an I/O failure leaves an errno of its own; otherwise an old one would be quoted.
  int const primary = code & 0xff;
  bool const touched_files = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  int system = touched_files ? sqlite3_system_errno(handle_.get()) : 0;
  if (primary == SQLITE_CANTOPEN) system = reason_not_to_open(file_, system);
  if (system != 0) said += fmt::format(": {}", std::strerror(system));
  auto const name = file_.string();
  constexpr std::string_view elsewhere = "or use --results DIR";

  if (primary == SQLITE_FULL || system == ENOSPC || system == EDQUOT)
    return host_error(fmt::format(
        "the disk that holds the results database {} is full: free some space (old wreckage is the "
        "largest part), {}",
        name, elsewhere));
  if (is_about_locks(code) || ((primary == SQLITE_BUSY) && locks_refused_in(file_)))
    return host_error(fmt::format(
        "the file system of the results database {} does not lock files ({}), as some of the "
        "network do not: give --results DIR on a local one",
        name, said));
  if (code == SQLITE_IOERR_SHMMAP || code == SQLITE_IOERR_SHMOPEN || code == SQLITE_IOERR_SHMSIZE)
    return host_error(fmt::format(
        "the file system of the results database {} has no shared memory for write-ahead logging "
        "({}): give --results DIR on a local one",
        name, said));
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return host_error(fmt::format(
          "the results database {} has been locked by another process for {}: wait for it to end "
          "(fuser {} names it), {}",
          name, describe_duration(patience_), name, elsewhere));
    case SQLITE_NOTADB:
      return host_error(fmt::format("{} is not a results database ({}): move it away, {}", name,
                                    said, elsewhere));
    case SQLITE_CORRUPT:
      return host_error(fmt::format(
          "the results database {} is damaged ({}): save what can be read with `sqlite3 "
          "{} .recover`, then move it away, {}",
          name, said, name, elsewhere));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      if (for_reading_)
        return host_error(
            fmt::format("cannot read the results database {} ({}): make it readable, {}", name,
                        said, elsewhere));
      return host_error(fmt::format(
          "cannot open the results database {} for writing ({}): make it and its folder "
          "writable, {}",
          name, said, elsewhere));
    default:
      return host_error(
          fmt::format("the results database {}: {}: look at the disk that holds it, {}", name, said,
                      elsewhere));
  }
}

result<statement> statement::prepare(connection const& on, sqlite3* handle, std::string_view sql,
                                     parameters const& values) {
  sqlite3_stmt* prepared = nullptr;
  int code =
      sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr);
  statement owned(prepared);
  if (code != SQLITE_OK) return on.failure(code);
  ensure(sqlite3_bind_parameter_count(prepared) == static_cast<int>(values.size()),
         "every ? gets one value");
  for (std::size_t i = 0; i < values.size() && code == SQLITE_OK; ++i)
    code = values[i].bind(prepared, static_cast<int>(i) + 1);
  if (code != SQLITE_OK) return on.failure(code);
  return owned;
}

result<transaction> transaction::begin(connection& on) {
  auto const begun = on.change("BEGIN IMMEDIATE");
  if (!begun) return begun.error();
  return transaction(on);
}

transaction::~transaction() {
  // Some failures (a full disk) have rolled back already.
  if (on_ != nullptr && on_->in_transaction()) (void)on_->change("ROLLBACK");
}

result<void> transaction::commit() {
  auto const done = on_->change("COMMIT");
  if (!done) return done.error();
  on_ = nullptr;
  return {};
}

}  // namespace wedgehog::store::sqlite
