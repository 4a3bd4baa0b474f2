#!/bin/sh
# Starts Infisical, with its database, and GitLab, from their official images:
# https://infisical.com/docs/self-hosting/deployment-options/standalone-infisical
# https://docs.gitlab.com/install/docker/installation/
set -eu
cd "$(dirname "$0")/../.."
. tools/servers/names.sh

umask 077
mkdir -p "$DIRECTORY"
: > "$DIRECTORY/env"

docker network create "$NETWORK" > /dev/null
# GitLab's address has to be one for Infisical and for this machine: the network's gateway, where published ports are.
# Infisical never takes the name localhost for it, and private addresses only with ALLOW_INTERNAL_IP_CONNECTIONS.
gateway=$(docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' "$NETWORK")

database=$(random 16)
secret "$database"
docker run --detach --name real-postgres --network "$NETWORK" \
	--env POSTGRES_USER=infisical --env POSTGRES_DB=infisical --env POSTGRES_PASSWORD="$database" "$POSTGRES_IMAGE"
docker run --detach --name real-redis --network "$NETWORK" "$REDIS_IMAGE"
docker run --detach --name real-infisical --network "$NETWORK" --restart on-failure --publish "$INFISICAL_PORT:8080" \
	--env NODE_ENV=production --env HOST=0.0.0.0 --env ALLOW_INTERNAL_IP_CONNECTIONS=true --env TELEMETRY_ENABLED=false \
	--env ENCRYPTION_KEY="$(random 16)" --env AUTH_SECRET="$(head -c 32 /dev/urandom | base64)" \
	--env SITE_URL="http://127.0.0.1:$INFISICAL_PORT" \
	--env DB_CONNECTION_URI="postgres://infisical:$database@real-postgres:5432/infisical" \
	--env REDIS_URL=redis://real-redis:6379 "$INFISICAL_IMAGE"

password=$(random 16)
secret "$password"
docker run --detach --name real-gitlab --network "$NETWORK" --hostname "$gateway" --publish "$GITLAB_PORT:$GITLAB_PORT" --shm-size 256m \
	--env GITLAB_ROOT_PASSWORD="$password" \
	--env GITLAB_OMNIBUS_CONFIG="external_url 'http://$gateway:$GITLAB_PORT'; prometheus_monitoring['enable'] = false" "$GITLAB_IMAGE"

save INFISICAL_HOST "http://127.0.0.1:$INFISICAL_PORT"
save GITLAB_BASE_URL "http://$gateway:$GITLAB_PORT"
