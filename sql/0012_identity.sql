-- SPDX-License-Identifier: MIT
-- Which library this is: a backup of one must not take the place of another's. Copies and what was restored keep it.

CREATE TABLE identity (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    uid TEXT NOT NULL CHECK (length(uid) = 32)
) STRICT;
INSERT INTO identity (id, uid) VALUES (1, lower(hex(randomblob(16))));
