-- SPDX-License-Identifier: MIT
-- The library's first schema. Money is integer micro-units of the budget currency, times are
-- milliseconds since the epoch. Words (states, outcomes, statuses, kinds) stand in small tables
-- that the columns reference, so that a new word is one INSERT in a later migration.

CREATE TABLE job_state (
    word     TEXT NOT NULL PRIMARY KEY,
    terminal INTEGER NOT NULL CHECK (terminal IN (0, 1))
) STRICT, WITHOUT ROWID;
INSERT INTO job_state (word, terminal) VALUES
    ('planned', 0), ('submitting', 0), ('done', 1), ('blocked', 0), ('failed', 0), ('unknown', 0),
    ('cancelled', 1);

CREATE TABLE attempt_outcome (word TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO attempt_outcome (word) VALUES
    ('open'), ('made'), ('blocked'), ('rejected'), ('throttled'), ('transient'), ('broken'),
    ('unknown'), ('credentials'), ('funds');

CREATE TABLE asset_status (word TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO asset_status (word) VALUES ('ready'), ('pending'), ('rejected'), ('retired');

CREATE TABLE asset_kind (word TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO asset_kind (word) VALUES ('image'), ('video'), ('text');

-- Values of axes and tags, interned: asset rows and their indexes hold small integers.
CREATE TABLE term (
    id    INTEGER PRIMARY KEY,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (key, value)
) STRICT;

CREATE TABLE run (
    id          INTEGER PRIMARY KEY,
    started_ms  INTEGER NOT NULL,
    ended_ms    INTEGER,
    pid         INTEGER NOT NULL,
    budget      INTEGER CHECK (budget >= 0),
    cells_short INTEGER NOT NULL DEFAULT 0,
    exit_code   INTEGER,
    result      TEXT NOT NULL DEFAULT 'running'
) STRICT;
CREATE INDEX run_open ON run (id) WHERE ended_ms IS NULL;

CREATE TABLE run_note (
    id      INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL REFERENCES run (id),
    at_ms   INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    subject TEXT NOT NULL,
    text    TEXT NOT NULL
) STRICT;
CREATE INDEX run_note_run ON run_note (run);

-- One combination of all axes of one recipe. `key` is the canonical text of its axes.
CREATE TABLE cell (
    id         INTEGER PRIMARY KEY,
    recipe     TEXT NOT NULL,
    key        TEXT NOT NULL,
    kind       TEXT NOT NULL REFERENCES asset_kind (word),
    brand      INTEGER NOT NULL REFERENCES term (id),
    hook       INTEGER NOT NULL REFERENCES term (id),
    category   INTEGER NOT NULL REFERENCES term (id),
    target     INTEGER NOT NULL CHECK (target >= 0),
    max_age_ms INTEGER NOT NULL CHECK (max_age_ms >= 0),
    synced_ms  INTEGER NOT NULL,
    current    INTEGER NOT NULL CHECK (current IN (0, 1)),
    UNIQUE (recipe, key)
) STRICT;
CREATE INDEX cell_current ON cell (id) WHERE current = 1;

-- One thing to generate. Everything a result's provenance needs is copied here when it is planned,
-- so that an edited recipe changes nothing afterwards.
CREATE TABLE job (
    id            INTEGER PRIMARY KEY,
    uid           TEXT NOT NULL UNIQUE CHECK (length(uid) = 16),
    run           INTEGER NOT NULL REFERENCES run (id),
    cell          INTEGER NOT NULL REFERENCES cell (id),
    state         TEXT NOT NULL REFERENCES job_state (word),
    kind          TEXT NOT NULL REFERENCES asset_kind (word),
    provider      TEXT NOT NULL,
    driver        TEXT NOT NULL,
    model         TEXT NOT NULL,
    recipe        TEXT NOT NULL,
    recipe_hash   TEXT NOT NULL,
    brand         TEXT NOT NULL,
    hook          TEXT NOT NULL,
    category      TEXT NOT NULL,
    prompt        TEXT NOT NULL,
    params        TEXT NOT NULL,
    refs          TEXT NOT NULL,
    tags          TEXT NOT NULL,
    want          INTEGER NOT NULL CHECK (want > 0),
    seed          INTEGER NOT NULL,
    max_age_ms    INTEGER NOT NULL CHECK (max_age_ms >= 0),
    review_manual INTEGER NOT NULL CHECK (review_manual IN (0, 1)),
    worst         INTEGER NOT NULL CHECK (worst >= 0),
    priority      INTEGER NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0,
    reason        TEXT,
    created_ms    INTEGER NOT NULL,
    updated_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX job_run ON job (run, state);
CREATE INDEX job_by_state ON job (state);
CREATE INDEX job_recipe ON job (recipe);
CREATE INDEX job_cell ON job (cell, state);

CREATE TABLE job_event (
    id         INTEGER PRIMARY KEY,
    job        INTEGER NOT NULL REFERENCES job (id),
    at_ms      INTEGER NOT NULL,
    from_state TEXT REFERENCES job_state (word),
    to_state   TEXT NOT NULL REFERENCES job_state (word),
    reason     TEXT
) STRICT;
CREATE INDEX job_event_job ON job_event (job);

-- The ledger. A row is written, durably, before its request leaves.
CREATE TABLE attempt (
    id             INTEGER PRIMARY KEY,
    job            INTEGER NOT NULL REFERENCES job (id),
    run            INTEGER NOT NULL REFERENCES run (id),
    number         INTEGER NOT NULL,
    outcome        TEXT NOT NULL REFERENCES attempt_outcome (word),
    reserved       INTEGER NOT NULL CHECK (reserved >= 0),
    billed         INTEGER CHECK (billed >= 0),
    provider       TEXT NOT NULL,
    model          TEXT NOT NULL,
    brand          TEXT NOT NULL,
    recipe         TEXT NOT NULL,
    day            TEXT NOT NULL CHECK (length(day) = 10),
    http_status    INTEGER NOT NULL DEFAULT 0,
    reason_code    TEXT,
    reason         TEXT,
    model_returned TEXT,
    request_id     TEXT,
    usage          TEXT,
    started_ms     INTEGER NOT NULL,
    ended_ms       INTEGER,
    CHECK ((outcome = 'open') = (ended_ms IS NULL)),
    CHECK ((outcome = 'open') = (billed IS NULL)),
    UNIQUE (job, number)
) STRICT;
CREATE INDEX attempt_run ON attempt (run);
CREATE INDEX attempt_day ON attempt (provider, day);
CREATE INDEX attempt_open ON attempt (id) WHERE outcome = 'open';
CREATE INDEX attempt_made ON attempt (provider, model) WHERE outcome = 'made';

-- Spending by scope ('' 'provider:x' 'brand:x' 'recipe:x') and period ('run:17' 'day:2026-11-23'
-- 'month:2026-11'): raised by the reservation in the intent's transaction, corrected when the
-- attempt ends. A budget check is one lookup, however long the night. Always equal to the sum over
-- `attempt`; `assetlib verify` recomputes it.
CREATE TABLE spend (
    scope  TEXT NOT NULL,
    period TEXT NOT NULL,
    micros INTEGER NOT NULL,
    PRIMARY KEY (scope, period)
) STRICT, WITHOUT ROWID;

-- A file below objects/. `lost_ms`: since when its bytes are known to be gone or wrong.
CREATE TABLE object (
    id          INTEGER PRIMARY KEY,
    sha256      BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
    bytes       INTEGER NOT NULL CHECK (bytes >= 0),
    media_type  TEXT NOT NULL,
    ext         TEXT NOT NULL,
    width       INTEGER NOT NULL DEFAULT 0,
    height      INTEGER NOT NULL DEFAULT 0,
    duration_ms INTEGER NOT NULL DEFAULT 0,
    created_ms  INTEGER NOT NULL,
    lost_ms     INTEGER
) STRICT;

CREATE TABLE asset (
    id            INTEGER PRIMARY KEY,
    uid           TEXT NOT NULL UNIQUE CHECK (length(uid) = 12),
    object        INTEGER NOT NULL REFERENCES object (id),
    cell          INTEGER REFERENCES cell (id),
    job           INTEGER REFERENCES job (id),
    variant       INTEGER NOT NULL DEFAULT 0,
    kind          TEXT NOT NULL REFERENCES asset_kind (word),
    brand         INTEGER NOT NULL REFERENCES term (id),
    hook          INTEGER NOT NULL REFERENCES term (id),
    category      INTEGER NOT NULL REFERENCES term (id),
    recipe        INTEGER REFERENCES term (id),
    status        TEXT NOT NULL REFERENCES asset_status (word),
    status_reason TEXT,
    text          TEXT,
    price         INTEGER NOT NULL CHECK (price >= 0),
    created_ms    INTEGER NOT NULL,
    expires_ms    INTEGER,
    uses          INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0)
) STRICT;
-- Every index ends in the row id. Read backwards, (.., uses DESC) gives "least used, then newest",
-- the order of a query that asks for none; the two without `uses` give "newest" for brand and hook.
CREATE INDEX asset_brand_hook ON asset (brand, hook);
CREATE INDEX asset_brand_hook_category ON asset (brand, hook, category);
CREATE INDEX asset_brand_hook_uses ON asset (brand, hook, uses DESC);
CREATE INDEX asset_brand_uses ON asset (brand, uses DESC);
CREATE INDEX asset_hook_uses ON asset (hook, uses DESC);
CREATE INDEX asset_category_uses ON asset (category, uses DESC);
CREATE INDEX asset_recipe_uses ON asset (recipe, uses DESC);
CREATE INDEX asset_uses ON asset (uses DESC);
CREATE INDEX asset_cell ON asset (cell, status, expires_ms);
CREATE INDEX asset_object ON asset (object);
CREATE INDEX asset_job ON asset (job);

CREATE TABLE asset_tag (
    asset INTEGER NOT NULL REFERENCES asset (id),
    term  INTEGER NOT NULL REFERENCES term (id),
    PRIMARY KEY (asset, term)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_tag_term ON asset_tag (term, asset);

CREATE TABLE asset_event (
    id          INTEGER PRIMARY KEY,
    asset       INTEGER NOT NULL REFERENCES asset (id),
    at_ms       INTEGER NOT NULL,
    who         TEXT NOT NULL,
    from_status TEXT NOT NULL REFERENCES asset_status (word),
    to_status   TEXT NOT NULL REFERENCES asset_status (word),
    reason      TEXT
) STRICT;
CREATE INDEX asset_event_asset ON asset_event (asset);
