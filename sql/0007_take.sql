-- SPDX-License-Identifier: MIT
-- Assets handed to campaigns. A take is live until it is released or its time is over, and nothing
-- has to happen at that moment: who reads compares with the clock.

CREATE TABLE take (
    id          INTEGER PRIMARY KEY,
    asset       INTEGER NOT NULL REFERENCES asset (id),
    campaign    TEXT NOT NULL,
    exclusive   INTEGER NOT NULL CHECK (exclusive IN (0, 1)),
    who         TEXT NOT NULL,
    taken_ms    INTEGER NOT NULL,
    until_ms    INTEGER CHECK (until_ms > taken_ms), -- NULL: until it is released
    released_ms INTEGER,
    released_by TEXT,
    CHECK ((released_ms IS NULL) = (released_by IS NULL))
) STRICT;
CREATE INDEX take_asset ON take (asset);
CREATE INDEX take_campaign ON take (campaign);
CREATE INDEX take_time ON take (taken_ms);
CREATE INDEX take_released ON take (released_ms) WHERE released_ms IS NOT NULL;

-- The ends of the longest of an asset's takes that are not released, and of the longest exclusive
-- one: 0 for none, the largest integer for one without an end. Taken means taken_until > now. Always
-- what the rows of `take` say; `assetlib verify` recomputes them and `uses`.
ALTER TABLE asset ADD COLUMN taken_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE asset ADD COLUMN held_until INTEGER NOT NULL DEFAULT 0;

-- Stock is what is ready, not expired and not taken.
DROP INDEX asset_cell;
CREATE INDEX asset_cell ON asset (cell, status, expires_ms, alternate_of, taken_until);
