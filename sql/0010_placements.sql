-- SPDX-License-Identifier: MIT
-- What ad platforms accept, as a specs.yaml beside the settings says: in place of the shipped entries of
-- the same name, or besides them. Each run leaves it here, for tools that read no settings.

CREATE TABLE placement (
    name         TEXT NOT NULL PRIMARY KEY,
    kind         TEXT NOT NULL REFERENCES asset_kind (word),
    min_width    INTEGER NOT NULL CHECK (min_width >= 0),
    min_height   INTEGER NOT NULL CHECK (min_height >= 0),
    exact_width  INTEGER NOT NULL CHECK (exact_width >= 0),
    exact_height INTEGER NOT NULL CHECK (exact_height >= 0),
    min_ratio    INTEGER NOT NULL CHECK (min_ratio >= 0),
    max_ratio    INTEGER NOT NULL CHECK (max_ratio >= 0),
    max_bytes    INTEGER NOT NULL CHECK (max_bytes >= 0),
    min_ms       INTEGER NOT NULL CHECK (min_ms >= 0),
    max_ms       INTEGER NOT NULL CHECK (max_ms >= 0),
    min_chars    INTEGER NOT NULL CHECK (min_chars >= 0),
    max_chars    INTEGER NOT NULL CHECK (max_chars >= 0)
) STRICT, WITHOUT ROWID;
