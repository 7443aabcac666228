/* SPDX-License-Identifier: MIT */

/*
 * The ledger while another program writes to it. The loop must go on reading answers meanwhile, or
 * calls that were paid for end in timeouts. So a write in the loop waits a moment only; after one
 * that came to nothing, results and intents wait for the next try, and only that is made.
 */

#include "base/log.h"
#include "night/state.h"

enum {
        WRITE_WAIT_MS = 150, /* of the loop: seldom, and far below any timeout of a transfer */
        TRY_EVERY_MS = 350,
};

void ledger_enter_loop(Night *n) {
        al_set_patience(n->lib, WRITE_WAIT_MS);
}

void ledger_leave_loop(Night *n) {
        al_set_patience(n->lib, -1);
        n->ledger_waits = false;
}

void ledger_is_locked(Night *n, const Err *why) {
        if (!n->ledger_locked)
                log_warning("the ledger is locked by another program: %s; answers are received "
                            "meanwhile, and written as soon as it is free",
                            err_text(why));
        n->ledger_locked = n->ledger_waits = true;
        n->world->timer(n->world, WORLD_TIMER_LEDGER, TRY_EVERY_MS * 1000ULL);
}

void ledger_written(Night *n) {
        if (n->ledger_locked)
                log_notice("the ledger is free again");
        n->ledger_locked = false;
}

void ledger_try_again(Night *n) {
        n->ledger_waits = false;
        n->world->soon(n->world, WORLD_SOON_SETTLE);
        lanes_pump_soon(n);
}
