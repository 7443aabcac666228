-- SPDX-License-Identifier: MIT
-- Near-duplicates, and what a library keeps for how long.

-- What an object looks or reads like (base/fingerprint.h). A table of its own: queries never read it.
CREATE TABLE fingerprint (
    object INTEGER PRIMARY KEY REFERENCES object (id),
    bits   BLOB NOT NULL CHECK (length(bits) <= 1024)
) STRICT;

-- The asset of its cell that came before and is all but the same. Never a chain: it names the first of
-- its group, whose own `alternate_of` is null.
ALTER TABLE asset ADD COLUMN alternate_of INTEGER REFERENCES asset (id);
CREATE INDEX asset_alternate ON asset (alternate_of) WHERE alternate_of IS NOT NULL;
-- Counting a cell's stock reads the index alone.
DROP INDEX asset_cell;
CREATE INDEX asset_cell ON asset (cell, status, expires_ms, alternate_of);

-- What the settings said when a run last began: tools that read no settings keep to it.
CREATE TABLE keeping (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    alike           INTEGER NOT NULL CHECK (alike BETWEEN 0 AND 1000),
    expired_ms      INTEGER NOT NULL CHECK (expired_ms >= 0),
    refused_ms      INTEGER NOT NULL CHECK (refused_ms >= 0),
    max_bytes       INTEGER NOT NULL CHECK (max_bytes >= 0)
) STRICT;

-- An asset whose file was given up to save room. Its row stays: the money was spent.
INSERT INTO asset_status (word) VALUES ('collected');

-- Objects whose rows are marked lost by gc and whose files are still to be removed.
CREATE TABLE doomed (
    object INTEGER PRIMARY KEY REFERENCES object (id)
) STRICT;
