-- SPDX-License-Identifier: MIT
-- Selection by postings: for every term (a value of an axis, a tag, or of a column that assets have
-- in common) the set of its assets, in chunks of 65,536 ids. Triggers keep them with the asset, in
-- the same transaction; the functions set16_* are base/db_functions.c's.

-- Columns that become terms have keys that no tag can have.
INSERT INTO term (key, value) VALUES
    (':status', 'ready'), (':status', 'pending'), (':status', 'rejected'), (':status', 'retired'),
    (':kind', 'image'), (':kind', 'video'), (':kind', 'text'), (':expired', '1');

-- 1: the asset is past expires_ms, and its posting says so. Set by the tidying at the start of a
-- run; until then readers compare the time.
ALTER TABLE asset ADD COLUMN expired INTEGER NOT NULL DEFAULT 0 CHECK (expired IN (0, 1));
CREATE INDEX asset_expires ON asset (expires_ms) WHERE expires_ms IS NOT NULL AND expired = 0;

DROP INDEX asset_brand_hook_uses;
DROP INDEX asset_brand_uses;
DROP INDEX asset_hook_uses;
DROP INDEX asset_category_uses;
DROP INDEX asset_recipe_uses;
DROP INDEX asset_uses;
DROP INDEX asset_tag_term;

-- ids: a stored set, see base/set16.h. n: how many are in it.
CREATE TABLE post (
    term  INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    n     INTEGER NOT NULL CHECK (n > 0),
    ids   BLOB NOT NULL,
    PRIMARY KEY (term, chunk)
) STRICT, WITHOUT ROWID;

-- Between which times the assets of a chunk were made, so that most are in or out as a whole.
CREATE TABLE chunk (
    id              INTEGER PRIMARY KEY,
    created_min_ms  INTEGER NOT NULL,
    created_max_ms  INTEGER NOT NULL
) STRICT;

-- Which terms an asset has: the one place that says so. Made for a few ids at a time.
CREATE VIEW asset_term (asset, term) AS
    SELECT id, brand FROM asset
    UNION ALL SELECT id, hook FROM asset
    UNION ALL SELECT id, category FROM asset
    UNION ALL SELECT id, recipe FROM asset WHERE recipe IS NOT NULL
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN term AS t
               WHERE t.key = ':status' AND t.value = a.status
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN term AS t
               WHERE t.key = ':kind' AND t.value = a.kind
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN term AS t
               WHERE t.key = ':expired' AND t.value = '1' AND a.expired = 1
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN term AS t
               WHERE t.key = ':used' AND t.value = CAST(a.uses AS TEXT)
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN term AS t
               WHERE t.key = ':price' AND t.value = CAST(a.price AS TEXT)
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN object AS o ON o.id = a.object
               CROSS JOIN term AS t WHERE t.key = ':size' AND t.value = o.width || 'x' || o.height
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN object AS o ON o.id = a.object
               CROSS JOIN term AS t
               WHERE t.key = ':duration' AND t.value = CAST(o.duration_ms AS TEXT)
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN job AS j ON j.id = a.job
               CROSS JOIN term AS t WHERE t.key = ':provider' AND t.value = j.provider
    UNION ALL SELECT a.id, t.id FROM asset AS a CROSS JOIN job AS j ON j.id = a.job
               CROSS JOIN term AS t WHERE t.key = ':model' AND t.value = j.model
    UNION ALL SELECT g.asset, g.term FROM asset_tag AS g CROSS JOIN term AS t ON t.id = g.term
               WHERE t.key NOT IN ('brand', 'hook', 'category', 'recipe');

-- The words of prompt and copy. A trigger may not write to a virtual table while trusted_schema is
-- off, so the statements words_add and words_remove go with every INSERT and DELETE of an asset.
CREATE VIEW asset_text (id, prompt, copy) AS
    SELECT a.id, j.prompt, a.text FROM asset AS a LEFT JOIN job AS j ON j.id = a.job;
CREATE VIRTUAL TABLE asset_words USING fts5 (
    prompt, copy, content = 'asset_text', content_rowid = 'id', tokenize = 'unicode61');

CREATE TRIGGER asset_made AFTER INSERT ON asset BEGIN
    INSERT INTO term (key, value)
        SELECT ':used', CAST(new.uses AS TEXT)
        UNION ALL SELECT ':price', CAST(new.price AS TEXT)
        UNION ALL SELECT ':size', width || 'x' || height FROM object WHERE id = new.object
        UNION ALL SELECT ':duration', CAST(duration_ms AS TEXT) FROM object WHERE id = new.object
        UNION ALL SELECT ':provider', provider FROM job WHERE id = new.job
        UNION ALL SELECT ':model', model FROM job WHERE id = new.job
        ON CONFLICT (key, value) DO NOTHING;
    INSERT INTO post (term, chunk, n, ids)
        SELECT term, new.id >> 16, 1, set16_add(x'', new.id & 65535)
          FROM (SELECT DISTINCT term FROM asset_term WHERE asset = new.id) WHERE TRUE
        ON CONFLICT (term, chunk) DO UPDATE
           SET n = n + 1 - set16_has(ids, new.id & 65535), ids = set16_add(ids, new.id & 65535);
    INSERT INTO chunk (id, created_min_ms, created_max_ms)
        VALUES (new.id >> 16, new.created_ms, new.created_ms)
        ON CONFLICT (id) DO UPDATE SET created_min_ms = min(created_min_ms, new.created_ms),
                                       created_max_ms = max(created_max_ms, new.created_ms);
END;

CREATE TRIGGER asset_gone BEFORE DELETE ON asset BEGIN
    UPDATE post SET n = n - set16_has(ids, old.id & 65535), ids = set16_remove(ids, old.id & 65535)
     WHERE chunk = old.id >> 16 AND n > 1
       AND term IN (SELECT term FROM asset_term WHERE asset = old.id);
    DELETE FROM post WHERE chunk = old.id >> 16 AND n = 1 AND set16_has(ids, old.id & 65535)
       AND term IN (SELECT term FROM asset_term WHERE asset = old.id);
END;

-- A column changed its word: one posting loses the asset, another gains it.
CREATE VIEW post_move (id, key, old_value, new_value) AS SELECT NULL, NULL, NULL, NULL WHERE FALSE;
CREATE TRIGGER post_moved INSTEAD OF INSERT ON post_move BEGIN
    INSERT INTO term (key, value) SELECT new.key, new.new_value WHERE new.new_value IS NOT NULL
        ON CONFLICT (key, value) DO NOTHING;
    UPDATE post SET n = n - set16_has(ids, new.id & 65535), ids = set16_remove(ids, new.id & 65535)
     WHERE chunk = new.id >> 16 AND n > 1
       AND term = (SELECT id FROM term WHERE key = new.key AND value = new.old_value);
    DELETE FROM post WHERE chunk = new.id >> 16 AND n = 1 AND set16_has(ids, new.id & 65535)
       AND term = (SELECT id FROM term WHERE key = new.key AND value = new.old_value);
    INSERT INTO post (term, chunk, n, ids)
        SELECT id, new.id >> 16, 1, set16_add(x'', new.id & 65535)
          FROM term WHERE key = new.key AND value = new.new_value
        ON CONFLICT (term, chunk) DO UPDATE
           SET n = n + 1 - set16_has(ids, new.id & 65535), ids = set16_add(ids, new.id & 65535);
END;

CREATE TRIGGER asset_status_moved AFTER UPDATE OF status ON asset WHEN new.status <> old.status
BEGIN
    INSERT INTO post_move VALUES (new.id, ':status', old.status, new.status);
END;
CREATE TRIGGER asset_uses_moved AFTER UPDATE OF uses ON asset WHEN new.uses <> old.uses BEGIN
    INSERT INTO post_move VALUES (new.id, ':used', CAST(old.uses AS TEXT), CAST(new.uses AS TEXT));
END;
CREATE TRIGGER asset_expired_moved AFTER UPDATE OF expired ON asset WHEN new.expired <> old.expired
BEGIN
    INSERT INTO post_move
        VALUES (new.id, ':expired', iif(old.expired, '1', NULL), iif(new.expired, '1', NULL));
END;
-- Whoever gives it another time gives it another chance.
CREATE TRIGGER asset_expires_moved AFTER UPDATE OF expires_ms ON asset
WHEN old.expired = 1 AND new.expires_ms IS NOT old.expires_ms BEGIN
    UPDATE asset SET expired = 0 WHERE id = new.id;
END;

CREATE TRIGGER tag_added AFTER INSERT ON asset_tag
WHEN (SELECT key FROM term WHERE id = new.term) NOT IN ('brand', 'hook', 'category', 'recipe') BEGIN
    INSERT INTO post (term, chunk, n, ids)
        VALUES (new.term, new.asset >> 16, 1, set16_add(x'', new.asset & 65535))
        ON CONFLICT (term, chunk) DO UPDATE
           SET n = n + 1 - set16_has(ids, new.asset & 65535),
               ids = set16_add(ids, new.asset & 65535);
END;
CREATE TRIGGER tag_removed AFTER DELETE ON asset_tag
WHEN (SELECT key FROM term WHERE id = old.term) NOT IN ('brand', 'hook', 'category', 'recipe') BEGIN
    UPDATE post SET n = n - set16_has(ids, old.asset & 65535),
                    ids = set16_remove(ids, old.asset & 65535)
     WHERE term = old.term AND chunk = old.asset >> 16 AND n > 1;
    DELETE FROM post WHERE term = old.term AND chunk = old.asset >> 16 AND n = 1
       AND set16_has(ids, old.asset & 65535);
END;

-- What is there already.
INSERT INTO term (key, value)
    SELECT DISTINCT ':used', CAST(uses AS TEXT) FROM asset
    UNION SELECT ':price', CAST(price AS TEXT) FROM asset
    UNION SELECT ':size', width || 'x' || height FROM object
    UNION SELECT ':duration', CAST(duration_ms AS TEXT) FROM object
    UNION SELECT ':provider', provider FROM job
    UNION SELECT ':model', model FROM job WHERE TRUE
    ON CONFLICT (key, value) DO NOTHING;
INSERT INTO post (term, chunk, n, ids)
    SELECT term, asset >> 16, count(DISTINCT asset), set16_of(asset & 65535) FROM asset_term
     GROUP BY term, asset >> 16;
INSERT INTO chunk (id, created_min_ms, created_max_ms)
    SELECT id >> 16, min(created_ms), max(created_ms) FROM asset GROUP BY id >> 16;
INSERT INTO asset_words (asset_words) VALUES ('rebuild');
