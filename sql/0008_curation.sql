-- SPDX-License-Identifier: MIT
-- Curation. A change to 'ready' by a person is an approval of the bytes that the asset had then.

ALTER TABLE asset_event ADD COLUMN sha256 BLOB CHECK (sha256 IS NULL OR length(sha256) = 32);

-- Tags people added and took away: "+season=spring -old".
CREATE TABLE tag_event (
    id     INTEGER PRIMARY KEY,
    asset  INTEGER NOT NULL REFERENCES asset (id),
    at_ms  INTEGER NOT NULL,
    who    TEXT NOT NULL,
    change TEXT NOT NULL
) STRICT;
CREATE INDEX tag_event_asset ON tag_event (asset);
