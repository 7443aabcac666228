-- SPDX-License-Identifier: MIT
-- A set of postings is found by one number, its term and its chunk: then the upper pages of the tree
-- hold numbers alone, hundreds of them a page, and not the sets themselves; and a set stands beside
-- its number up to a whole page. To find one reads half the pages it did.

-- id: (term << 24) + chunk. ids: a stored set, see base/set16.h. n: how many are in it.
CREATE TABLE posting (
    id  INTEGER PRIMARY KEY,
    n   INTEGER NOT NULL CHECK (n > 0),
    ids BLOB NOT NULL
) STRICT;
INSERT INTO posting (id, n, ids) SELECT (term << 24) + chunk, n, ids FROM post ORDER BY term, chunk;

DROP TRIGGER asset_made;
DROP TRIGGER asset_gone;
DROP TRIGGER post_moved;
DROP TRIGGER tag_added;
DROP TRIGGER tag_removed;
DROP TABLE post;

CREATE TRIGGER asset_made AFTER INSERT ON asset BEGIN
    INSERT INTO term (key, value)
        SELECT ':used', CAST(new.uses AS TEXT)
        UNION ALL SELECT ':price', CAST(new.price AS TEXT)
        UNION ALL SELECT ':size', width || 'x' || height FROM object WHERE id = new.object
        UNION ALL SELECT ':duration', CAST(duration_ms AS TEXT) FROM object WHERE id = new.object
        UNION ALL SELECT ':provider', provider FROM job WHERE id = new.job
        UNION ALL SELECT ':model', model FROM job WHERE id = new.job
        ON CONFLICT (key, value) DO NOTHING;
    INSERT INTO posting (id, n, ids)
        SELECT (term << 24) + (new.id >> 16), 1, set16_add(x'', new.id & 65535)
          FROM (SELECT DISTINCT term FROM asset_term WHERE asset = new.id) WHERE TRUE
        ON CONFLICT (id) DO UPDATE
           SET n = n + 1 - set16_has(ids, new.id & 65535), ids = set16_add(ids, new.id & 65535);
    INSERT INTO chunk (id, created_min_ms, created_max_ms)
        VALUES (new.id >> 16, new.created_ms, new.created_ms)
        ON CONFLICT (id) DO UPDATE SET created_min_ms = min(created_min_ms, new.created_ms),
                                       created_max_ms = max(created_max_ms, new.created_ms);
END;

CREATE TRIGGER asset_gone BEFORE DELETE ON asset BEGIN
    UPDATE posting
       SET n = n - set16_has(ids, old.id & 65535), ids = set16_remove(ids, old.id & 65535)
     WHERE n > 1
       AND id IN (SELECT (term << 24) + (old.id >> 16) FROM asset_term WHERE asset = old.id);
    DELETE FROM posting WHERE n = 1 AND set16_has(ids, old.id & 65535)
       AND id IN (SELECT (term << 24) + (old.id >> 16) FROM asset_term WHERE asset = old.id);
END;

-- A column changed its word: one posting loses the asset, another gains it.
CREATE TRIGGER post_moved INSTEAD OF INSERT ON post_move BEGIN
    INSERT INTO term (key, value) SELECT new.key, new.new_value WHERE new.new_value IS NOT NULL
        ON CONFLICT (key, value) DO NOTHING;
    UPDATE posting
       SET n = n - set16_has(ids, new.id & 65535), ids = set16_remove(ids, new.id & 65535)
     WHERE n > 1 AND id = (SELECT (id << 24) + (new.id >> 16) FROM term
                            WHERE key = new.key AND value = new.old_value);
    DELETE FROM posting WHERE n = 1 AND set16_has(ids, new.id & 65535)
       AND id = (SELECT (id << 24) + (new.id >> 16) FROM term
                  WHERE key = new.key AND value = new.old_value);
    INSERT INTO posting (id, n, ids)
        SELECT (id << 24) + (new.id >> 16), 1, set16_add(x'', new.id & 65535)
          FROM term WHERE key = new.key AND value = new.new_value
        ON CONFLICT (id) DO UPDATE
           SET n = n + 1 - set16_has(ids, new.id & 65535), ids = set16_add(ids, new.id & 65535);
END;

CREATE TRIGGER tag_added AFTER INSERT ON asset_tag
WHEN (SELECT key FROM term WHERE id = new.term) NOT IN ('brand', 'hook', 'category', 'recipe') BEGIN
    INSERT INTO posting (id, n, ids)
        VALUES ((new.term << 24) + (new.asset >> 16), 1, set16_add(x'', new.asset & 65535))
        ON CONFLICT (id) DO UPDATE
           SET n = n + 1 - set16_has(ids, new.asset & 65535),
               ids = set16_add(ids, new.asset & 65535);
END;
CREATE TRIGGER tag_removed AFTER DELETE ON asset_tag
WHEN (SELECT key FROM term WHERE id = old.term) NOT IN ('brand', 'hook', 'category', 'recipe') BEGIN
    UPDATE posting
       SET n = n - set16_has(ids, old.asset & 65535), ids = set16_remove(ids, old.asset & 65535)
     WHERE id = (old.term << 24) + (old.asset >> 16) AND n > 1;
    DELETE FROM posting WHERE id = (old.term << 24) + (old.asset >> 16) AND n = 1
       AND set16_has(ids, old.asset & 65535);
END;
