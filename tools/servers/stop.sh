#!/bin/sh
# Removes the servers with all that they hold. LOGS=1: says first what each said last.
set -eu
cd "$(dirname "$0")/../.."
. tools/servers/names.sh

for name in gitlab infisical redis postgres; do
	if [ -n "${LOGS:-}" ]; then
		echo "== $name"
		docker logs --tail 100 "real-$name" || true
	fi
	docker rm --force --volumes "real-$name" || true
done
docker network rm "$NETWORK" || true
rm -rf "$DIRECTORY"
