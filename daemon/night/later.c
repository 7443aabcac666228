/* SPDX-License-Identifier: MIT */

/*
 * Items that wait for their time: to ask for an operation, to fetch once more. One list, by due
 * time, and one timer for its head. Asking is spread (poll times carry jitter, resumed operations
 * are spaced), so that the list is short wherever something enters it: entering costs the items that
 * are due before.
 */

#include "night/state.h"

static void arm(Night *n) {
        uint64_t now = clock_mono_us(n->clock);

        if (!n->later)
                n->world->timer(n->world, WORLD_TIMER_LATER, UINT64_MAX);
        else
                n->world->timer(n->world, WORLD_TIMER_LATER,
                                n->later->due_us > now ? n->later->due_us - now : 0);
}

void item_later(Item *item, uint64_t delay_us, void (*due)(Item *item)) {
        Night *n = item->night;
        Item **p = &n->later;

        assert(due);
        assert(item->stage != ITEM_WAITING);
        item->stage = ITEM_WAITING;
        item->due = due;
        item->due_us = clock_mono_us(n->clock) + delay_us;
        while (*p && (*p)->due_us <= item->due_us)
                p = &(*p)->later_next;
        item->later_next = *p;
        *p = item;
        if (n->later == item)
                arm(n);
}

void later_forget(Item *item) {
        if (item->stage != ITEM_WAITING)
                return;
        for (Item **p = &item->night->later; *p; p = &(*p)->later_next)
                if (*p == item) {
                        *p = item->later_next;
                        break;
                }
        item->later_next = NULL;
}

void later_due(Night *n) {
        while (n->later && n->later->due_us <= clock_mono_us(n->clock)) {
                Item *item = n->later;

                n->later = item->later_next;
                item->later_next = NULL;
                item->stage = ITEM_ASKING;
                item->due(item);
        }
        arm(n);
}

void later_leave_all(Night *n, const char *why) {
        while (n->later) {
                Item *item = n->later;

                later_forget(item);
                item->stage = ITEM_ASKING; /* out of the list, whatever becomes of it */
                item_leave(item, why);
        }
        arm(n);
}
