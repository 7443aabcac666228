/* SPDX-License-Identifier: MIT */

/*
 * ComfyUI: a workflow of one's own GPU. The settings name the workflow (exported in its API format)
 * and the inputs of its nodes that a job sets; the model of a recipe is the workflow's name.
 *
 *      POST /upload/image       for each reference: a file -> its name there
 *      POST /prompt             {"prompt": workflow}        -> prompt_id
 *      GET  /api/jobs/ID        until it is over; a server that is older has no such route
 *      GET  /history/ID         its outputs, or its error; {} while it is not over
 *      GET  /view?filename=...  a file
 *
 * The handle is ID, or "h:ID" once the history is to be asked.
 */

#include "provider/comfyui.h"

static const ParamSpec params[] = {
        {.name = "size",
         .type = PARAM_SIZE,
         .kinds = (1u << KIND_IMAGE) | (1u << KIND_VIDEO),
         .help = "width x height in pixels: the workflow's inputs width and height"},
};

const Driver driver_comfyui = {
        .name = "comfyui",
        .summary = "workflows of ComfyUI, on a GPU of your own: pictures and videos",
        .kinds = (1u << KIND_IMAGE) | (1u << KIND_VIDEO),
        .needs_credential = true,
        .credential_optional = true, /* a proxy before it may want one */
        .free = true,
        .default_base_url = COMFYUI_BASE_URL,
        .poll_floor_ms = 1000,
        .usual_min_ms = 3000,
        .usual_max_ms = 300000,
        .params = params,
        .n_params = ARRAY_LEN(params),
        .declares_params = true,
        .has_workflows = true,
        .build_prepare = comfyui_build_prepare,
        .parse_prepare = comfyui_parse_prepare,
        .build = comfyui_build,
        .parse = comfyui_parse,
        .build_fetch = comfyui_build_fetch,
        .build_poll = comfyui_build_poll,
        .parse_poll = comfyui_parse_poll,
        .build_cancel = comfyui_build_cancel,
};
