/* SPDX-License-Identifier: MIT */
#pragma once

/* The parts of the openai wire: wire_openai.c checks, openai_answer.c answers. */

#include "wire.h"

int openai_chat(Call *c);
int openai_images(Call *c);
/* "refusal", "length", "silent" (no picture, no word), "quota" */
extern const ActionRow openai_actions[];
