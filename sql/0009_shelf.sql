-- SPDX-License-Identifier: MIT
-- What is asked most, brand and hook and maybe category of the shelf, is answered by an index alone:
-- it holds just the shelf, newest last, with what the other order sorts by. An asset that is taken,
-- retired or past its time moves in or out with its row.

DROP INDEX asset_brand_hook;
DROP INDEX asset_brand_hook_category;
CREATE INDEX asset_brand_hook ON asset (brand, hook, id, uses)
    WHERE status = 'ready' AND expired = 0;
CREATE INDEX asset_brand_hook_category ON asset (brand, hook, category, id, uses)
    WHERE status = 'ready' AND expired = 0;

-- Imports, to be compared with each other.
CREATE INDEX asset_imported ON asset (brand, hook, category) WHERE cell IS NULL;
