#!/bin/sh
# Runs the tests that need no sandbox against the servers. TestAccWire_answersAsRecorded tells where they answer otherwise
# than the sandbox; what they say in addition is in bin/servers/wire.txt.
set -eu
cd "$(dirname "$0")/../.."
. tools/servers/names.sh
set -a
. "$DIRECTORY/env"
set +a

export TF_ACC_INFISICAL_REAL=1
failed=0
make testacc REPORT="$DIRECTORY/report.json" \
	RUN='^TestAcc(Connection_lifecycle|ConnectionDataSource_byIDAndName|SecretSync_anyServer|Wire_answersAsRecorded)$' \
	PACKAGES='./internal/acctest ./internal/connection ./internal/secretsync' || failed=1
jq -r 'select(.Test != null and (.Test | startswith("TestAccWire_")) and .Action == "output") | .Output' "$DIRECTORY/report.json" |
	grep -v '^ *--- PASS\|^=== ' > "$DIRECTORY/wire.txt" || true
cat "$DIRECTORY/wire.txt"
exit $failed
