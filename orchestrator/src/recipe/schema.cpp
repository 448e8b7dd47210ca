// The catalogue as JSON Schema, so that an editor completes and explains a recipe while it is
// written. It is laxer than the checker: names that must exist are only names to it.
#include <boost/json.hpp>

#include "base/ensure.hpp"
#include "recipe/catalogue.hpp"
#include "recipe/recipe.hpp"
#include "recipe/scalar.hpp"

namespace wedgehog::recipe {
namespace {

namespace json = boost::json;

json::value schema_of(parameter const& what);

json::object with_doc(json::object schema, std::string_view doc) {
  schema["description"] = doc;
  return schema;
}

json::array words_as_json(std::vector<std::string> const& words) {
  json::array all;
  for (auto const& each : words) all.emplace_back(each);
  return all;
}

// Anything scalar may come from a variant.
json::object or_variant(json::object schema) {
  return {{"anyOf", {std::move(schema), {{"type", "string"}, {"pattern", "\\$\\{\\{"}}}}};
}

json::object text_like(std::string_view pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

json::object list_of(json::value item) {
  return {{"type", "array"}, {"minItems", 1}, {"items", std::move(item)}};
}

json::object one_or_list(json::object item) {
  auto list = list_of(item);
  return {{"anyOf", {std::move(item), std::move(list)}}};
}

// An item of a list, or a fragment whose items are put in there.
json::object or_inclusion(json::object item) {
  json::object inclusion{{"type", "object"},
                         {"properties", {{"include", one_or_list({{"type", "string"}})}}},
                         {"required", {"include"}},
                         {"additionalProperties", false}};
  return {{"anyOf", {std::move(item), std::move(inclusion)}}};
}

json::object reference(std::string_view name) {
  std::string path = "#/$defs/";
  for (char const c : name) path += c == ' ' ? '_' : c;
  return {{"$ref", path}};
}

json::object scalar_schema(parameter const& what) {
  static constexpr std::string_view name_pattern = "^[a-z0-9][a-z0-9._-]{0,39}$";
  switch (what.kind) {
    case value_kind::count:
      return {{"type", {"integer", "string"}}, {"pattern", "^[0-9]+$"}};
    case value_kind::fraction:
      return {{"type", {"number", "string"}}, {"pattern", "^[0-9.eE+-]+$"}};
    case value_kind::size:
      return {{"type", {"integer", "string"}}, {"pattern", "^[0-9.]+([KMGT](iB)?|B)?$"}};
    case value_kind::duration:
      return text_like("^([0-9.]+(us|ms|s|m|h|d))+$");
    case value_kind::guest_path:
      return text_like("^/");
    case value_kind::package:
      return text_like("^[a-z0-9][a-z0-9.+-]{1,99}$");
    case value_kind::name:
    case value_kind::workload:
    case value_kind::disk:
    case value_kind::capture:
    case value_kind::injected:
    case value_kind::step_place:
      return {{"type", {"integer", "string"}}, {"pattern", name_pattern}};
    case value_kind::one_of:
    case value_kind::verdict:
    case value_kind::verdict_kind:
    case value_kind::fault:
      return {{"enum", words_as_json(allowed_words(what))}};
    case value_kind::flag:
      return {{"enum", {true, false, "true", "false"}}};
    case value_kind::exit_code:
      return {{"anyOf",
               {{{"type", "integer"}, {"minimum", 0}, {"maximum", 255}},
                text_like("^(not |!)? *(any|[0-9]{1,3}|[A-Za-z0-9]+)$")}}};
    default:
      return {{"type", {"string", "number", "boolean"}}};
  }
}

// A mapping with the parameters of `what`, and of `beside` when two words stand in one mapping.
json::object mapping_schema(word const& what, word const* beside = nullptr) {
  json::object properties;
  json::array required;
  auto const add = [&](word const& from) {
    for (auto const& each : from.parameters) {
      auto schema = schema_of(each);
      properties[each.name] = with_doc(std::move(schema.as_object()), each.doc);
      if (each.required) required.emplace_back(each.name);
    }
  };
  add(what);
  if (beside != nullptr) add(*beside);
  auto const& exclusive = beside == nullptr ? what.exactly_one : beside->exactly_one;
  json::object schema{
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  if (!exclusive.empty()) {
    json::array alternatives;
    for (auto const& name : exclusive)
      alternatives.push_back(json::object{{"required", json::array{json::string(name)}}});
    schema["oneOf"] = std::move(alternatives);
  }
  return schema;
}

bool all_optional(word const& what) {
  for (auto const& each : what.parameters)
    if (each.required) return false;
  return what.exactly_one.empty();
}

// A mapping, or the bare value of the shorthand, or nothing at all.
json::object word_schema(word const& what) {
  json::array forms{mapping_schema(what)};
  if (!what.shorthand.empty()) forms.push_back(schema_of(*find_parameter(what, what.shorthand)));
  if (all_optional(what)) forms.push_back(json::object{{"type", "null"}});
  if (forms.size() == 1) return std::move(forms[0].as_object());
  return {{"anyOf", std::move(forms)}};
}

json::object inject_schema() {
  auto const* inject = find_word(place::step, "inject");
  ensure(inject != nullptr, "inject is a step");
  json::array faults;
  for (auto const& row : fault_words()) {
    auto schema = mapping_schema(*inject, &row);
    schema["properties"].as_object()["fault"] = json::object{{"const", row.name}};
    faults.push_back(with_doc(std::move(schema), row.doc));
  }
  return {{"oneOf", std::move(faults)}};
}

json::object step_schema() {
  json::object properties;
  json::array alone;
  for (auto const& row : step_words()) {
    auto schema = row.name == "inject" ? reference("inject") : word_schema(row);
    properties[row.name] = with_doc(std::move(schema), row.doc);
    if (all_optional(row)) alone.emplace_back(row.name);
  }
  auto const* beside = find_word(place::section, "step");
  ensure(beside != nullptr, "what may stand beside a step has its row");
  auto const own = static_cast<std::uint64_t>(1 + beside->parameters.size());
  for (auto const& each : beside->parameters)
    properties[each.name] = with_doc(std::move(schema_of(each).as_object()), each.doc);
  return {{"anyOf",
           {{{"type", "object"},
             {"properties", std::move(properties)},
             {"additionalProperties", false},
             {"minProperties", 1},
             {"maxProperties", own}},
            {{"enum", std::move(alone)}}}}};
}

json::value schema_of(parameter const& what) {
  switch (what.kind) {
    case value_kind::lines:
    case value_kind::names:
      return list_of(json::object{{"type", {"string", "number", "boolean"}}});
    case value_kind::packages:
      return list_of(or_variant(scalar_schema({what.name, value_kind::package})));
    case value_kind::settings:
      return json::object{{"type", "object"},
                          {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}};
    case value_kind::section:
      return reference(what.of);
    case value_kind::sections:
      return list_of(or_inclusion(reference(what.of)));
    case value_kind::by_name:
      return json::object{{"type", "object"}, {"additionalProperties", reference(what.of)}};
    case value_kind::alternatives:
      return json::object{{"anyOf", {reference(what.of), list_of(reference(what.of))}}};
    case value_kind::matrix:
      return json::object{{"type", "object"},
                          {"additionalProperties",
                           list_of(json::object{{"type", {"string", "number", "boolean"}}})}};
    case value_kind::steps:
      return list_of(or_inclusion(reference("step")));
    case value_kind::groups:
      return list_of(list_of(or_inclusion(reference("step"))));
    case value_kind::files:
      return one_or_list(json::object{{"type", "string"}});
    default:
      return or_variant(scalar_schema(what));
  }
}

// JSON for people: Boost.JSON only writes one line.
void print(json::value const& value, std::string const& indent, std::string& out) {
  std::string const deeper = indent + "  ";
  std::string_view separator = "\n";
  if (auto const* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (auto const& member : *object) {
      out += separator;
      out += deeper + json::serialize(json::string(member.key())) + ": ";
      print(member.value(), deeper, out);
      separator = ",\n";
    }
    out += "\n" + indent + "}";
  } else if (auto const* array = value.if_array();
             array != nullptr && !array->empty() && !array->front().is_string()) {
    out += '[';
    for (auto const& item : *array) {
      out += separator;
      out += deeper;
      print(item, deeper, out);
      separator = ",\n";
    }
    out += "\n" + indent + "]";
  } else {
    out += json::serialize(value);
  }
}

json::object defined(std::span<word const> rows) {
  json::object definitions;
  for (auto const& row : rows) {
    std::string name;
    for (char const c : row.name) name += c == ' ' ? '_' : c;
    definitions[name] = with_doc(word_schema(row), row.doc);
  }
  return definitions;
}

std::string whole_schema(std::string_view title, word const& top, json::object definitions) {
  auto schema = mapping_schema(top);
  json::object root{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  for (auto& member : schema) root[member.key()] = std::move(member.value());
  root["$defs"] = std::move(definitions);
  std::string out;
  print(root, "", out);
  return out + "\n";
}

}  // namespace

std::string json_schema() {
  auto definitions = defined(section_words());
  definitions["inject"] = inject_schema();
  definitions["step"] = step_schema();
  return whole_schema("Wedgehog recipe", key_words().front(), std::move(definitions));
}

std::string campaign_json_schema() {
  auto const rows = std::span(campaign_words());
  return whole_schema("Wedgehog campaign", rows.front(), defined(rows.subspan(1)));
}

}  // namespace wedgehog::recipe
