#!/bin/sh
# Breaks each gate on purpose, in a copy of this tree, and shows that its check fails and says why. make gates runs it.
set -eu

root=$(git rev-parse --show-toplevel)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' INT TERM

cd "$root"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$copy"
mkdir -p "$copy/bin"
for tool in golangci-lint actionlint tfplugindocs; do
	cp "bin/$tool" "$copy/bin/" # Newer than tools/go.mod of the copy, so that make does not build it again.
done
cd "$copy"
export GOLANGCI_LINT_CACHE="$root/bin/.golangci-lint" TF_ACC=

failed=0
count=0

# Run only the gates whose name holds this, all by default.
only=${1:-}

# gate NAME FILE BREAK SAYS CHECK...: the command BREAK changes FILE, and CHECK must fail and say SAYS.
gate() {
	name=$1 file=$2 break=$3 says=$4
	shift 4
	case $name in *"$only"*) ;; *) return 0 ;; esac
	count=$((count + 1))
	: > before
	[ ! -e "$file" ] || cp "$file" before
	eval "$break"
	if cmp -s "$file" before; then
		echo "NOT BROKEN  $name: $file is as it was, so this script needs a change"
		failed=1
	elif "$@" > output 2>&1; then
		echo "NOT NOTICED $name: this passes: $*"
		failed=1
	elif ! grep -Fq -- "$says" output; then
		echo "NOT SAID    $name: nothing says '$says':"
		tail -20 output
		failed=1
	else
		echo "ok          $name: $(grep -F -m1 -- "$says" output | sed 's/^[[:space:]]*//' | cut -c1-140)"
	fi
	if [ -s before ]; then cp before "$file"; else rm -f "$file"; fi
}

# replace FILE TEXT BY: all of them, without regular expressions.
replace() { FROM=$2 BY=$3 perl -0pi -e 's/\Q$ENV{FROM}\E/$ENV{BY}/g' "$1"; }

connection=internal/connection
object=internal/object
secretsync=internal/secretsync

gate 'attribute without description' $connection/schema.go \
	"replace $connection/schema.go 'Time of the connection'\\''s creation, in RFC 3339.' ''" \
	'is not described' go test ./internal/provider -run '^TestSchema_isDescribed$'

gate 'workflow with a mistake' .github/workflows/test.yml \
	"replace .github/workflows/test.yml 'matrix.terraform' 'matrix.teraform'" \
	'"teraform" is not defined' bin/actionlint .github/workflows/test.yml

gate 'object without example' examples/data-sources/infisical_gitlab_target/data-source.tf \
	'rm examples/data-sources/infisical_gitlab_target/data-source.tf' \
	'no example' go test ./internal/acctest -run '^TestExamples_areThere$'

gate 'error without troubleshooting entry' $object/write.go \
	"replace $object/write.go '\"Name taken\"' '\"Name in use\"'" \
	'has no heading "### Name in use"' go test ./internal/provider/cmd/messages -run '^TestTroubleshooting$'

gate 'troubleshooting entry without error' templates/guides/troubleshooting.md.tmpl \
	"replace templates/guides/troubleshooting.md.tmpl '### Name taken' '### Name in use'" \
	'which no code says' go test ./internal/provider/cmd/messages -run '^TestTroubleshooting$'

gate 'stale page' $connection/schema.go \
	"replace $connection/schema.go 'Time of the connection'\\''s creation' 'Moment of the connection'\\''s creation'" \
	'> - `created_at` (String) Moment' make docs-current

gate 'page that no template makes' docs/guides/by-hand.md \
	'echo "# By hand" > docs/guides/by-hand.md' \
	'Only in docs/guides: by-hand.md' make docs-current

gate 'promise that loses its test' internal/transport/tls_test.go \
	'replace internal/transport/tls_test.go "func TestTLS(" "func TestTLSOfOld("' \
	'has lost its test TestTLS' go test ./internal/acctest -run '^TestDocs_promises$'

gate 'promise that nobody has listed' docs/guides/runbooks.md \
	'echo "No apply ever fails." >> docs/guides/runbooks.md' \
	'does not list "No apply ever fails."' go test ./internal/acctest -run '^TestDocs_promises$'

gate 'dead link to a page of the repository' docs/guides/which-token.md \
	'echo "[Nowhere](nowhere.md)" >> docs/guides/which-token.md' \
	'the link to nowhere.md leads nowhere' go test ./internal/acctest -run '^TestDocs_links$'

gate 'link that only the repository has' docs/guides/which-token.md \
	'echo "[README](../../README.md)" >> docs/guides/which-token.md' \
	'the link to ../../README.md leads nowhere' go test ./internal/acctest -run '^TestDocs_links$'

gate 'link to a heading that is not there' docs/guides/which-token.md \
	'echo "[Nowhere](runbooks.md#nowhere)" >> docs/guides/which-token.md' \
	'leads to no heading' go test ./internal/acctest -run '^TestDocs_links$'

gate 'dead link to a page of the registry' docs/index.md \
	'echo "[Nowhere](https://registry.terraform.io/providers/infisical-community/infisical/latest/docs/guides/nowhere)" >> docs/index.md' \
	'leads nowhere' go test ./internal/acctest -run '^TestDocs_links$'

gate 'import upwards' internal/cloudidentity/upwards.go \
	'printf "package cloudidentity\n\nimport \"github.com/infisical-community/terraform-provider-infisical/internal/connection\"\n\nvar _ = connection.NewResource\n" > internal/cloudidentity/upwards.go' \
	'depguard' bin/golangci-lint run ./internal/cloudidentity/...

gate 'message with a full stop too many' $object/write.go \
	"replace $object/write.go 'Otherwise choose another name.' 'Otherwise choose another name..'" \
	'two full stops' go test ./internal/provider/cmd/messages -run '^TestEnglish$'

gate 'title with a full stop' $object/write.go \
	"replace $object/write.go '\"Name taken\"' '\"Name taken.\"'" \
	'ends with a full stop' go test ./internal/provider/cmd/messages -run '^TestEnglish$'

gate 'exported function without comment' internal/function/names.go \
	'printf "package function\n\nfunc Names() []string { return nil }\n" > internal/function/names.go' \
	'should have comment' bin/golangci-lint run ./internal/function/...

gate 'example that is not formatted' examples/provider/provider.tf \
	'echo "locals { a=1 }" >> examples/provider/provider.tf' \
	'provider.tf' sh -c '"${TERRAFORM:-terraform}" fmt -check -recursive examples'

# Promises of which a break shows in nothing but another's variables.
gate 'removal that gives nothing back' $secretsync/leaving.go \
	"replace $secretsync/leaving.go 'range d.run(ctx, w, found)' 'range d.run(ctx, w, nil)'" \
	'variables [], want' env TF_ACC=1 go test ./$secretsync -run '^TestAccSecretSync_removalBesideAnother$'

gate 'place by the spelling of its number' $secretsync/neighbors.go \
	"replace $secretsync/neighbors.go 'gitlab.CanonicalID(one.ID), gitlab.CanonicalID(other.ID)' 'gitlab.CanonicalID(one.ID), other.ID'" \
	'one_number,_spelled_differently' go test ./$secretsync -run '^TestSamePlace$'

gate 'run that another one settles' $secretsync/run.go \
	"replace $secretsync/run.go 'case second, !r.Beside' 'case second, true, !r.Beside'" \
	'beside,_the_first_end' go test ./$secretsync -run '^TestRun$'

echo "$count gates broken on purpose"
exit $failed
