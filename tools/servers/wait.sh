#!/bin/sh
# Waits for both servers, 15 minutes at most: GitLab takes several to set itself up.
set -eu
cd "$(dirname "$0")/../.."
. tools/servers/names.sh
. "$DIRECTORY/env"

pause=${WAIT_PAUSE:-5} attempts=${WAIT_ATTEMPTS:-180}

# until_ready NAME COMMAND...
until_ready() {
	name=$1
	shift
	attempt=0
	until "$@"; do
		attempt=$((attempt + 1))
		if [ "$attempt" -ge "$attempts" ]; then
			echo "$name is not ready after $attempt attempts" >&2
			docker logs --tail 50 "real-$name" >&2
			exit 1
		fi
		sleep "$pause"
	done
	echo "$name is ready"
}

answers() { curl --silent --fail --max-time 10 --output /dev/null "$1"; }

# The image's own health check; then whether requests come through, as the provider's will. Without a token the version
# is not told, but a GitLab that is up refuses with 401.
healthy() {
	[ "$(docker inspect --format '{{.State.Health.Status}}' real-gitlab)" = healthy ] &&
		[ "$(curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' "$GITLAB_BASE_URL/api/v4/version")" = 401 ]
}

until_ready infisical answers "$INFISICAL_HOST/api/status"
until_ready gitlab healthy
