-- SPDX-License-Identifier: MIT
-- Where assets came from that nobody generated here.

CREATE TABLE import (
    asset INTEGER PRIMARY KEY REFERENCES asset (id),
    at_ms INTEGER NOT NULL,
    who   TEXT NOT NULL,
    name  TEXT NOT NULL
) STRICT;
