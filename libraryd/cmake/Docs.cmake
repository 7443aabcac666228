# SPDX-License-Identifier: MIT
# What a program brings beside itself: man pages and shell completion. Both programs list their verbs and options in the same form, so one template a shell serves both.
find_program(SCDOC scdoc)
set(PREGEN_COMPLETION_TEMPLATES ${PROJECT_SOURCE_DIR}/libraryd/cli/completion)

# pregen_man(PAGE...): installs man/PAGE.scd, PAGE being NAME.SECTION.
function(pregen_man)
        if(NOT SCDOC)
                message(STATUS "scdoc not found: no man pages ${ARGN}")
                return()
        endif()
        foreach(page IN LISTS ARGN)
                string(REGEX MATCH "[0-9]$" section ${page})
                set(source ${CMAKE_CURRENT_SOURCE_DIR}/man/${page}.scd)
                set(man ${CMAKE_CURRENT_BINARY_DIR}/${page})
                add_custom_command(
                        OUTPUT ${man}
                        COMMAND sh -c "\"${SCDOC}\" < \"${source}\" > \"${man}\""
                        DEPENDS ${source}
                        VERBATIM)
                list(APPEND pages ${man})
                install(FILES ${man} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
        endforeach()
        list(GET ARGN 0 first)
        add_custom_target(man_${first} ALL DEPENDS ${pages})
endfunction()

# pregen_completion(PROGRAM): bash, zsh and fish.
function(pregen_completion PROGRAM)
        set(to ${CMAKE_BINARY_DIR}/completion)
        configure_file(${PREGEN_COMPLETION_TEMPLATES}/bash.in ${to}/${PROGRAM}.bash @ONLY)
        configure_file(${PREGEN_COMPLETION_TEMPLATES}/zsh.in ${to}/_${PROGRAM} @ONLY)
        configure_file(${PREGEN_COMPLETION_TEMPLATES}/fish.in ${to}/${PROGRAM}.fish @ONLY)
        install(FILES ${to}/${PROGRAM}.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${PROGRAM})
        install(FILES ${to}/_${PROGRAM} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
        install(FILES ${to}/${PROGRAM}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endfunction()
