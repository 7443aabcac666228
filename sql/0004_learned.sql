-- SPDX-License-Identifier: MIT
-- What nights learn of providers, for the next one.

-- The rate and the number of calls in flight that a provider was found to take of one model; NULL:
-- not found yet.
CREATE TABLE learned_limit (
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    per_minute REAL CHECK (per_minute > 0),
    cap        INTEGER CHECK (cap > 0),
    learned_ms INTEGER NOT NULL,
    PRIMARY KEY (provider, model)
) STRICT, WITHOUT ROWID;

-- How long what was made took: number, and mean and variance of ln(seconds), in which the newest
-- hundred or so weigh most.
CREATE TABLE learned_duration (
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    kind       TEXT NOT NULL REFERENCES asset_kind (word),
    n          INTEGER NOT NULL CHECK (n > 0),
    mean       REAL NOT NULL,
    variance   REAL NOT NULL CHECK (variance >= 0),
    updated_ms INTEGER NOT NULL,
    PRIMARY KEY (provider, model, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO learned_duration (provider, model, kind, n, mean, variance, updated_ms)
SELECT provider, model, kind, count(*), avg(x), max(avg(x * x) - avg(x) * avg(x), 0.0),
       max(ended_ms)
  FROM (SELECT a.provider, a.model, j.kind, a.ended_ms,
               ln(max(a.ended_ms - coalesce(a.accepted_ms, a.started_ms), 1) / 1000.0) AS x
          FROM attempt AS a JOIN job AS j ON j.id = a.job WHERE a.outcome = 'made')
 GROUP BY provider, model, kind;
