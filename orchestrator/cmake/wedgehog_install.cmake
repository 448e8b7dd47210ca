# What `cmake --install` puts in place for people who run Wedgehog: the layout that src/cli/places.cpp looks for. libqmp, for
# other programs, is a component of its own (src/qmp/install.cmake). Included last, when all targets are there.
set(component wedgehog)
set(share share/${PROJECT_NAME})

install(TARGETS wedgehog wedgehog-disk RUNTIME DESTINATION bin COMPONENT ${component})
if(TARGET wedgehog-agent)
  install(TARGETS wedgehog-agent RUNTIME DESTINATION libexec/${PROJECT_NAME} COMPONENT ${component})
endif()

# Images are recipes for guests, not guests: scripts keep their execute bits, built ones live in the user's cache.
install(DIRECTORY images recipes DESTINATION ${share} USE_SOURCE_PERMISSIONS COMPONENT ${component})
# What the agent is built from in guests whose own compiler builds it.
install(DIRECTORY guest-agent/src guest-agent/wire DESTINATION ${share}/guest-agent COMPONENT ${component})
install(DIRECTORY orchestrator/docs/ DESTINATION ${share}/docs COMPONENT ${component}
        FILES_MATCHING PATTERN "*.md" PATTERN "*.json")
install(FILES LICENSE DESTINATION ${share} COMPONENT ${component})
install(FILES results/README.md DESTINATION ${share}/docs RENAME results.md COMPONENT ${component})
