#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Keeping: gc, backup, restore-backup, dupes, a damaged database.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"

total=$("$bin/assetlib" query --count)

# One was retired long ago; the next goes when room is short.
run 0 gc
has "$work/err" '1 assets, 1 files, 36 bytes freed'
run 0 gc
has "$work/err" '0 assets, 0 files, 0 bytes freed'
victim=$(asset brand:acme hook:urgency format:square kind:image)
path=$("$bin/assetlib" query "id:$victim" --format path)
run 0 retire "$victim"
run 0 gc --dry-run --max-size 1
has "$work/out" "$victim"
has "$work/err" 'would be freed'
[[ -f $path ]] || fail 'a dry run removed a file'
run 0 gc --max-size 1 --format json
has "$work/out" '"bytes_freed":39'
has "$work/err" 'all of it was taken or counts as stock'
[[ ! -e $path ]] || fail 'the file is still there'
run 0 query status:collected --count
same "$work/out" <<<2
run 0 show "$victim"
has "$work/out" collected
run 1 approve "$victim"
has "$work/err" 'was collected: its file is gone'
run 0 verify
run 2 gc --max-size much
has "$work/err" 'not a size'

# A drill: back up, lose the library, restore.
run 0 backup "$work/backup"
has "$work/err" 'linked'
run 0 backup "$work/backup" --format json
has "$work/out" '"linked": 0'
run 0 --library "$work/backup" verify
run 1 backup "$PREGEN_LIBRARY"
has "$work/err" 'belongs to the library'
run 1 --library "$work/backup" retire --brand acme --yes
has "$work/err" 'is a backup'
run 1 restore-backup "$work/backup"
has "$work/err" 'there is a library'
run 0 restore-backup "$work/backup" --library "$work/again"
run 0 --library "$work/again" verify
run 0 --library "$work/again" query --count
same "$work/out" <<<$((total - 1))
run 1 restore-backup "$work" --library "$work/other"
has "$work/err" 'is no backup'

# A damaged database is told, and what helps.
cp -r "$PREGEN_LIBRARY" "$work/broken"
printf 'no database at all, but long enough to be read as one' >"$work/broken/library.db"
run 1 --library "$work/broken" query
has "$work/err" 'restore-backup'
cp "$PREGEN_LIBRARY/library.db" "$work/broken/library.db"
dd if=/dev/urandom of="$work/broken/library.db" bs=4096 seek=1 count=200 conv=notrunc status=none
rm -f "$work/broken/library.db-wal" "$work/broken/library.db-shm"
run 1 --library "$work/broken" query
has "$work/err" 'restore-backup'

# A lost one, too; nobody makes a new one beside the old files.
rm "$work/broken"/library.db*
for verb in stock 'take --for spring' gc; do
        # shellcheck disable=SC2086 # words
        run 1 --library "$work/broken" $verb
        has "$work/err" "library.db is missing"
        has "$work/err" "'assetlib restore-backup DIR'"
done
: >"$work/broken/library.db"
"$bin/pregend" --config "$tests/../config/demo/pregen.yaml" --library "$work/broken" run >"$work/out" 2>"$work/err" &&
        fail 'a night began a library anew'
has "$work/err" "library.db is empty"
has "$work/err" "'assetlib restore-backup DIR'"
[[ ! -s $work/broken/library.db ]] || fail 'a night made a new database'

# A page of it that is damaged: what --repair cannot mend, restore-backup can.
cp -r "$PREGEN_LIBRARY" "$work/page"
pages=$(($(stat -c %s "$work/page/library.db") / 4096))
dd if=/dev/zero of="$work/page/library.db" bs=4096 seek=$((pages - 1)) count=1 conv=notrunc status=none
for verb in verify 'verify --repair'; do
        # shellcheck disable=SC2086 # words
        run 1 --library "$work/page" $verb
        has "$work/out" 'library.db'
        has "$work/err" "'assetlib restore-backup DIR'"
        lacks "$work/err" 'verify --repair'
done

# Files of another library.
cp -r "$PREGEN_LIBRARY" "$work/strange"
mkdir -p "$work/strange/objects/00"
for i in {1..60}; do : >"$work/strange/objects/00/$i"; done
run 1 --library "$work/strange" verify --repair
has "$work/err" "belong to no asset"
[[ ! -e $work/strange/quarantine ]] || fail 'files of another library were moved'

# A log that a dead writer left long is told.
cp -r "$PREGEN_LIBRARY" "$work/long"
truncate -s 20M "$work/long/library.db-wal"
run 0 --library "$work/long" query
has "$work/err" 'has 20 MB'

# Everything vanished: nothing is repaired.
cp -r "$PREGEN_LIBRARY" "$work/unmounted"
rm -rf "$work/unmounted/objects"
mkdir "$work/unmounted/objects"
run 1 --library "$work/unmounted" verify --repair --format json
has "$work/err" "is the file system of '$work/unmounted/objects' mounted?"
has "$work/out" '{"schema":1,"damage":[],'
run 0 --library "$work/unmounted" query --count
same "$work/out" <<<$((total - 1))
run 1 --library "$work/unmounted" gc --max-size 1
has "$work/err" "is the file system of '$work/unmounted/objects' mounted?"
lacks "$work/err" 'freed'
run 1 --library "$work/unmounted" verify --repair --force
run 4 --library "$work/unmounted" query
run 2 verify --force

run 4 dupes
has "$work/err" 'no near-duplicates'
run 4 dupes brand:acme
exit 0
