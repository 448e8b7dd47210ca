// Between the rows of the tables and the values of run.hpp: columns and their readers side by side,
// and the one place that writes a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/described.hpp"
#include "store/run.hpp"
#include "store/sqlite.hpp"

namespace wedgehog::store {

// Takes the columns one after the other, so that a list of columns and its reader stay parallel.
class columns {
 public:
  explicit columns(sqlite::row const& at, int from = 0) : at_(at), next_(from) {}
  std::string text() { return at_.text(next_++); }
  std::int64_t integer() { return at_.integer(next_++); }
  double number() { return at_.number(next_++); }
  std::optional<double> maybe_number() { return at_.maybe_number(next_++); }
  std::optional<std::string> maybe_text() { return at_.maybe_text(next_++); }
  [[nodiscard]] bool null() const { return at_.null(next_); }

 private:
  sqlite::row const& at_;
  int next_;
};

template <class T>
T from_json_text(std::string const& text) {
  T read{};
  boost::system::error_code failure;
  auto const value = json::parse(text, failure);
  if (!failure) from_json(value, read);
  return read;
}

[[nodiscard]] std::uint64_t seed_in(std::string const& text);
[[nodiscard]] moment moment_in(std::string const& text);
[[nodiscard]] std::optional<std::string> in_text(std::optional<moment> when);

// "SELECT … FROM runs r LEFT JOIN judgements j …": what read_run reads, and what must follow is a
// condition or nothing.
extern std::string_view const select_runs;
// Without faults and the long texts.
[[nodiscard]] stored_run read_run(sqlite::row const& row);

extern std::string_view const judgement_columns;  // of a table called j
[[nodiscard]] judgement read_judgement(columns& at);

// The same opinion has the same digest, on every host.
[[nodiscard]] std::string digest_of(judgement const& opinion);

// These want a transaction.
result<run_id> insert_run(sqlite::connection& on, stored_run const& run);
// Everything but the judgements.
result<void> update_run(sqlite::connection& on, run_id id, stored_run const& run);
// False when it is there already.
result<bool> insert_judgement(sqlite::connection& on, run_id id, judgement const& opinion);
// Makes the newest judgement the run's; by its own time, so that the order of arrival is nothing.
result<void> choose_judgement(sqlite::connection& on, run_id id);
result<void> replace_faults(sqlite::connection& on, run_id id,
                            std::vector<fired_fault> const& faults);

}  // namespace wedgehog::store
