# wedgehog_library, wedgehog_test, wedgehog_fuzzer: one call each per target, with its sources listed by hand.
# What a library may use comes from orchestrator/dependencies.txt and from nowhere else.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(boost_json 1.81 REQUIRED CONFIG)
find_package(fmt 9 REQUIRED CONFIG)
if(WEDGEHOG_TESTS)
  find_package(GTest REQUIRED)
endif()

set(WEDGEHOG_WARNINGS -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wimplicit-fallthrough -Wcast-qual
    -Wno-missing-field-initializers)  # designated initializers leave the rest at their defaults
if(WEDGEHOG_WERROR)
  list(APPEND WEDGEHOG_WARNINGS -Werror)
endif()

add_library(wedgehog_settings INTERFACE)
target_compile_options(wedgehog_settings INTERFACE ${WEDGEHOG_WARNINGS})
target_compile_definitions(wedgehog_settings INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)
target_link_libraries(wedgehog_settings INTERFACE Boost::headers Boost::json fmt::fmt Threads::Threads)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns about coroutine frames and std::variant internals that it inlined itself.
  target_compile_options(wedgehog_settings INTERFACE -fcoroutines -Wno-maybe-uninitialized -Wno-restrict
                         -Wno-mismatched-new-delete)
  if(WEDGEHOG_UNITY)
    # It takes the files of a chunk for headers, and what is unnamed in them for a danger.
    target_compile_options(wedgehog_settings INTERFACE -Wno-subobject-linkage)
  endif()
endif()
if(WEDGEHOG_SANITIZE)
  target_compile_options(wedgehog_settings INTERFACE -fsanitize=${WEDGEHOG_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(wedgehog_settings INTERFACE -fsanitize=${WEDGEHOG_SANITIZE})
  if(WEDGEHOG_SANITIZE MATCHES "undefined")
    target_compile_options(wedgehog_settings INTERFACE -fno-sanitize-recover=undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      # Clang 14 cannot put the type of a function before a coroutine that it splits.
      target_compile_options(wedgehog_settings INTERFACE -fno-sanitize=function)
    endif()
  endif()
endif()

if(WEDGEHOG_FUZZERS)
  target_compile_options(wedgehog_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The headers that most files read, parsed once: half of the time of an unoptimized build goes into them. Those of Asio
# bring symbols with them, which only libraries above `loop` link.
set(WEDGEHOG_HEADERS <boost/describe.hpp> <boost/json.hpp> <boost/system/result.hpp> <fmt/format.h> <algorithm> <chrono>
    <filesystem> <functional> <map> <memory> <optional> <string> <variant> <vector>)
set(WEDGEHOG_LOOP_HEADERS <boost/asio/awaitable.hpp> <boost/asio/as_tuple.hpp> <boost/asio/co_spawn.hpp>
    <boost/asio/deferred.hpp> <boost/asio/experimental/parallel_group.hpp> <boost/asio/local/stream_protocol.hpp>
    <boost/asio/posix/stream_descriptor.hpp> <boost/asio/steady_timer.hpp> <boost/asio/thread_pool.hpp>
    <boost/asio/use_awaitable.hpp>)

# Never built but for the headers that it carries for others.
function(wedgehog_header_carrier name)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cpp CONTENT "// Carries the precompiled headers.\n")
  add_library(${name} STATIC ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE wedgehog_settings)
  target_precompile_headers(${name} PRIVATE ${ARGN})
endfunction()
if(WEDGEHOG_PRECOMPILE)
  wedgehog_header_carrier(wedgehog_headers ${WEDGEHOG_HEADERS})
  wedgehog_header_carrier(wedgehog_loop_headers ${WEDGEHOG_HEADERS} ${WEDGEHOG_LOOP_HEADERS})
  if(WEDGEHOG_TESTS)
    set(test_headers ${WEDGEHOG_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
    wedgehog_header_carrier(wedgehog_test_headers ${test_headers})
    wedgehog_header_carrier(wedgehog_loop_test_headers ${test_headers} ${WEDGEHOG_LOOP_HEADERS})
    foreach(carrier wedgehog_test_headers wedgehog_loop_test_headers)
      target_link_libraries(${carrier} PRIVATE GTest::gmock GTest::gtest)
      target_compile_options(${carrier} PRIVATE ${WEDGEHOG_TEST_OPTIONS})
    endforeach()
  endif()
endif()

# Sets CARRIER to the headers that a test of these libraries reads: those of Asio where one of them lives on the loop.
function(wedgehog_test_carrier carrier)
  set(${carrier} wedgehog_test_headers PARENT_SCOPE)
  foreach(library IN LISTS ARGN)
    if(library STREQUAL loop OR loop IN_LIST ${library}_USES)
      set(${carrier} wedgehog_loop_test_headers PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# wedgehog_precompiled(TARGET CARRIER)
function(wedgehog_precompiled target carrier)
  if(WEDGEHOG_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${carrier})
  endif()
endfunction()

# Fills <name>_USES and <name>_PURE from the table.
set(WEDGEHOG_TABLE ${CMAKE_SOURCE_DIR}/orchestrator/dependencies.txt)
set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${WEDGEHOG_TABLE})
file(STRINGS ${WEDGEHOG_TABLE} table_lines REGEX "^[a-z]")
foreach(line IN LISTS table_lines)
  if(NOT line MATCHES "^([a-z]+) *(P?) *:(.*)$")
    message(FATAL_ERROR "${WEDGEHOG_TABLE}: cannot read '${line}'; expected 'name [P]: name name'")
  endif()
  set(library ${CMAKE_MATCH_1})
  set(${library}_PURE ${CMAKE_MATCH_2})
  string(STRIP "${CMAKE_MATCH_3}" uses)
  separate_arguments(${library}_USES UNIX_COMMAND "${uses}")
  list(APPEND WEDGEHOG_LIBRARIES ${library})
endforeach()

# wedgehog_library(NAME SOURCES a.cpp b.cpp [LINKS target…] [ALONE a.cpp])
# A static library from this directory's sources. Headers are included as "NAME/file.hpp". ALONE: not together with others
# in one chunk of WEDGEHOG_UNITY, since their unnamed namespaces have the same names on purpose.
function(wedgehog_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINKS;ALONE")
  if(NOT name IN_LIST WEDGEHOG_LIBRARIES)
    message(FATAL_ERROR "library '${name}' has no line in ${WEDGEHOG_TABLE}")
  endif()
  add_library(wedgehog_${name} STATIC ${arg_SOURCES})
  # The same headers are read once for many files. Who changes a file wants to compile that file alone.
  set_target_properties(wedgehog_${name} PROPERTIES UNITY_BUILD ${WEDGEHOG_UNITY}
                        UNITY_BUILD_BATCH_SIZE ${WEDGEHOG_UNITY_CHUNK})
  set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_include_directories(wedgehog_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/..)
  list(TRANSFORM ${name}_USES PREPEND wedgehog_ OUTPUT_VARIABLE used)
  target_link_libraries(wedgehog_${name} PUBLIC ${used} ${arg_LINKS} wedgehog_settings)
  if(loop IN_LIST ${name}_USES)
    wedgehog_precompiled(wedgehog_${name} wedgehog_loop_headers)
  else()
    wedgehog_precompiled(wedgehog_${name} wedgehog_headers)
  endif()
endfunction()

# What every test binary shares, compiled once. Building unit_tests builds what `ctest -L unit` needs and nothing more.
if(WEDGEHOG_TESTS)
  add_library(wedgehog_test_main STATIC ${CMAKE_SOURCE_DIR}/orchestrator/src/tests/main.cpp)
  target_link_libraries(wedgehog_test_main PUBLIC wedgehog_settings GTest::gmock GTest::gtest)
  add_library(wedgehog_replay_main STATIC ${CMAKE_SOURCE_DIR}/orchestrator/src/tests/fuzz/replay_main.cpp)
  target_link_libraries(wedgehog_replay_main PUBLIC wedgehog_settings)
  add_custom_target(unit_tests)
endif()

# wedgehog_test(NAME LABEL unit|peers|vm|corpus SOURCES … [USES library…] [LINKS target…] [ALONE a.cpp])
# One GoogleTest binary. `unit` tests are discovered one by one; the others run as one ctest each and may skip with 77.
# Under WEDGEHOG_UNITY its files share their unnamed namespace: what two of them call alike is renamed, moved to a header, or
# stands in a file that is compiled ALONE.
function(wedgehog_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SOURCES;USES;LINKS;ALONE")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)  # ample for sanitizers on a busy host
  endif()
  add_executable(${name}_test ${arg_SOURCES})
  list(TRANSFORM arg_USES PREPEND wedgehog_ OUTPUT_VARIABLE used)
  target_link_libraries(${name}_test PRIVATE ${used} ${arg_LINKS} wedgehog_test_main wedgehog_settings)
  target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/orchestrator/src)
  target_compile_definitions(${name}_test PRIVATE
    WEDGEHOG_SOURCE_DIR="${CMAKE_SOURCE_DIR}" WEDGEHOG_BINARY_DIR="${CMAKE_BINARY_DIR}"
    WEDGEHOG_TESTDATA="${CMAKE_SOURCE_DIR}/orchestrator/src/tests/testdata")
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_options(${name}_test PRIVATE ${WEDGEHOG_TEST_OPTIONS})
  set_target_properties(${name}_test PROPERTIES UNITY_BUILD ${WEDGEHOG_UNITY} UNITY_BUILD_BATCH_SIZE ${WEDGEHOG_UNITY_CHUNK})
  set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  wedgehog_test_carrier(carrier ${arg_USES})
  wedgehog_precompiled(${name}_test ${carrier})
  if(arg_LABEL STREQUAL unit)
    add_dependencies(unit_tests ${name}_test)
  endif()
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" SKIP_RETURN_CODE 77 TIMEOUT ${arg_TIMEOUT})
endfunction()

# wedgehog_fuzzer(NAME SOURCE USES library…): a libFuzzer target, and (always) the same file as a plain replay of a corpus
# folder (orchestrator/src/tests/fuzz/corpus/NAME), so that every input once found stays a test.
function(wedgehog_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE" "USES")
  list(TRANSFORM arg_USES PREPEND wedgehog_ OUTPUT_VARIABLE used)
  if(WEDGEHOG_FUZZERS)
    add_executable(fuzz_${name} ${arg_SOURCE})
    target_link_libraries(fuzz_${name} PRIVATE ${used} wedgehog_settings)
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endif()
  add_executable(replay_${name} ${arg_SOURCE})
  target_link_libraries(replay_${name} PRIVATE wedgehog_replay_main ${used} wedgehog_settings)
  add_dependencies(unit_tests replay_${name})
  set_target_properties(replay_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME fuzz_${name} COMMAND replay_${name} ${CMAKE_SOURCE_DIR}/orchestrator/src/tests/fuzz/corpus/${name})
  set_tests_properties(fuzz_${name} PROPERTIES LABELS unit SKIP_RETURN_CODE 77 TIMEOUT 120)
endfunction()
