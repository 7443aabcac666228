/* SPDX-License-Identifier: MIT */
#pragma once

/* Journal message ids of what an operator acts on. Their catalogue text is systemd/pregen.catalog;
 * a test keeps both equal. */

#define EVENT_RUN_STARTED "aca03be2157c4d5385ba5f178cb36b8f"
#define EVENT_RUN_ENDED "61e4fba6ecb2467e95687f879b645c81"
#define EVENT_MADE "d436a47a4ad54c5093ceba6ab1ad32ae"
#define EVENT_BLOCKED "3aea76a1403847b9bad714c0db2589ca"
#define EVENT_FAILED "de52ef152aef47aa8c1c40cdf954f356"
#define EVENT_UNKNOWN "562c5818a2d946769242a767c24c2e21"
#define EVENT_PROVIDER_STOPPED "0b82bd8f282f4d6aaa7129920b2ca07c"
#define EVENT_BUDGET "ed40db2cc07545bca1c896c76cffc24f"
#define EVENT_RECIPE_LEFT_OUT "0198c42d81c14f52910c8914853d52a2"
#define EVENT_STORAGE "ee5dd1dd96f242fe832c15d3e8e6ec6e"
