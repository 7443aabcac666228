# SPDX-License-Identifier: MIT
# Everything every target of ours is compiled with, as one INTERFACE target. Nothing here leaks into installed files.
option(PREGEN_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(PREGEN_FUZZ "libFuzzer targets (clang)" OFF)
option(PREGEN_COVERAGE "gcov instrumentation" OFF)

add_library(project_options INTERFACE)
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# assert() is part of the program: no -DNDEBUG in any configuration.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-Og -g3")

target_compile_definitions(project_options INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_include_directories(project_options INTERFACE ${PROJECT_SOURCE_DIR}/libraryd ${PROJECT_SOURCE_DIR}/daemon)
target_compile_options(project_options INTERFACE
        -Wall -Wextra -Werror -Wundef -Wlogical-op -Wmissing-declarations -Wstrict-prototypes -Wold-style-definition
        -Wpointer-arith -Wwrite-strings -Wredundant-decls -Wnested-externs -Wformat=2 -Wformat-signedness -Wvla
        -Wshadow -Wdate-time -Wimplicit-fallthrough -Wmissing-noreturn -Wunused-result -Wendif-labels
        -Werror=implicit-function-declaration -Werror=implicit-int -Werror=incompatible-pointer-types -Werror=return-type
        -Werror=overflow -Werror=shift-count-overflow -Wno-unused-parameter -Wno-missing-field-initializers
        -Wno-format-truncation # snprintf into a named size is how we cut text
        $<$<C_COMPILER_ID:Clang>:-Wno-gnu;-Wno-unknown-warning-option>
        -fno-common -fno-strict-aliasing -fstack-protector-strong -fstack-clash-protection -fcf-protection
        -ffunction-sections -fdata-sections -fvisibility=hidden)
target_link_options(project_options INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--as-needed -Wl,--gc-sections)
# A hundred test programs are linked again whenever a library changes: by the quicker linker where it is installed.
find_program(PREGEN_MOLD mold)
if(PREGEN_MOLD AND CMAKE_BUILD_TYPE STREQUAL Debug)
        target_link_options(project_options INTERFACE -fuse-ld=mold)
endif()
if(PREGEN_SANITIZE)
        # What a report names is functions and lines: half a minute of the whole build for each compiler.
        target_compile_options(project_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
        target_link_options(project_options INTERFACE -fsanitize=address,undefined)
else()
        target_compile_options(project_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()
if(PREGEN_COVERAGE)
        target_compile_options(project_options INTERFACE --coverage)
        target_link_options(project_options INTERFACE --coverage)
endif()
if(PREGEN_FUZZ)
        target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
