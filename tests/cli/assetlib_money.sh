#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# assetlib spend and stock: the sums are the ledger's, to the micro-unit, in every shape.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"

# 20 calls of $0.0336: 18 of the spring, one whose asset expired, one in review
run 0 spend
same "$work/out" <<'END'
BRAND   CALLS    PAID  BLOCKED  IN FLIGHT  ASSETS  PER ASSET  USED  ON SHELF    WASTE   %
acme       10  $0.336    $0.00      $0.00      13    $0.0258     0   $0.3024  $0.0336  10
zenith     10  $0.336    $0.00      $0.00      13    $0.0258     0    $0.336    $0.00   0
total      20  $0.672    $0.00      $0.00      26    $0.0258     0   $0.6384  $0.0336   5
END
run 0 take brand:acme hook:urgency kind:image -n 2 --for spring
run 0 take brand:acme hook:urgency kind:image --for autumn
run 0 take kind:text brand:zenith hook:proof --for autumn
run 0 spend --by campaign --format csv
cat >"$work/want" <<'END'
campaign,calls,paid_usd,blocked_usd,open_usd,assets,per_asset_usd,used,per_used_usd,used_usd,shelf_usd,waste_usd,waste_percent
,20,0.588,0,0,23,0.025565,0,,0,0.5544,0.0336,5.7
autumn,0,0.0336,0,0,2,0.0168,2,0.0168,0.0336,0,0,0
spring,0,0.0504,0,0,2,0.0252,2,0.0252,0.0504,0,0,0
END
diff -u "$work/want" "$work/out" >&2 || fail 'spend by campaign'

# sums FILE: adds up columns of a CSV in whole micro-units
sums() {
        awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^(paid|used|shelf|waste|open)_usd$/) c[i] = $i; next }
                 { for (i in c) { split($i, n, "."); s[c[i]] += n[1] * 1000000 + substr(n[2] "000000", 1, 6) } }
                 END { print s["paid_usd"], s["used_usd"] + s["shelf_usd"] + s["waste_usd"] + s["open_usd"] }' "$1"
}
for by in brand hook category kind recipe provider model day campaign brand,hook hook,campaign,model,day \
        brand,hook,category,kind,recipe,provider,model,day,campaign; do
        run 0 spend --by "$by" --format csv
        [[ $(sums "$work/out") == '672000 672000' ]] || fail "spend --by $by: $(sums "$work/out")"
done
run 0 spend --by hook --format json
has "$work/out" '"total":{"calls":20,"assets":26,"used":3,"paid_usd":0.672,'
run 0 spend --by hook --format jsonl
[[ $(wc -l <"$work/out") == 3 ]] || fail 'not a line for each hook'
run 0 spend --since 2020-01-06 --by day --format csv
has "$work/out" '2020-01-06,20,'
run 4 spend --since 2020-01-07
has "$work/err" 'no call was made since 2020-01-07'
run 2 spend --by brnad
has "$work/err" "unknown word 'brnad', did you mean 'brand'?"
run 2 spend --by brand,
run 2 spend --since yesterday

# stock: days of cover, filters, what exit code 4 says
run 0 stock --brand acme --hook urgency --format csv
has "$work/out" 'brand,hook,category,kind,cells,ready,target,pending,short,taken,taken_28d,cover_days'
has "$work/out" 'acme,urgency,lifestyle,image,2,0,4,0,4,2,2,0'
run 0 stock --short --brand zenith --format csv
has "$work/out" 'zenith,proof,lifestyle,text,1,1,2,0,1,1,1,28'
run 4 stock --brand nosuch
has "$work/err" 'no recipe has such a cell'
run 4 stock --short --brand acme --hook proof --category product
exit 0
