# cmake -D BUILD=… -D SOURCE=… -D WORK=… -D QEMU=… -P run.cmake: installs libqmp into a fresh prefix, builds the consumer once by
# find_package and once by pkg-config, and runs it against a real QEMU that it stops.
function(must)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT RESULT_VARIABLE outcome)
  if(NOT outcome EQUAL 0)
    message(FATAL_ERROR "failed (${outcome}): ${ARGN}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
must(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix --component libqmp)
# Found in its final place only: a package that points back to where it was installed first is broken.
file(RENAME ${WORK}/prefix ${WORK}/moved)
must(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -D CMAKE_PREFIX_PATH=${WORK}/moved -D CMAKE_CXX_COMPILER=${COMPILER}
     "-DCMAKE_CXX_FLAGS=${FLAGS}")
must(${CMAKE_COMMAND} --build ${WORK}/build)
find_program(PKG_CONFIG pkg-config)
if(PKG_CONFIG)
  file(GLOB_RECURSE description ${WORK}/moved/*/wedgehog-qmp.pc)
  cmake_path(GET description PARENT_PATH directory)
  must(sh -c "flags=$(PKG_CONFIG_PATH='${directory}' '${PKG_CONFIG}' --cflags --libs wedgehog-qmp) &&
    '${COMPILER}' ${FLAGS} '${SOURCE}/stop_and_look.cpp' -o '${WORK}/by_pkg_config' $flags")
endif()

find_program(QEMU qemu-system-x86_64)
if(NOT QEMU)
  message(STATUS "qemu-system-x86_64 is not installed: built, not run")
  return()
endif()
# A shell that ends QEMU whatever happens.
file(WRITE ${WORK}/run.sh [[
set -e
directory=$(mktemp -d)
qemu-system-x86_64 -machine none -nodefaults -no-user-config -display none -qmp "unix:$directory/qmp,server=on,wait=off" &
qemu=$!
trap 'kill -9 $qemu; rm -r "$directory"' EXIT
for program; do
  [ -x "$program" ] || continue
  "$program" "$directory/qmp" | tee "$directory/seen"
  grep -q '"status":"paused"' "$directory/seen"
done
]])
must(sh ${WORK}/run.sh ${WORK}/build/stop_and_look ${WORK}/by_pkg_config)
