-- SPDX-License-Identifier: MIT
-- Long-running operations: a call whose answer is a handle. The attempt stays open while the
-- provider works; its job is `running`.

INSERT INTO job_state (word, terminal) VALUES ('running', 0);

-- The provider's name of the operation, all that is needed to ask for it; kept afterwards, for the
-- provider's support. `accepted_ms`: when it became durable here.
ALTER TABLE attempt ADD COLUMN handle TEXT;
ALTER TABLE attempt ADD COLUMN accepted_ms INTEGER;

-- Who asked that a job in flight be given up; the run in progress, or the next one, sees to it.
ALTER TABLE job ADD COLUMN cancel_by TEXT;
