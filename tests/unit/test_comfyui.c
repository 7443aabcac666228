/* SPDX-License-Identifier: MIT */

/* ComfyUI: workflows filled in, jobs of new servers and old, outputs and errors of nodes. */

#include "unit/driver_case.h"

#define ID "e3b0c442-98fc-1c14-9afb-f4c8996fb924"
#define BASE "http://127.0.0.1:8188"

static const ComfyInput inputs[] = {
        {"prompt", "6.text"}, {"seed", "3.seed"},     {"width", "5.width"}, {"height", "5.height"},
        {"steps", "3.steps"}, {"prompt", "a.b.text"}, {"seed", "3.noise"}};
static const ComfyWorkflow workflows[] = {
        {.name = "sdxl",
         .graph = "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":1,\"steps\":20,"
                  "\"model\":[\"4\",0]},\"_meta\":{\"title\":\"x\"}},"
                  "\"5\":{\"class_type\":\"EmptyLatentImage\",\"inputs\":{\"width\":512,"
                  "\"height\":512}},"
                  "\"6\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{\"text\":\"old\"}},"
                  "\"a.b\":{\"class_type\":\"Note\",\"inputs\":{\"text\":\"\"}}}",
         .inputs = inputs,
         .n_inputs = ARRAY_LEN(inputs)},
};
/* One that takes pictures, and has places for words. */
static const ComfyInput edit_inputs[] = {{"prompt", "6.text"},
                                         {"seed", "6.text"},
                                         {"prompt", "6.other"},
                                         {"reference", "7.image"},
                                         {"reference_2", "8.image"}};
static const ComfyWorkflow more_workflows[] = {
        {.name = "edit",
         .graph = "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"seed\":"
                  "18446744073709551615}},\"6\":{\"class_type\":\"CLIPTextEncode\",\"inputs\":{"
                  "\"text\":\"{{prompt}}, {{seed}} of {{prompt}}: "
                  "{{sead}}\",\"other\":\"{{prompt}}\"}},"
                  "\"7\":{\"class_type\":\"LoadImage\",\"inputs\":{\"image\":\"example.png\"}},"
                  "\"8\":{\"class_type\":\"LoadImage\",\"inputs\":{\"image\":\"example.png\"}}}",
         .inputs = edit_inputs,
         .n_inputs = ARRAY_LEN(edit_inputs)},
};
static const ProviderSpec spec = {.workflows = workflows, .n_workflows = 1},
                          edit_spec = {.workflows = more_workflows, .n_workflows = 1};

static DriverCase comfyui(AssetKind kind) {
        DriverCase c = driver_case("comfyui", kind, "sdxl");

        c.job.spec = &spec;
        c.job.base_url = BASE;
        return c;
}

TEST(a_workflow_is_filled_in) {
        DriverCase c = comfyui(KIND_IMAGE);

        case_param(&c, "size", "1024x768");
        CHECK(json_add_int(c.params, "steps", 30) >= 0);
        case_build(&c);
        CHECK_STR(c.call.http.method, "POST");
        CHECK_STR(c.call.http.url, BASE "/prompt");
        CHECK_INT(json_length(c.body), 1);
        CHECK_STR(json_text(json_get(json_get(json_get(json_get(c.body, "prompt"), "6"), "inputs"),
                                     "text")),
                  "a \"red\" bicycle");
        CHECK_STR(json_text(json_get(
                          json_get(json_get(json_get(c.body, "prompt"), "a.b"), "inputs"), "text")),
                  "a \"red\" bicycle");
        CHECK_INT(case_int_at(&c, "prompt.5.inputs", "width"), 1024);
        CHECK_INT(case_int_at(&c, "prompt.5.inputs", "height"), 768);
        CHECK_INT(case_int_at(&c, "prompt.3.inputs", "steps"), 30);
        CHECK_INT(case_int_at(&c, "prompt.3.inputs", "seed"),
                  INT64_C(0x7654321089abcdef) & INT64_C(0xffffffffffff));
        CHECK_STR(case_at(&c, "prompt.3.class_type"), "KSampler");
        CHECK_STR(case_at(&c, "prompt.3._meta.title"), "x");
        case_done(&c);

        c = comfyui(KIND_IMAGE); /* what nothing is said of stays as it is */
        case_build(&c);
        CHECK_INT(case_int_at(&c, "prompt.5.inputs", "width"), 512);
        CHECK_INT(case_int_at(&c, "prompt.3.inputs", "steps"), 20);
        case_done(&c);
}

TEST(what_cannot_be_asked_for) {
        DriverCase c = comfyui(KIND_IMAGE);

        case_reference(&c, "/a.png");
        case_refuses(&c, "reference picture 1 does not reach the workflow 'sdxl': name 'reference' "
                         "among its 'inputs'");
        c.job.model = "sdxk";
        case_refuses(&c, "no workflow 'sdxk'");
        c.job.spec = NULL;
        case_refuses(&c, "no workflow");
        c.job.kind = KIND_TEXT;
        case_refuses(&c, "makes no 'text'");
        case_done(&c);
}

static DriverCase edit(void) {
        DriverCase c = comfyui(KIND_IMAGE);

        c.job.model = "edit";
        c.job.spec = &edit_spec;
        return c;
}

/* What the server says to the next upload: 0, or 1 with a result. */
static int uploaded(DriverCase *c, int status, const char *body) {
        case_set_reply(c, status, body);
        return c->driver->parse_prepare(&c->job, &c->reply, c->prepared, &c->result, &c->err);
}

static void check_upload(DriverCase *c, const char *file) {
        provider_call_done(&c->call);
        case_set_job(c);
        CHECK_INT(c->driver->build_prepare(&c->job, &c->call, &c->err), 1);
        CHECK_STR(c->call.http.url, BASE "/upload/image");
        CHECK(c->call.http.with_key && !c->call.http.paid);
        case_read_body(c);
        CHECK_HAS(c->text, "name=\"type\"\r\n\r\ninput\r\n");
        CHECK_HAS(c->text, "name=\"subfolder\"\r\n\r\npregen\r\n");
        CHECK_HAS(c->text, "name=\"image\"; filename=");
        CHECK_HAS(c->text, file);
        CHECK(!strstr(c->text, "overwrite"));
}

TEST(pictures_are_sent_before) {
        DriverCase c = edit();

        case_reference(&c, "/x/a.png");
        case_reference(&c, "/x/b.jpg");
        case_refuses(&c, "a reference is not uploaded");
        check_upload(&c, "<RAW:/x/a.png>");
        CHECK_INT(uploaded(&c, 200, "{\"name\":\"a (1).png\",\"subfolder\":\"pregen\"}"), 0);
        check_upload(&c, "<RAW:/x/b.jpg>");
        CHECK_INT(uploaded(&c, 200, "{\"name\":\"b.jpg\",\"subfolder\":\"\",\"type\":\"input\"}"),
                  0);
        CHECK_INT(c.driver->build_prepare(&c.job, &c.call, &c.err), 0);
        case_build(&c);
        CHECK_STR(case_at(&c, "prompt.7.inputs.image"), "pregen/a (1).png");
        CHECK_STR(case_at(&c, "prompt.8.inputs.image"), "b.jpg");
        case_reference(&c, "/x/c.png");
        case_refuses(&c, "reference picture 3 does not reach the workflow 'edit': name "
                         "'reference_3'");
        case_done(&c);
}

TEST(pictures_that_were_not_taken) {
        static const ReplyRow rows[] = {
                {200, "{\"subfolder\":\"x\"}", OUTCOME_TRANSIENT, "UPLOAD", true, false, NULL},
                {200, "{\"name\":7}", OUTCOME_TRANSIENT, "UPLOAD", true, false, NULL},
                {200, "<html>", OUTCOME_TRANSIENT, "UPLOAD", true, false, NULL},
                {200, "{\"name\":\"\"}", OUTCOME_TRANSIENT, "UPLOAD", true, false, NULL},
                {400, "", OUTCOME_REJECTED, "HTTP_400", false, false, NULL},
                {401, "", OUTCOME_CREDENTIALS, "HTTP_401", false, false, NULL},
                {413, "too large", OUTCOME_REJECTED, "HTTP_413", false, false, NULL},
                {500, "", OUTCOME_TRANSIENT, "HTTP_500", true, false, NULL},
        };
        _cleanup_(freep) char *long_name = calloc(1, 600), *body = NULL;
        DriverCase c = edit();

        case_reference(&c, "/x/a.png");
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                CHECK_INT(uploaded(&c, rows[i].status, rows[i].body), 1);
                case_check_row(&c, &rows[i], i);
        }
        CHECK(long_name);
        memset(long_name, 'a', 599);
        body = str_printf("{\"name\":\"%s\"}", long_name);
        CHECK(body);
        CHECK_INT(uploaded(&c, 200, body), 1);
        CHECK_STR(c.result.code, "UPLOAD");
        CHECK_INT(json_length(c.prepared), 0);
        case_done(&c);
}

TEST(words_around_a_place_stay) {
        DriverCase c = edit();
        _cleanup_(freep) char *want = NULL;

        case_build(&c);
        want = str_printf("a \"red\" bicycle, %lld of a \"red\" bicycle: {{sead}}",
                          (long long) (c.job.seed & INT64_C(0xffffffffffff)));
        CHECK_STR(case_at(&c, "prompt.6.inputs.text"), want);
        CHECK_STR(case_at(&c, "prompt.6.inputs.other"), "a \"red\" bicycle");
        CHECK_STR(case_at(&c, "prompt.7.inputs.image"), "example.png"); /* as it was saved */
        CHECK_HAS(c.text, "\"seed\":18446744073709551615");             /* and no digit is lost */
        case_done(&c);
}

TEST(accepted_or_refused) {
        static const ReplyRow rows[] = {
                {400,
                 "{\"error\":{\"type\":\"prompt_outputs_failed_validation\",\"message\":\"m\","
                 "\"details\":\"\"},\"node_errors\":{\"4\":{\"errors\":[{\"type\":\"v\","
                 "\"message\":\"Value not in list\",\"details\":\"ckpt_name: 'x'\"}],"
                 "\"class_type\":\"CheckpointLoaderSimple\"}}}",
                 OUTCOME_REJECTED, "prompt_outputs_failed_validation", false, false,
                 "CheckpointLoaderSimple (4): Value not in list: ckpt_name: 'x'"},
                {400,
                 "{\"error\":{\"type\":\"no_prompt\",\"message\":\"none\"},\"node_errors\":[]}",
                 OUTCOME_REJECTED, "no_prompt", false, false, "none"},
                {400, "{\"error\":\"No prompt provided\",\"node_errors\":{}}", OUTCOME_REJECTED,
                 "HTTP_400", false, false, "No prompt provided"},
                {200, "{\"node_errors\":{\"4\":{\"errors\":[{\"message\":\"bad\"}]}}}",
                 OUTCOME_REJECTED, "HTTP_500", false, false, "node (4): bad"},
                {200, "{\"prompt_id\":\"a/b\"}", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
                {200, "{}", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
                {200, "<html>", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
                {401, "", OUTCOME_CREDENTIALS, "HTTP_401", false, false, NULL},
                {413, "too large", OUTCOME_REJECTED, "HTTP_413", false, false, NULL},
                {500, "500 Internal Server Error", OUTCOME_TRANSIENT, "HTTP_500", true, false,
                 NULL},
                {502, "", OUTCOME_TRANSIENT, "HTTP_502", true, false, NULL},
        };
        DriverCase c = comfyui(KIND_IMAGE);

        case_reply(&c, 200, "{\"prompt_id\":\"" ID "\",\"number\":3,\"node_errors\":{}}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_STR(c.result.handle, ID);
        CHECK_STR(c.result.request_id, ID);
        /* An output that is wrong beside one that is not: it runs. */
        case_reply(&c, 200,
                   "{\"prompt_id\":\"" ID "\",\"node_errors\":{\"4\":{\"errors\":[{\"message\":"
                   "\"bad\"}]}}}");
        CHECK_STR(c.result.handle, ID);
        case_check_replies(&c, rows, ARRAY_LEN(rows));
        case_done(&c);
}

TEST(addresses_of_a_job) {
        DriverCase c = comfyui(KIND_IMAGE);
        ProviderCall call = {0};

        case_check_call_for(&c, c.driver->build_poll, ID, "GET", BASE "/api/jobs/" ID);
        case_check_call_for(&c, c.driver->build_poll, "h:" ID, "GET", BASE "/history/" ID);
        case_check_call_for(&c, c.driver->build_poll, "../x", "GET", NULL);
        case_check_call_for(&c, c.driver->build_poll, "h:", "GET", NULL);
        case_check_call_for(&c, c.driver->build_cancel, ID, "POST", BASE "/api/jobs/" ID "/cancel");
        case_check_call_for(&c, c.driver->build_cancel, "a b", "POST", NULL);
        CHECK_OK(c.driver->build_cancel(&c.job, "h:" ID, &call, &c.err), &c.err);
        CHECK_STR(call.http.url, BASE "/queue");
        CHECK_STR(call.http.body[0].text, "{\"delete\":[\"" ID "\"]}");
        provider_call_done(&call);
        case_done(&c);
}

TEST(how_a_job_is) {
        static const char *const open[] = {"{\"status\":\"pending\"}",
                                           "{\"status\":\"in_progress\"}",
                                           "{\"status\":\"dreaming\"}",
                                           "{}",
                                           "[]",
                                           "<html>"};
        static const ReplyRow ends[] = {
                {200, "{\"status\":\"cancelled\"}", OUTCOME_REJECTED, "cancelled", false, false,
                 NULL},
                {200, "{\"status\":\"canceled\"}", OUTCOME_REJECTED, "canceled", false, false,
                 NULL},
        };
        static const int troubles[] = {401, 429, 500, 503};
        DriverCase c = comfyui(KIND_IMAGE);

        for (size_t i = 0; i < ARRAY_LEN(open); i++) {
                case_poll_reply(&c, ID, 200, open[i]);
                CHECK(c.result.outcome == OUTCOME_OPEN && !c.result.handle);
        }
        case_poll_reply(&c, ID, 200, "{\"status\":\"completed\"}");
        CHECK_STR(c.result.handle, "h:" ID);
        case_poll_reply(&c, ID, 200, "{\"status\":\"failed\"}");
        CHECK_STR(c.result.handle, "h:" ID);
        case_poll_reply(&c, ID, 404, "404: Not Found"); /* an older server */
        CHECK_STR(c.result.handle, "h:" ID);
        case_check_polls(&c, ID, ends, ARRAY_LEN(ends));
        for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
                case_poll_reply(&c, ID, troubles[i], "");
                CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble != OUTCOME_OPEN);
                case_poll_reply(&c, "h:" ID, troubles[i], "");
                CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble != OUTCOME_OPEN);
        }
        case_poll_reply(&c, "../x", 200, "{}");
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        case_done(&c);
}

#define ENTRY(outputs, status) "{\"" ID "\":{\"outputs\":" outputs ",\"status\":" status "}}"
#define GOOD "{\"status_str\":\"success\",\"completed\":true,\"messages\":[]}"

TEST(outputs_are_found) {
        DriverCase c = comfyui(KIND_IMAGE);
        ProviderCall call = {0};

        case_poll_reply(&c, "h:" ID, 200, "{}");
        CHECK(c.result.outcome == OUTCOME_OPEN && !c.result.handle);
        case_poll_reply(
                &c, "h:" ID, 200,
                ENTRY("{\"8\":{\"images\":[{\"filename\":\"p.png\",\"subfolder\":\"\","
                      "\"type\":\"temp\"}]},\"9\":{\"text\":[\"x\"],\"images\":[{\"filename\":"
                      "\"a b&.png\",\"subfolder\":\"x/y\",\"type\":\"output\"}]}}",
                      GOOD));
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.n_items, 1);
        CHECK_STR(c.result.items[0].url,
                  BASE "/view?filename=a%20b%26.png&subfolder=x%2Fy&type=output");
        CHECK_OK(c.driver->build_fetch(&c.job, &c.result.items[0], &call, &c.err), &c.err);
        CHECK(call.http.with_key && call.http.raw_payload);
        provider_call_done(&call);
        case_poll_reply(
                &c, "h:" ID, 200,
                ENTRY("{\"8\":{\"images\":[{\"filename\":\"p.png\",\"type\":\"temp\"}]}}", GOOD));
        CHECK_HAS(c.result.items[0].url, "type=temp");
        case_poll_reply(&c, "h:" ID, 200,
                        ENTRY("{\"8\":{\"gifs\":[{\"filename\":\"a.mp4\"}]}}", GOOD));
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        CHECK_STR(c.result.code, "NO_OUTPUT");
        case_done(&c);
        c = comfyui(KIND_VIDEO);
        case_poll_reply(
                &c, "h:" ID, 200,
                ENTRY("{\"8\":{\"gifs\":[{\"filename\":\"a.MP4\"},{\"filename\":\"b.png\"}]}}",
                      GOOD));
        CHECK_INT(c.result.n_items, 1);
        case_done(&c);
}

TEST(nodes_that_failed) {
#define FAILED(messages) ENTRY("{}", "{\"status_str\":\"error\",\"messages\":" messages "}")
        static const ReplyRow rows[] = {
                {200,
                 FAILED("[[\"execution_start\",{}],[\"execution_error\",{\"node_type\":"
                        "\"KSampler\","
                        "\"exception_type\":\"ValueError\",\"exception_message\":\"no\"}]]"),
                 OUTCOME_BROKEN, "ValueError", true, true, "KSampler failed: no"},
                {200,
                 FAILED("[[\"execution_error\",{\"exception_type\":\"torch.OutOfMemoryError\"}]]"),
                 OUTCOME_TRANSIENT, "torch.OutOfMemoryError", true, false, NULL},
                {200,
                 FAILED("[[\"execution_error\",{\"exception_message\":\"CUDA out of memory\"}]]"),
                 OUTCOME_TRANSIENT, "EXECUTION", true, false, NULL},
                {200, FAILED("[[\"execution_interrupted\",{}]]"), OUTCOME_REJECTED, "INTERRUPTED",
                 false, false, NULL},
                {200, FAILED("[[7],[],\"x\"]"), OUTCOME_BROKEN, "EXECUTION", true, true,
                 "did not say why"},
                {200, FAILED("{}"), OUTCOME_BROKEN, "EXECUTION", true, true, NULL},
                {200, ENTRY("7", GOOD), OUTCOME_BROKEN, "NO_OUTPUT", false, true, NULL},
        };
        DriverCase c = comfyui(KIND_IMAGE);

        case_check_polls(&c, "h:" ID, rows, ARRAY_LEN(rows));
        case_poll_reply(&c, "h:" ID, 404, "");
        CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble == OUTCOME_TRANSIENT);
        case_poll_reply(&c, ID, 404, "{\"error\":\"Job not found\"}");
        CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble == OUTCOME_UNKNOWN);
        case_done(&c);
}
