#!/bin/sh
# Makes what the tests need, once, on servers that have nothing yet. In Infisical, an identity of an administrator's, and
# its project with a secret:
# https://infisical.com/docs/self-hosting/guides/automated-bootstrapping
# In GitLab, a group with a project and two group tokens, by a token of root's:
# https://docs.gitlab.com/user/profile/personal_access_tokens/#create-a-personal-access-token-programmatically
set -eu
cd "$(dirname "$0")/../.."
. tools/servers/names.sh
. "$DIRECTORY/env"
umask 077

# post URL TOKEN BODY: prints the answer; an empty token is for what needs none. Token and body stay out of the list of processes. What was refused is said on
# standard error, by status and message alone.
post() {
	answer=$(printf '%s' "${2:+header = \"Authorization: Bearer $2\"}" | curl --silent --show-error --config - --max-time 60 \
		--header 'Content-Type: application/json' --write-out '\n%{http_code}' --data-binary @/dev/fd/3 "$1" 3<<-EOF
		$3
	EOF
	)
	status=$(printf '%s\n' "$answer" | tail -n 1)
	answer=$(printf '%s\n' "$answer" | sed '$d')
	case $status in
	2*) printf '%s' "$answer" ;;
	*)
		echo "POST $1: HTTP $status: $(printf '%s' "$answer" | jq -r '.message // .error // "no message"' 2> /dev/null)" >&2
		return 1
		;;
	esac
}

# field PATH: of the answer on standard input. One that is not there is an error, as is no answer at all.
field() {
	value=$(jq -r "$1 // empty")
	if [ -z "$value" ]; then
		echo "there is no $1 in the answer" >&2
		return 1
	fi
	printf '%s' "$value"
}

infisical=$INFISICAL_HOST/api
password=$(random 16)
secret "$password"
made=$(post "$infisical/v1/admin/bootstrap" '' \
	"{\"email\":\"admin@example.com\",\"password\":\"$password\",\"organization\":\"acceptance\"}")
admin=$(printf '%s' "$made" | field .identity.credentials.token)
secret "$admin"
organization=$(printf '%s' "$made" | field .organization.id)

identity=$(post "$infisical/v1/identities" "$admin" \
	"{\"name\":\"terraform\",\"organizationId\":\"$organization\",\"role\":\"admin\"}" | field .identity.id)
universal=$infisical/v1/auth/universal-auth
client=$(post "$universal/identities/$identity" "$admin" '{}' | field .identityUniversalAuth.clientId)
client_secret=$(post "$universal/identities/$identity/client-secrets" "$admin" '{}' | field .clientSecret)
secret "$client_secret"

# The project is the identity's own, so that it may do everything in there.
own=$(post "$universal/login" '' "{\"clientId\":\"$client\",\"clientSecret\":\"$client_secret\"}" | field .accessToken)
secret "$own"
project=$(post "$infisical/v1/projects" "$own" '{"projectName":"acceptance","type":"secret-manager"}' | field .project.id)
post "$infisical/v4/secrets/DATABASE_URL" "$own" \
	"{\"projectId\":\"$project\",\"environment\":\"prod\",\"secretPath\":\"/\",\"secretValue\":\"postgres://database\"}" > /dev/null

root=glpat-$(random 10)
secret "$root"
docker exec real-gitlab gitlab-rails runner "token = User.find_by_username('root').personal_access_tokens.create!(scopes: ['api'], \
name: 'first run', expires_at: 7.days.from_now); token.set_token('$root'); token.save!"

gitlab=$GITLAB_BASE_URL/api/v4
group=$(post "$gitlab/groups" "$root" '{"name":"acme","path":"acme"}' | field .id)
gitlab_project=$(post "$gitlab/projects" "$root" "{\"name\":\"app\",\"path\":\"app\",\"namespace_id\":$group}" | field .id)
expiry=$(jq -nr 'now + 7 * 86400 | strftime("%Y-%m-%d")')
for number in 1 2; do
	token=$(post "$gitlab/groups/$group/access_tokens" "$root" \
		"{\"name\":\"acceptance-$number\",\"scopes\":[\"api\"],\"access_level\":50,\"expires_at\":\"$expiry\"}" | field .token)
	secret "$token"
	if [ "$number" = 1 ]; then save TEST_GITLAB_TOKEN "$token"; else save TEST_GITLAB_TOKEN_2 "$token"; fi
done

save TEST_GITLAB_TOKEN_TYPE group
save TEST_GITLAB_PROJECT "$gitlab_project"
save INFISICAL_UNIVERSAL_AUTH_CLIENT_ID "$client"
save INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET "$client_secret"
save TEST_INFISICAL_PROJECT_ID "$project"
echo "made the project $project in Infisical, the project $gitlab_project in GitLab, and two tokens"
