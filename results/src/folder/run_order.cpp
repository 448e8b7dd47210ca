#include "folder/run_order.hpp"

#include <fmt/format.h>

#include "folder/files.hpp"

namespace wedgehog::folder {
namespace {
constexpr int order_format = 1;
}

std::string to_text(run_order const& order, std::string const& plan) {
  auto written = order;
  written.wedgehog_order = order_format;
  auto object = to_object(written);
  object["plan"] = json::parse(plan);
  return json::serialize(object) + "\n";
}

result<read_order> order_from(std::filesystem::path const& file) {
  auto const object = read_object(file);
  if (!object) return object.error();
  read_order read;
  from_object(*object, read.order);
  auto const* plan = object->if_contains("plan");
  if (read.order.wedgehog_order < 1 || plan == nullptr || !plan->is_object())
    return host_error(file.string() + " is no order for a performer: it has no plan");
  if (read.order.wedgehog_order > order_format)
    return host_error(fmt::format("the order {} is of format {}, this program knows {}",
                                  file.string(), read.order.wedgehog_order, order_format));
  if (!(read.order.time_scale > 0))
    return host_error("the order " + file.string() + " stretches time by nothing");
  read.plan = json::serialize(*plan);
  return read;
}

}  // namespace wedgehog::folder
