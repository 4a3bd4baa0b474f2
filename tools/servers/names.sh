# What the scripts beside this one share. Each can be started by hand, in the order of the workflow real-servers.yml.
# Sourced, not run.

# Where start.sh and first-run.sh leave what the later ones need. It holds secrets of servers that live for a run.
DIRECTORY=${SERVERS_DIRECTORY:-bin/servers}
NETWORK=infisical-gitlab-real
INFISICAL_IMAGE=${INFISICAL_IMAGE:-infisical/infisical:latest}
GITLAB_IMAGE=${GITLAB_IMAGE:-gitlab/gitlab-ee:latest}
POSTGRES_IMAGE=${POSTGRES_IMAGE:-postgres:14-alpine}
REDIS_IMAGE=${REDIS_IMAGE:-redis:7-alpine}
INFISICAL_PORT=${INFISICAL_PORT:-8085}
GITLAB_PORT=${GITLAB_PORT:-8929}

# secret SECRET: the logs of GitHub Actions show stars in its place.
secret() { [ -z "${GITHUB_ACTIONS:-}" ] || echo "::add-mask::$1"; }

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# save NAME VALUE: for those who source the file of the servers.
save() { printf "%s='%s'\n" "$1" "$2" >> "$DIRECTORY/env"; }
