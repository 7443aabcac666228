-- SPDX-License-Identifier: MIT
-- Every statement of the core by name; see README.md for the rules.

-- ---- terms ----

-- name: term_find
SELECT id FROM term WHERE key = ?1 AND value = ?2

-- name: term_insert
INSERT INTO term (key, value) VALUES (?1, ?2)

-- ---- cells and the shelf ----

-- name: cell_find
SELECT id, max_age_ms FROM cell WHERE recipe = ?1 AND key = ?2

-- name: cell_insert
INSERT INTO cell (recipe, key, kind, brand, hook, category, target, max_age_ms, synced_ms, current)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1)

-- name: cell_update
UPDATE cell SET kind = ?2, target = ?3, max_age_ms = ?4, synced_ms = ?5, current = 1 WHERE id = ?1

-- name: cell_assets_expire
UPDATE asset SET expires_ms = CASE WHEN ?2 > 0 THEN created_ms + ?2 END WHERE cell = ?1

-- name: cells_retire
UPDATE cell SET current = 0 WHERE current = 1 AND synced_ms < ?1

-- name: cell_stock
SELECT (SELECT count(*) FROM asset AS a WHERE cell = ?1 AND status = 'ready'
                AND (expires_ms IS NULL OR expires_ms > ?2) AND taken_until <= ?2
                AND (alternate_of IS NULL OR NOT EXISTS (
                     SELECT 1 FROM asset AS f WHERE f.id = a.alternate_of AND f.status = 'ready'
                        AND (f.expires_ms IS NULL OR f.expires_ms > ?2)))),
       (SELECT count(*) FROM asset AS a WHERE cell = ?1 AND status = 'pending'
                AND (expires_ms IS NULL OR expires_ms > ?2)
                AND (alternate_of IS NULL OR NOT EXISTS (
                     SELECT 1 FROM asset AS f WHERE f.id = a.alternate_of
                        AND f.status IN ('ready', 'pending')
                        AND (f.expires_ms IS NULL OR f.expires_ms > ?2)))),
       (SELECT coalesce(sum(want), 0) FROM job
         WHERE cell = ?1 AND state IN ('planned', 'submitting', 'running', 'unknown'))

-- What a job of another recipe takes as its reference: untaken before taken, the newest first.
-- name: cell_asset
SELECT a.id FROM asset AS a CROSS JOIN object AS o ON o.id = a.object
 WHERE a.cell = ?1 AND a.status = 'ready' AND (a.expires_ms IS NULL OR a.expires_ms > ?2)
   AND o.lost_ms IS NULL
 ORDER BY a.taken_until > ?2, a.created_ms DESC, a.id DESC LIMIT 1

-- name: cell_last_blocked
SELECT b.reason, b.recipe_hash FROM job AS b
 WHERE b.cell = ?1 AND b.state = 'blocked'
   AND NOT EXISTS (SELECT 1 FROM job AS d
                    WHERE d.cell = ?1 AND d.state = 'done' AND d.updated_ms >= b.updated_ms)
 ORDER BY b.updated_ms DESC, b.id DESC LIMIT 1

-- name: stock
WITH s AS MATERIALIZED (
    SELECT cell.brand, cell.hook, cell.category, cell.kind, cell.target,
           (SELECT count(*) FROM asset AS a WHERE a.cell = cell.id AND status = 'ready'
                    AND (expires_ms IS NULL OR expires_ms > ?1) AND taken_until <= ?1
                    AND (alternate_of IS NULL OR NOT EXISTS (
                         SELECT 1 FROM asset AS f WHERE f.id = a.alternate_of AND f.status = 'ready'
                            AND (f.expires_ms IS NULL OR f.expires_ms > ?1)))) AS ready,
           (SELECT count(*) FROM asset AS a WHERE a.cell = cell.id AND status = 'pending'
                    AND (expires_ms IS NULL OR expires_ms > ?1)
                    AND (alternate_of IS NULL OR NOT EXISTS (
                         SELECT 1 FROM asset AS f WHERE f.id = a.alternate_of
                            AND f.status IN ('ready', 'pending')
                            AND (f.expires_ms IS NULL OR f.expires_ms > ?1)))) AS pending,
           (SELECT count(*) FROM asset WHERE asset.cell = cell.id AND status = 'ready'
                    AND (expires_ms IS NULL OR expires_ms > ?1) AND taken_until > ?1) AS taken,
           coalesce(rate.n, 0) AS recent
      FROM cell
      LEFT JOIN (SELECT a.cell, count(DISTINCT t.asset) AS n
                   FROM take AS t CROSS JOIN asset AS a ON a.id = t.asset
                  WHERE t.taken_ms > ?2 GROUP BY a.cell) AS rate ON rate.cell = cell.id
     WHERE cell.current = 1)
SELECT b.value, h.value, c.value, s.kind, count(*), sum(s.ready), sum(s.pending), sum(s.target),
       sum(max(0, s.target - s.ready)), sum(s.taken), sum(s.recent)
  FROM s
  JOIN term AS b ON b.id = s.brand
  JOIN term AS h ON h.id = s.hook
  JOIN term AS c ON c.id = s.category
 GROUP BY b.value, h.value, c.value, s.kind
 ORDER BY b.value, h.value, c.value, s.kind

-- ---- runs ----

-- name: runs_died
UPDATE run SET ended_ms = ?1, result = 'died', exit_code = -1 WHERE ended_ms IS NULL

-- name: run_insert
INSERT INTO run (started_ms, pid, budget) VALUES (?1, ?2, ?3)

-- name: run_end
UPDATE run SET ended_ms = ?2, result = ?3, exit_code = ?4, cells_short = ?5 WHERE id = ?1

-- name: run_get
SELECT r.id, r.started_ms, r.ended_ms, r.pid, r.budget,
       (SELECT count(*) FROM job WHERE job.run = r.id), r.cells_short, r.exit_code, r.result
  FROM run AS r WHERE r.id = ?1

-- name: run_last
SELECT max(id) FROM run

-- name: run_any_open
SELECT EXISTS (SELECT 1 FROM run WHERE ended_ms IS NULL)

-- name: run_note_insert
INSERT INTO run_note (run, at_ms, kind, subject, text) VALUES (?1, ?2, ?3, ?4, ?5)

-- What a run made that its cells had already, by recipe: made, near-duplicates, of those the same bytes.
-- name: run_alike
SELECT j.recipe, count(*), count(a.alternate_of), coalesce(sum(f.object = a.object), 0)
  FROM job AS j CROSS JOIN asset AS a ON a.job = j.id LEFT JOIN asset AS f ON f.id = a.alternate_of
 WHERE j.run = ?1 GROUP BY j.recipe HAVING count(a.alternate_of) > 0

-- name: run_notes
SELECT kind, subject, text FROM run_note WHERE run = ?1 ORDER BY id

-- name: run_jobs_by_state
SELECT state, count(*) FROM job WHERE run = ?1 AND reason IS NOT ?2 GROUP BY state

-- name: run_assets
SELECT count(*) FROM job JOIN asset ON asset.job = job.id WHERE job.run = ?1

-- name: run_money
SELECT count(*), coalesce(sum(billed), 0),
       coalesce(sum(CASE outcome WHEN 'open' THEN reserved END), 0)
  FROM attempt WHERE run = ?1

-- ---- jobs ----

-- name: job_next_id
SELECT coalesce(max(id), 0) + 1 FROM job

-- name: job_insert
INSERT INTO job (id, uid, run, cell, state, kind, provider, driver, model, recipe, recipe_hash, brand,
                 hook, category, prompt, params, refs, tags, want, seed, max_age_ms, review_manual,
                 worst, priority, created_ms, updated_ms)
VALUES (?1, ?2, ?3, ?4, 'planned', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
        ?19, ?20, ?21, ?22, ?23, ?24, ?24)

-- name: job_event_insert
INSERT INTO job_event (job, at_ms, from_state, to_state, reason) VALUES (?1, ?2, ?3, ?4, ?5)

-- name: job_set_state
UPDATE job SET state = ?3, reason = ?4, updated_ms = ?5, attempts = attempts + ?6
 WHERE id = ?1 AND state = ?2

-- name: job_refer
UPDATE job SET refs = ?2, updated_ms = ?3 WHERE id = ?1 AND state = 'planned'

-- name: job_leftover
SELECT id FROM job WHERE state = 'planned' AND run <> ?1 ORDER BY id LIMIT 1

-- The columns of a job, for jobs.c; the parts below complete it.
-- name: jobs_head
SELECT j.id, j.uid, j.run, j.cell, j.state, j.kind, j.provider, j.driver, j.model, j.recipe,
       j.recipe_hash, j.brand, j.hook, j.category, c.key, j.prompt, j.params, j.refs, j.tags, j.want,
       j.seed, j.max_age_ms, j.priority, j.review_manual, j.worst, j.attempts,
       (SELECT max(a.id) FROM attempt AS a WHERE a.job = j.id), j.reason, j.created_ms, j.updated_ms
  FROM job AS j CROSS JOIN cell AS c ON c.id = j.cell
 WHERE TRUE

-- name: jobs_where_id
AND j.id = ?

-- name: jobs_where_run
AND j.run = ?

-- name: jobs_where_state
AND j.state = ?

-- name: jobs_where_recipe
AND j.recipe = ?

-- name: jobs_where_standing
AND j.reason IS NOT ?

-- name: jobs_order
ORDER BY j.id LIMIT ?

-- ---- attempts: the ledger ----

-- name: attempt_job
SELECT state, provider, model, brand, recipe,
       (SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE attempt.job = job.id)
  FROM job WHERE id = ?1

-- name: attempt_insert
INSERT INTO attempt (job, run, number, outcome, reserved, provider, model, brand, recipe, day,
                     started_ms)
VALUES (?1, ?2, ?3, 'open', ?4, ?5, ?6, ?7, ?8, ?9, ?10)

-- name: attempt_get_open
SELECT a.job, a.run, a.reserved, a.provider, a.model, a.brand, a.recipe, a.day, j.state,
       coalesce(a.accepted_ms, a.started_ms), j.kind
  FROM attempt AS a JOIN job AS j ON j.id = a.job WHERE a.id = ?1 AND a.outcome = 'open'

-- name: attempt_accept
UPDATE attempt
   SET handle = ?2, accepted_ms = coalesce(accepted_ms, ?4), request_id = coalesce(request_id, ?3)
 WHERE id = ?1 AND outcome = 'open'

-- name: attempt_operation
SELECT handle, started_ms, accepted_ms, request_id FROM attempt
 WHERE id = ?1 AND handle IS NOT NULL

-- name: job_cancel_ask
UPDATE job SET cancel_by = ?2 WHERE id = ?1

-- name: job_cancel_by
SELECT cancel_by FROM job WHERE id = ?1 AND cancel_by IS NOT NULL

-- name: attempt_end
UPDATE attempt
   SET outcome = ?2, billed = ?3, http_status = ?4, reason_code = ?5, reason = ?6,
       model_returned = ?7, request_id = coalesce(?8, request_id), usage = ?9, ended_ms = ?10
 WHERE id = ?1 AND outcome = 'open'

-- name: attempt_is_open
SELECT EXISTS (SELECT 1 FROM attempt WHERE id = ?1 AND outcome = 'open')

-- name: attempt_any_open
SELECT EXISTS (SELECT 1 FROM attempt WHERE outcome = 'open')

-- name: attempts_of_job
SELECT id, job, run, number, outcome, reserved, billed, http_status, reason_code, reason,
       model_returned, request_id, usage, started_ms, ended_ms
  FROM attempt WHERE job = ?1 ORDER BY id

-- name: attempts_all
SELECT id, job, run, number, outcome, reserved, billed, http_status, reason_code, reason,
       model_returned, request_id, usage, started_ms, ended_ms
  FROM attempt ORDER BY id

-- name: attempt_calls
SELECT count(*) FROM attempt WHERE provider = ?1 AND day = ?2

-- The median, in milliseconds, which a few odd ones move little; of the kind that was made most.
-- name: attempt_expected
SELECT 1000 * exp(mean) FROM learned_duration
 WHERE provider = ?1 AND model = ?2 ORDER BY n DESC LIMIT 1

-- ---- what was learned of providers ----

-- name: limit_get
SELECT provider, model, per_minute, cap, learned_ms FROM learned_limit
 WHERE provider = ?1 AND model = ?2

-- name: limits_all
SELECT provider, model, per_minute, cap, learned_ms FROM learned_limit ORDER BY provider, model

-- name: limit_set
INSERT INTO learned_limit (provider, model, per_minute, cap, learned_ms)
VALUES (?1, ?2, nullif(?3, 0.0), nullif(?4, 0), ?5)
ON CONFLICT (provider, model) DO UPDATE
   SET per_minute = excluded.per_minute, cap = excluded.cap, learned_ms = excluded.learned_ms

-- name: duration_get
SELECT provider, model, kind, n, mean, variance, updated_ms FROM learned_duration
 WHERE provider = ?1 AND model = ?2 AND kind = ?3

-- name: durations_all
SELECT provider, model, kind, n, mean, variance, updated_ms FROM learned_duration
 ORDER BY provider, model, kind

-- name: duration_add
INSERT INTO learned_duration (provider, model, kind, n, mean, variance, updated_ms)
VALUES (?1, ?2, ?3, 1, ln(max(?4, 1) / 1000.0), 0.0, ?5)
ON CONFLICT (provider, model, kind) DO UPDATE
   SET n = n + 1,
       mean = mean + (excluded.mean - mean) / min(n + 1, 100),
       variance = (1 - 1.0 / min(n + 1, 100)) *
                  (variance + (excluded.mean - mean) * (excluded.mean - mean) / min(n + 1, 100)),
       updated_ms = excluded.updated_ms

-- ---- spending ----

-- name: spend_get
SELECT micros FROM spend WHERE scope = ?1 AND period = ?2

-- name: spend_add
INSERT INTO spend (scope, period, micros) VALUES (?1, ?2, ?3)
ON CONFLICT (scope, period) DO UPDATE SET micros = micros + excluded.micros

-- name: spend_differences
WITH spent AS (
    SELECT provider, brand, recipe, run, day,
           CASE outcome WHEN 'open' THEN reserved ELSE billed END AS micros
      FROM attempt),
scoped AS (
    SELECT '' AS scope, run, day, micros FROM spent
    UNION ALL SELECT 'provider:' || provider, run, day, micros FROM spent
    UNION ALL SELECT 'brand:' || brand, run, day, micros FROM spent
    UNION ALL SELECT 'recipe:' || recipe, run, day, micros FROM spent),
placed AS (
    SELECT scope, 'run:' || run AS period, micros FROM scoped
    UNION ALL SELECT scope, 'day:' || day, micros FROM scoped
    UNION ALL SELECT scope, 'month:' || substr(day, 1, 7), micros FROM scoped),
total AS (SELECT scope, period, sum(micros) AS micros FROM placed GROUP BY scope, period)
SELECT t.scope, t.period, t.micros, s.micros FROM total AS t
  LEFT JOIN spend AS s ON s.scope = t.scope AND s.period = t.period
 WHERE s.micros IS NOT t.micros
UNION ALL
SELECT s.scope, s.period, 0, s.micros FROM spend AS s
 WHERE s.micros <> 0
   AND NOT EXISTS (SELECT 1 FROM total AS t WHERE t.scope = s.scope AND t.period = s.period)
LIMIT 1

-- ---- objects ----

-- name: object_upsert
INSERT INTO object (sha256, bytes, media_type, ext, width, height, duration_ms, created_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (sha256) DO UPDATE
   SET ext = iif(lost_ms IS NULL, ext, excluded.ext),
       media_type = iif(lost_ms IS NULL, media_type, excluded.media_type), lost_ms = NULL
RETURNING id

-- name: object_find
SELECT ext FROM object WHERE sha256 = ?1

-- name: object_after
SELECT id, sha256, bytes, ext,
       (SELECT uid FROM asset WHERE asset.object = object.id ORDER BY asset.id LIMIT 1),
       (SELECT count(*) FROM asset WHERE asset.object = object.id)
  FROM object WHERE id > ?1 AND lost_ms IS NULL ORDER BY id LIMIT 1

-- name: object_lost
UPDATE object SET lost_ms = ?2 WHERE id = ?1

-- name: object_assets
SELECT uid FROM asset WHERE object = ?1 AND status NOT IN ('rejected', 'collected') ORDER BY id

-- name: object_approved
SELECT 1 FROM asset AS a CROSS JOIN asset_event AS e ON e.asset = a.id
 WHERE a.object = ?1 AND a.status = 'ready' AND e.sha256 IS NOT NULL LIMIT 1

-- ---- assets ----

-- name: asset_job
SELECT j.uid, j.cell, j.kind, j.brand, j.hook, j.category, j.recipe, j.tags, j.max_age_ms,
       j.review_manual
  FROM job AS j WHERE j.id = ?1

-- name: asset_uid_taken
SELECT EXISTS (SELECT 1 FROM asset WHERE uid = ?1)

-- name: asset_insert
INSERT INTO asset (uid, object, cell, job, variant, kind, brand, hook, category, recipe, status, text,
                   price, created_ms, expires_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)

-- name: asset_tag_insert
INSERT INTO asset_tag (asset, term) VALUES (?1, ?2) ON CONFLICT (asset, term) DO NOTHING

-- name: asset_by_row
SELECT a.uid, a.id, a.kind, a.status, b.value, h.value, c.value, r.value, o.sha256, o.ext, o.bytes,
       o.width, o.height, o.duration_ms, o.media_type, a.text, a.status_reason, a.price, a.created_ms,
       a.expires_ms, a.uses, (SELECT f.uid FROM asset AS f WHERE f.id = a.alternate_of)
  FROM asset AS a
  JOIN term AS b ON b.id = a.brand
  JOIN term AS h ON h.id = a.hook
  JOIN term AS c ON c.id = a.category
  JOIN object AS o ON o.id = a.object
  LEFT JOIN term AS r ON r.id = a.recipe
 WHERE a.id = ?1

-- name: asset_tags
SELECT t.key, t.value FROM asset_tag AS g CROSS JOIN term AS t ON t.id = g.term
 WHERE g.asset = ?1 ORDER BY t.key, t.value

-- name: assets_by_prefix
SELECT id, uid FROM asset WHERE uid BETWEEN ?1 AND ?2 ORDER BY uid LIMIT ?3

-- name: asset_row_by_uid
SELECT id FROM asset WHERE uid = ?1

-- The last column: what it was before it left the shelf.
-- name: asset_status_by_uid
SELECT a.id, a.status, o.sha256,
       (SELECT e.from_status FROM asset_event AS e
         WHERE e.asset = a.id AND e.from_status IN ('ready', 'pending') ORDER BY e.id DESC LIMIT 1)
  FROM asset AS a JOIN object AS o ON o.id = a.object WHERE a.uid = ?1

-- name: asset_set_status
UPDATE asset SET status = ?2, status_reason = ?3 WHERE id = ?1

-- name: asset_event_insert
INSERT INTO asset_event (asset, at_ms, who, from_status, to_status, reason, sha256)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)

-- name: asset_events
SELECT at_ms, who, from_status, to_status, reason FROM asset_event WHERE asset = ?1 ORDER BY id

-- name: asset_provenance
SELECT j.id, j.uid, j.run, j.recipe, j.recipe_hash, j.prompt, j.params, j.refs, j.seed, j.provider,
       j.driver, j.model,
       (SELECT m.model_returned FROM attempt AS m WHERE m.job = j.id AND m.outcome = 'made'
         ORDER BY m.id DESC LIMIT 1), a.variant
  FROM asset AS a CROSS JOIN job AS j ON j.id = a.job
 WHERE a.id = ?1

-- ---- imports ----

-- name: import_insert
INSERT INTO import (asset, at_ms, who, name) VALUES (?1, ?2, ?3, ?4)

-- name: import_get
SELECT at_ms, who, name FROM import WHERE asset = ?1

-- The asset with these bytes and axes that has its file.
-- name: import_same
SELECT a.uid FROM object AS o CROSS JOIN asset AS a ON a.object = o.id
 WHERE o.sha256 = ?1 AND o.lost_ms IS NULL AND a.brand = ?2 AND a.hook = ?3 AND a.category = ?4
   AND a.status <> 'collected'
 ORDER BY a.id LIMIT 1

-- ---- near-duplicates ----

-- name: fingerprint_put
INSERT INTO fingerprint (object, bits) VALUES (?1, ?2)
ON CONFLICT (object) DO UPDATE SET bits = excluded.bits

-- name: fingerprint_get
SELECT bits FROM fingerprint WHERE object = ?1

-- What a new asset of a cell may be an alternate of, newest first.
-- name: alike_in_cell
SELECT a.id, coalesce(a.alternate_of, a.id), a.object, f.bits
  FROM asset AS a LEFT JOIN fingerprint AS f ON f.object = a.object
 WHERE a.cell = ?1 AND a.status IN ('ready', 'pending')
   AND (a.expires_ms IS NULL OR a.expires_ms > ?2) AND a.id < ?3
 ORDER BY a.id DESC LIMIT ?4

-- The same for what belongs to no cell.
-- name: alike_in_axes
SELECT a.id, coalesce(a.alternate_of, a.id), a.object, f.bits
  FROM asset AS a LEFT JOIN fingerprint AS f ON f.object = a.object
 WHERE a.brand = ?1 AND a.hook = ?2 AND a.category = ?3 AND a.cell IS NULL
   AND a.status IN ('ready', 'pending') AND (a.expires_ms IS NULL OR a.expires_ms > ?4) AND a.id < ?5
 ORDER BY a.id DESC LIMIT ?6

-- name: alternate_set
UPDATE asset SET alternate_of = ?2 WHERE id = ?1

-- name: alternate_root
SELECT coalesce(a.alternate_of, a.id),
       (SELECT f.status FROM asset AS f WHERE f.id = coalesce(a.alternate_of, a.id))
  FROM asset AS a WHERE a.id = ?1

-- name: alternate_next
SELECT min(id) FROM asset WHERE alternate_of = ?1 AND status = 'ready'

-- name: alternates_move
UPDATE asset SET alternate_of = nullif(?2, id) WHERE alternate_of = ?1 OR id = ?1

-- name: alternates
SELECT a.id, a.alternate_of FROM asset AS a WHERE a.alternate_of IS NOT NULL
 ORDER BY a.alternate_of, a.id

-- ---- what is kept ----

-- The next asset whose file may ever be given up: never taken, and expired or refused. `since` when.
-- name: gc_next
SELECT a.id, a.uid, a.object, o.bytes, a.created_ms, a.status,
       CASE WHEN a.status IN ('retired', 'rejected')
            THEN coalesce((SELECT max(e.at_ms) FROM asset_event AS e WHERE e.asset = a.id), a.created_ms)
            ELSE a.expires_ms END,
       (SELECT count(*) FROM asset AS s WHERE s.object = a.object AND s.status <> 'collected')
  FROM asset AS a CROSS JOIN object AS o ON o.id = a.object
 WHERE a.id > ?1 AND a.uses = 0 AND o.lost_ms IS NULL
   AND (a.status IN ('retired', 'rejected')
        OR (a.status IN ('ready', 'pending') AND a.expires_ms <= ?2))
 ORDER BY a.id LIMIT 1

-- name: gc_sizes
SELECT (SELECT coalesce(sum(bytes), 0) FROM object WHERE lost_ms IS NULL),
       (SELECT count(*) FROM asset WHERE status <> 'collected')

-- Of an object that no asset has any more.
-- name: doom
INSERT INTO doomed (object) SELECT ?1
 WHERE NOT EXISTS (SELECT 1 FROM asset WHERE object = ?1 AND status <> 'collected')
ON CONFLICT (object) DO NOTHING

-- name: doom_lost
UPDATE object SET lost_ms = ?2 WHERE id = ?1 AND EXISTS (SELECT 1 FROM doomed WHERE object = ?1)

-- name: doomed_spared
DELETE FROM doomed WHERE (SELECT lost_ms FROM object WHERE id = doomed.object) IS NULL

-- name: doomed_list
SELECT d.object, o.sha256, o.ext FROM doomed AS d CROSS JOIN object AS o ON o.id = d.object
 WHERE d.object > 0 LIMIT ?1

-- name: doomed_forget
DELETE FROM doomed WHERE object = ?1

-- name: keeping_get
SELECT alike, expired_ms, refused_ms, max_bytes FROM keeping WHERE id = 1

-- name: placement_list
SELECT name, kind, min_width, min_height, exact_width, exact_height, min_ratio, max_ratio, max_bytes, min_ms,
       max_ms, min_chars, max_chars
  FROM placement ORDER BY name LIMIT ?1

-- name: placement_clear
DELETE FROM placement

-- The first of a name counts.
-- name: placement_put
INSERT INTO placement (name, kind, min_width, min_height, exact_width, exact_height, min_ratio, max_ratio,
                       max_bytes, min_ms, max_ms, min_chars, max_chars)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (name) DO NOTHING

-- name: keeping_set
INSERT INTO keeping (id, alike, expired_ms, refused_ms, max_bytes) VALUES (1, ?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET alike = excluded.alike, expired_ms = excluded.expired_ms,
       refused_ms = excluded.refused_ms, max_bytes = excluded.max_bytes

-- ---- takes; 9223372036854775807 is the end of what has none ----

-- How an asset stands for a taker. The last column: this campaign has it.
-- name: take_state
SELECT status = 'ready' AND (expires_ms IS NULL OR expires_ms > ?3), taken_until, held_until, cell,
       taken_until > ?3 AND EXISTS (
           SELECT 1 FROM take WHERE take.asset = asset.id AND campaign = ?2 AND released_ms IS NULL
              AND (until_ms IS NULL OR until_ms > ?3))
  FROM asset WHERE id = ?1

-- name: take_insert
INSERT INTO take (asset, campaign, exclusive, who, taken_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- name: take_mark
UPDATE asset SET uses = uses + 1, taken_until = max(taken_until, ?2), held_until = max(held_until, ?3)
 WHERE id = ?1

-- name: take_release
UPDATE take SET released_ms = ?3, released_by = ?4
 WHERE id = ?1 AND asset = ?2 AND released_ms IS NULL

-- name: take_remark
UPDATE asset
   SET taken_until = (SELECT coalesce(max(coalesce(until_ms, 9223372036854775807)), 0) FROM take
                       WHERE take.asset = asset.id AND released_ms IS NULL),
       held_until = (SELECT coalesce(max(coalesce(until_ms, 9223372036854775807)), 0) FROM take
                      WHERE take.asset = asset.id AND released_ms IS NULL AND exclusive = 1)
 WHERE id = ?1

-- name: takes_live_of_asset
SELECT id, campaign FROM take
 WHERE asset = ?1 AND released_ms IS NULL AND (until_ms IS NULL OR until_ms > ?2) ORDER BY id

-- name: takes_live_of_campaign
SELECT id, asset, exclusive, taken_ms, until_ms FROM take
 WHERE campaign = ?1 AND released_ms IS NULL AND (until_ms IS NULL OR until_ms > ?2) ORDER BY id

-- What a query for a campaign selects: each asset once, in the order of the ids.
-- name: taken_by_campaign
SELECT DISTINCT asset FROM take
 WHERE campaign = ?1 AND released_ms IS NULL AND (until_ms IS NULL OR until_ms > ?2) ORDER BY asset

-- name: takes_of_asset
SELECT campaign, exclusive, who, taken_ms, until_ms, released_ms, released_by FROM take
 WHERE asset = ?1 ORDER BY id

-- name: take_cell
SELECT recipe, key, target FROM cell WHERE id = ?1

-- name: campaigns
SELECT campaign, count(*),
       count(CASE WHEN released_ms IS NULL AND (until_ms IS NULL OR until_ms > ?1) THEN 1 END)
  FROM take GROUP BY campaign ORDER BY campaign

-- name: take_differences
SELECT a.uid FROM asset AS a
  LEFT JOIN (SELECT asset, count(*) AS n,
                    max(CASE WHEN released_ms IS NULL
                             THEN coalesce(until_ms, 9223372036854775807) END) AS taken,
                    max(CASE WHEN released_ms IS NULL AND exclusive = 1
                             THEN coalesce(until_ms, 9223372036854775807) END) AS held
               FROM take GROUP BY asset) AS t ON t.asset = a.id
 WHERE a.uses <> coalesce(t.n, 0) OR a.taken_until <> coalesce(t.taken, 0)
    OR a.held_until <> coalesce(t.held, 0)
 LIMIT 1

-- ---- curation ----

-- name: asset_tag_remove
DELETE FROM asset_tag
 WHERE asset = ?1
   AND term IN (SELECT id FROM term WHERE key = ?2 AND (?3 IS NULL OR value = ?3))

-- name: tag_event_insert
INSERT INTO tag_event (asset, at_ms, who, change) VALUES (?1, ?2, ?3, ?4)

-- The last time somebody put the asset on the shelf, and whether its bytes are still the same.
-- name: asset_approval
SELECT e.at_ms, e.who, e.sha256 = o.sha256
  FROM asset_event AS e CROSS JOIN asset AS a ON a.id = e.asset CROSS JOIN object AS o ON o.id = a.object
 WHERE e.asset = ?1 AND e.sha256 IS NOT NULL AND a.status = 'ready' ORDER BY e.id DESC LIMIT 1

-- name: log_of_asset
SELECT at_ms, (SELECT uid FROM asset WHERE id = ?1), who, event, detail, reason FROM (
    SELECT id, at_ms, who, 'status' AS event, from_status || ' -> ' || to_status AS detail, reason
      FROM asset_event WHERE asset = ?1 AND ?2 IS NULL
    UNION ALL
    SELECT id, at_ms, who, 'tag', change, NULL FROM tag_event WHERE asset = ?1 AND ?2 IS NULL
    UNION ALL
    SELECT id, taken_ms, who, 'take', campaign, iif(exclusive, 'exclusive', NULL)
      FROM take WHERE asset = ?1 AND (?2 IS NULL OR campaign = ?2)
    UNION ALL
    SELECT id, released_ms, released_by, 'release', campaign, NULL
      FROM take WHERE asset = ?1 AND released_ms IS NOT NULL AND (?2 IS NULL OR campaign = ?2))
 ORDER BY at_ms DESC, event, id DESC LIMIT ?3

-- name: log_of_campaign
SELECT e.at_ms, a.uid, e.who, e.event, e.detail, e.reason FROM (
    SELECT id, asset, taken_ms AS at_ms, who, 'take' AS event, campaign AS detail,
           iif(exclusive, 'exclusive', NULL) AS reason
      FROM take WHERE campaign = ?1
    UNION ALL
    SELECT id, asset, released_ms, released_by, 'release', campaign, NULL
      FROM take WHERE campaign = ?1 AND released_ms IS NOT NULL) AS e
  CROSS JOIN asset AS a ON a.id = e.asset
 ORDER BY e.at_ms DESC, e.event, e.id DESC LIMIT ?2

-- Of each kind of event the newest, by its own order, and of those together the newest.
-- name: log_of_all
SELECT e.at_ms, a.uid, e.who, e.event, e.detail, e.reason FROM (
    SELECT * FROM (SELECT id, asset, at_ms, who, 'status' AS event,
                          from_status || ' -> ' || to_status AS detail, reason
                     FROM asset_event ORDER BY id DESC LIMIT ?1)
    UNION ALL
    SELECT * FROM (SELECT id, asset, at_ms, who, 'tag', change, NULL
                     FROM tag_event ORDER BY id DESC LIMIT ?1)
    UNION ALL
    SELECT * FROM (SELECT id, asset, taken_ms, who, 'take', campaign,
                          iif(exclusive, 'exclusive', NULL)
                     FROM take ORDER BY id DESC LIMIT ?1)
    UNION ALL
    SELECT * FROM (SELECT id, asset, released_ms, released_by, 'release', campaign, NULL
                     FROM take WHERE released_ms IS NOT NULL ORDER BY released_ms DESC LIMIT ?1))
    AS e
  CROSS JOIN asset AS a ON a.id = e.asset
 ORDER BY e.at_ms DESC, e.event, e.id DESC LIMIT ?1

-- ---- what it cost ----

-- ?1 to ?9 say what the rows are told apart by. Every micro-unit of the ledger is in exactly one
-- row: an asset's price moves from "no campaign" to the campaigns that took it, in equal parts; what
-- does not divide goes to those that took it first.
-- name: spend_by
WITH part AS (
    SELECT asset, campaign, row_number() OVER (PARTITION BY asset ORDER BY first) AS place,
           count(*) OVER (PARTITION BY asset) AS parts
      FROM (SELECT asset, campaign, min(id) AS first FROM take WHERE ?9 GROUP BY asset, campaign)),
fact AS (
    SELECT t.job, t.brand, t.recipe, t.provider, t.model, t.day, NULL AS campaign, 1 AS calls,
           CASE t.outcome WHEN 'open' THEN t.reserved ELSE t.billed END AS paid,
           CASE t.outcome WHEN 'blocked' THEN t.billed ELSE 0 END AS blocked,
           CASE t.outcome WHEN 'open' THEN t.reserved ELSE 0 END AS open,
           0 AS assets, 0 AS used, 0 AS used_paid, 0 AS shelf
      FROM attempt AS t WHERE t.day >= ?10
    UNION ALL
    SELECT t.job, t.brand, t.recipe, t.provider, t.model, t.day, NULL, 0,
           iif(?9 AND a.uses > 0, -a.price, 0), 0, 0, NOT (?9 AND a.uses > 0), NOT ?9 AND a.uses > 0,
           iif(NOT ?9 AND a.uses > 0, a.price, 0),
           iif(a.uses = 0 AND a.status IN ('ready', 'pending')
                   AND (a.expires_ms IS NULL OR a.expires_ms > ?11), a.price, 0)
      FROM attempt AS t CROSS JOIN asset AS a ON a.job = t.job
     WHERE t.outcome = 'made' AND t.day >= ?10
    UNION ALL
    SELECT t.job, t.brand, t.recipe, t.provider, t.model, t.day, p.campaign, 0,
           a.price / p.parts + (p.place <= a.price % p.parts), 0, 0, 1, 1,
           a.price / p.parts + (p.place <= a.price % p.parts), 0
      FROM part AS p CROSS JOIN asset AS a ON a.id = p.asset
      CROSS JOIN attempt AS t ON t.job = a.job
     WHERE t.outcome = 'made' AND t.day >= ?10)
SELECT iif(?1, f.brand, NULL), iif(?2, j.hook, NULL), iif(?3, j.category, NULL),
       iif(?4, j.kind, NULL), iif(?5, f.recipe, NULL), iif(?6, f.provider, NULL),
       iif(?7, f.model, NULL), iif(?8, f.day, NULL), f.campaign,
       sum(f.calls), sum(f.paid), sum(f.blocked), sum(f.open), sum(f.assets), sum(f.used),
       sum(f.used_paid), sum(f.shelf)
  FROM fact AS f CROSS JOIN job AS j ON j.id = f.job
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9

-- ---- postings ----

-- name: post_below
SELECT id & 0xffffff, n, ids FROM posting WHERE id BETWEEN ?1 << 24 AND (?1 << 24) + ?2
 ORDER BY id DESC LIMIT 1

-- name: post_above
SELECT id & 0xffffff, n, ids FROM posting WHERE id BETWEEN (?1 << 24) + ?2 AND (?1 << 24) + 0xffffff
 ORDER BY id LIMIT 1

-- name: chunk_last
SELECT coalesce(max(id), -1) FROM chunk

-- name: post_last
SELECT max(coalesce((SELECT max(id) FROM chunk), -1), coalesce((SELECT max(id) >> 16 FROM asset), -1),
           coalesce((SELECT max(id & 0xffffff) FROM posting), -1))

-- name: chunk_times
SELECT created_min_ms, created_max_ms FROM chunk WHERE id = ?1

-- A term of the chunk whose set is not what the assets say.
-- name: post_difference
WITH wanted AS MATERIALIZED (
    SELECT term, count(DISTINCT asset) AS n, set16_of(asset & 65535) AS ids FROM asset_term
     WHERE asset BETWEEN ?1 << 16 AND (?1 << 16) + 65535 GROUP BY term)
SELECT w.term FROM wanted AS w LEFT JOIN posting AS p ON p.id = (w.term << 24) + ?1
 WHERE p.ids IS NOT w.ids OR p.n <> w.n
UNION ALL
SELECT t.id FROM term AS t CROSS JOIN posting AS p ON p.id = (t.id << 24) + ?1
 WHERE t.id NOT IN (SELECT term FROM wanted)
LIMIT 1

-- name: post_clear
DELETE FROM posting

-- name: chunk_clear
DELETE FROM chunk

-- name: chunk_make
INSERT INTO chunk (id, created_min_ms, created_max_ms)
SELECT id >> 16, min(created_ms), max(created_ms) FROM asset GROUP BY id >> 16

-- name: terms_make
INSERT INTO term (key, value)
SELECT DISTINCT ':used', CAST(uses AS TEXT) FROM asset
 UNION SELECT ':price', CAST(price AS TEXT) FROM asset
 UNION SELECT ':size', width || 'x' || height FROM object
 UNION SELECT ':duration', CAST(duration_ms AS TEXT) FROM object
 UNION SELECT ':provider', provider FROM job
 UNION SELECT ':model', model FROM job WHERE TRUE
ON CONFLICT (key, value) DO NOTHING

-- name: words_make
INSERT INTO asset_words (asset_words) VALUES ('rebuild')

-- name: words_add
INSERT INTO asset_words (rowid, prompt, copy) SELECT id, prompt, copy FROM asset_text WHERE id = ?1

-- name: words_remove
INSERT INTO asset_words (asset_words, rowid, prompt, copy)
SELECT 'delete', id, prompt, copy FROM asset_text WHERE id = ?1

-- name: words_missing
SELECT id FROM asset WHERE id NOT IN (SELECT id FROM asset_words_docsize) LIMIT 1

-- name: post_make
INSERT INTO posting (id, n, ids)
SELECT (term << 24) + ?1, count(DISTINCT asset), set16_of(asset & 65535) FROM asset_term
 WHERE asset BETWEEN ?1 << 16 AND (?1 << 16) + 65535 GROUP BY term

-- name: expired_mark
UPDATE asset SET expired = 1 WHERE expired = 0 AND expires_ms <= ?1

-- ---- selection ----

-- name: terms_of_key
SELECT id, value FROM term WHERE key = ?1

-- name: terms_by_number
SELECT id FROM term WHERE key = ?1 ORDER BY CAST(value AS INTEGER)

-- name: ids_by_prefix
SELECT id FROM asset WHERE uid BETWEEN ?1 AND ?2 LIMIT ?3

-- name: words_first
SELECT rowid FROM asset_words WHERE asset_words MATCH ?1 ORDER BY rowid LIMIT ?2

-- name: words_of_row
SELECT rowid FROM asset_words WHERE asset_words MATCH ?1 AND rowid = ?2

-- name: words_of_chunk
SELECT rowid FROM asset_words WHERE asset_words MATCH ?1 AND rowid BETWEEN ?2 AND ?3

-- name: expired_unmarked
SELECT id FROM asset WHERE expired = 0 AND expires_ms <= ?1 LIMIT ?2

-- name: row_values
SELECT a.uid, a.created_ms, a.expires_ms, a.uses, a.price, o.bytes, o.width, o.height, o.duration_ms,
       a.text
  FROM asset AS a CROSS JOIN object AS o ON o.id = a.object
 WHERE a.id = ?1

-- name: row_uses
SELECT uses FROM asset WHERE id = ?1

-- name: axes_two
SELECT id, uses FROM asset
 WHERE brand = ?1 AND hook = ?2 AND status = 'ready' AND expired = 0 ORDER BY id DESC

-- name: axes_three
SELECT id, uses FROM asset
 WHERE brand = ?1 AND hook = ?2 AND category = ?3 AND status = 'ready' AND expired = 0
 ORDER BY id DESC

-- name: count_two
SELECT count(*) FROM asset WHERE brand = ?1 AND hook = ?2 AND status = 'ready' AND expired = 0

-- name: count_three
SELECT count(*) FROM asset
 WHERE brand = ?1 AND hook = ?2 AND category = ?3 AND status = 'ready' AND expired = 0

-- name: asset_has_term
SELECT 1 FROM asset_tag WHERE asset = ?1 AND term = ?2

-- ---- facets ----

-- name: facet_terms
SELECT id, key, value FROM term WHERE key = ?1 ORDER BY value

-- name: facet_tags
SELECT id, key, value FROM term
 WHERE key NOT IN ('brand', 'hook', 'category', 'recipe') AND substr(key, 1, 1) <> ':'
 ORDER BY key, value

-- ---- keeping ----

-- name: library_uid
SELECT uid FROM identity WHERE id = 1

-- name: foreign_key_check
PRAGMA foreign_key_check
