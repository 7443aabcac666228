# SPDX-License-Identifier: MIT
# pregen_embed_sql(TARGET): generates sql_catalog.h and sql_catalog.c from sql/ and adds them to TARGET. Written in CMake's own language so that the build needs no
# other interpreter.
function(pregen_embed_sql target)
        set(out ${CMAKE_CURRENT_BINARY_DIR}/generated/core)
        file(GLOB inputs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sql/*.sql)
        add_custom_command(
                OUTPUT ${out}/sql_catalog.h ${out}/sql_catalog.c
                COMMAND ${CMAKE_COMMAND} -D SQL_DIR=${PROJECT_SOURCE_DIR}/sql -D OUT_DIR=${out}
                        -P ${PROJECT_SOURCE_DIR}/libraryd/cmake/embed_sql.cmake
                DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/libraryd/cmake/embed_sql.cmake
                VERBATIM)
        target_sources(${target} PRIVATE ${out}/sql_catalog.c ${out}/sql_catalog.h)
        target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_BINARY_DIR}/generated)
endfunction()

# pregen_embed_specs(TARGET): generates the table of platform specs from config/specs.yaml and adds it to TARGET.
function(pregen_embed_specs target)
        set(out ${CMAKE_CURRENT_BINARY_DIR}/generated/core/fits_specs.c)
        add_custom_command(
                OUTPUT ${out}
                COMMAND ${CMAKE_COMMAND} -D SPECS=${PROJECT_SOURCE_DIR}/config/specs.yaml -D OUT=${out}
                        -P ${PROJECT_SOURCE_DIR}/libraryd/cmake/embed_specs.cmake
                DEPENDS ${PROJECT_SOURCE_DIR}/config/specs.yaml ${PROJECT_SOURCE_DIR}/libraryd/cmake/embed_specs.cmake
                VERBATIM)
        target_sources(${target} PRIVATE ${out})
endfunction()
