# Puts libqmp in place for other programs: headers, the three static libraries it consists of, a CMake package and a
# pkg-config file, both named wedgehog-qmp. The package files are written by hand because the project's own targets carry its
# warnings and its source tree.
set(component libqmp)
set(headers ${CMAKE_INSTALL_INCLUDEDIR}/wedgehog)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/wedgehog-qmp)

install(TARGETS wedgehog_qmp wedgehog_loop wedgehog_base
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component})
install(FILES client.hpp message.hpp dialogue.hpp commands.hpp DESTINATION ${headers}/qmp COMPONENT ${component})
install(FILES ../base/enum_words.hpp ../base/error.hpp ../base/ensure.hpp ../base/units.hpp DESTINATION ${headers}/base COMPONENT ${component})
install(FILES ../loop/clock.hpp ../loop/mailbox.hpp ../loop/nursery.hpp ../loop/within.hpp ../loop/offload.hpp
              ../loop/process.hpp ../loop/descriptor.hpp
        DESTINATION ${headers}/loop COMPONENT ${component})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/libqmp COMPONENT ${component})

include(CMakePackageConfigHelpers)
configure_package_config_file(wedgehog-qmp-config.cmake.in wedgehog-qmp-config.cmake INSTALL_DESTINATION ${package}
                              PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/wedgehog-qmp-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wedgehog-qmp-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/wedgehog-qmp-config-version.cmake
        DESTINATION ${package} COMPONENT ${component})

# Where the file stands under the prefix decides how it finds the prefix back; an absolute library directory cannot.
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR absolute_library_directory)
if(absolute_library_directory)
  set(pkgconfig_prefix ${CMAKE_INSTALL_PREFIX})
else()
  string(REGEX REPLACE "[^/]+" ".." up "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
  set(pkgconfig_prefix "\${pcfiledir}/${up}")
endif()
configure_file(wedgehog-qmp.pc.in wedgehog-qmp.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/wedgehog-qmp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT ${component})
