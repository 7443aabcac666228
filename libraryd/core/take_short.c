/* SPDX-License-Identifier: MIT */

/* Why there were not enough: what a selection had, cell by cell. */

#include "core/take.h"

void short_done(AlShort *s) {
        assert(s);
        free(s->brand);
        free(s->hook);
        free(s->category);
        free(s->recipe);
        free(s->cell);
        *s = (AlShort){0};
}

void shorts_done(ShortList *list) {
        assert(list);
        for (size_t i = 0; i < list->n; i++)
                short_done(&list->rows[i]);
        list->n = 0;
}

/* Assets of one cell are alike in all of this; assets of none are told apart by it. */
static bool is_line_of(const AlShort *s, int64_t cell, const AlAsset *a, int64_t cell_of_line) {
        if (cell != 0 || cell_of_line != 0)
                return cell == cell_of_line;
        return s->kind == a->kind && streq(s->brand, a->brand) && streq(s->hook, a->hook) &&
               streq(s->category, a->category);
}

static int line_new(AlShort *s, const AlAsset *a) {
        *s = (AlShort){.kind = a->kind};
        if (lib_copy(&s->brand, a->brand) < 0 || lib_copy(&s->hook, a->hook) < 0 ||
            lib_copy(&s->category, a->category) < 0) {
                short_done(s);
                return -ENOMEM;
        }
        return 0;
}

/* The line that counts the asset; the last one counts all there is no line for. */
static AlShort *line_of(ShortList *list, const AlAsset *a, int64_t cell, Err *err) {
        AlShort *s;

        for (size_t i = 0; i < list->n && list->rows[i].brand; i++)
                if (is_line_of(&list->rows[i], cell, a, list->cells[i]))
                        return &list->rows[i];
        if (list->n == AL_SHORT_ROWS_MAX)
                return &list->rows[AL_SHORT_ROWS_MAX - 1];
        s = &list->rows[list->n];
        if (list->n == AL_SHORT_ROWS_MAX - 1)
                *s = (AlShort){0};
        else if (line_new(s, a) < 0) {
                (void) err_errno(err, -ENOMEM, "cannot count what there is");
                return NULL;
        }
        list->cells[list->n++] = cell;
        return s;
}

int shorts_count(ShortList *list, const AlAsset *a, const TakeState *state, bool exclusive,
                 Err *err) {
        AlShort *s;

        assert(list && a && state);
        s = line_of(list, a, state->cell, err);
        if (!s)
                return -ENOMEM;
        s->matching++;
        if (!state->fit)
                s->unfit++;
        else if (state->own)
                s->own++;
        else if (state->held)
                s->held++;
        else if (state->taken && exclusive)
                s->shared++;
        else
                s->free++;
        return 0;
}

static int add_cell(Library *lib, int64_t cell, AlShort *s, Err *err) {
        Stmt *stmt;
        int r = db_query(lib->db, SQL_TAKE_CELL, &stmt, err, "l", cell);

        if (r <= 0)
                return r;
        r = lib_copy(&s->recipe, db_col_text(stmt, 0));
        if (r >= 0)
                r = lib_copy(&s->cell, db_col_text(stmt, 1));
        s->target = db_col_int(stmt, 2);
        db_reset(stmt);
        return r < 0 ? err_errno(err, r, "cannot name what is short") : 0;
}

int shorts_give(Library *lib, ShortList *list, AlTake *ret, Err *err) {
        int r = 0;

        assert(lib && list && ret);
        for (size_t i = 0; r >= 0 && i < list->n; i++)
                if (list->rows[i].brand && list->cells[i] != 0)
                        r = add_cell(lib, list->cells[i], &list->rows[i], err);
        if (r < 0)
                return r;
        ret->shorts = calloc(MAX_OF(list->n, (size_t) 1), sizeof *ret->shorts);
        if (!ret->shorts)
                return err_errno(err, -ENOMEM, "cannot name what is short");
        memcpy(ret->shorts, list->rows, list->n * sizeof *ret->shorts);
        ret->n_shorts = list->n;
        list->n = 0; /* the lines are the take's now */
        return 0;
}
