package acctest_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/infisical-community/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
)

// pages are what people copy from, as they read it.
func pages(t *testing.T) []string {
	t.Helper()
	found := []string{"../../README.md"}
	for _, pattern := range []string{"../../docs/*.md", "../../docs/*/*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no pages (%v)", pattern, err)
		}
		found = append(found, paths...)
	}
	return found
}

// Whoever pastes the blocks of a page into a main.tf, one below another, has something valid after each of them. A
// block that declares what an earlier one did stands in its place; one that shows some settings of a connection stands
// in a connection; a query has a file of its own.
func TestAccPages_canBePasted(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		t.Run(strings.TrimPrefix(filepath.ToSlash(page), "../../"), func(t *testing.T) {
			t.Parallel()
			desk := newDesk(t)
			for _, block := range blocks(t, page) {
				if block.language == "terraform" && desk.paste(block) {
					desk.apply(block)
				}
			}
			desk.clear()
		})
	}
}

// desk is a directory into which a page's blocks are pasted.
type desk struct {
	t       *testing.T
	cli     *acctest.CLI
	servers *acctest.Servers
	// declared are the parts of main.tf in their order, by what they declare.
	declared map[string]string
	order    []string
	// beside: the page has Infisical's own provider, too, under the name infisical.
	beside bool
	// applied: there is something to destroy.
	applied bool
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	servers := acctest.StartSandbox(t)
	sb := servers.Sandbox
	sb.Infisical.DelayRuns(0)
	for _, environment := range []string{"dev", "prod"} {
		sb.Infisical.SetSecret(servers.ProjectID, environment, "/", "DATABASE_URL", "postgres://database")
		sb.Infisical.SetSecret(servers.ProjectID, environment, "/api", "API_KEY", "sandbox-api-key-0001")
	}
	application := sb.GitLab.AddApplication(servers.Host + "/organization/app-connections/gitlab/oauth/callback")
	sb.Infisical.ConfigureOAuth(application.ClientID, application.ClientSecret, servers.Host)
	sb.Infisical.Add(infisical.Connection{Name: "gitlab-by-hand", AccessToken: servers.Token, AccessTokenType: "group"})
	sb.Infisical.Add(infisical.Connection{Name: "gitlab-oauth-by-hand", Method: "oauth"})
	token := sb.GitLab.Token("group-owner-scanning").Value
	return &desk{t: t, servers: servers, declared: map[string]string{}, cli: acctest.NewCLI(t, append(servers.Environment(),
		"GITLAB_TOKEN="+servers.ProviderToken(), "TF_VAR_gitlab_token="+token, "TF_VAR_gitlab_com_token="+servers.ProviderToken(),
		"TF_VAR_infisical_client_secret="+servers.ClientSecret, "TF_VAR_project_id="+servers.ProjectID, "TF_VAR_identity_id="+anyProject,
		"TF_VAR_authorization_code="+sb.GitLab.AuthorizationCode(application.ClientID, application.RedirectURI, "api"))...)}
}

// standIns are what pages name and a sandbox has under other names.
func (d *desk) standIns(text string) string {
	return strings.NewReplacer("https://infisical.example.com", d.servers.Host, "https://gitlab.example.com", d.servers.InstanceURL,
		"https://gitlab.com", d.servers.InstanceURL, anyProject, d.servers.ProjectID).Replace(text)
}

// notApplied says why a block is validated only, by a text of it.
var notApplied = map[string]string{
	"auth = {":           "logins are tested one by one, in TestMethods",
	"client_certificate": "the sandbox asks for none here, see TestConfigure_clientCertificate",
	"\n  identity = {":   "it names an id that a sandbox does not have",
	"\n  id = \"":        "it names an id that a sandbox does not have",
	"removed {":          "it is about what another block made",
	"data \"infisical_gitlab_secret_scanning_data_source\"": "a sandbox has no data source from the start",
}

// apply applies all that was pasted so far, and plans again.
func (d *desk) apply(pasted block) {
	d.t.Helper()
	if !creates.MatchString(pasted.text) {
		return
	}
	for text, why := range notApplied {
		if strings.Contains(strings.Join(slices.Collect(maps.Values(d.declared)), ""), text) {
			d.t.Logf("line %d: not applied: %s", pasted.line, why)
			return
		}
	}
	if output, err := d.cli.Try("apply", "-auto-approve", "-input=false"); err != nil {
		d.t.Errorf("line %d: what was pasted so far cannot be applied:\n%s", pasted.line, output)
		return
	}
	if d.applied = true; !d.cli.PlanIsEmpty() {
		d.t.Errorf("line %d: the plan after the apply is not empty", pasted.line)
	}
}

// creates are the blocks that an apply does something about.
var creates = regexp.MustCompile(`(?m)^(resource "infisical_gitlab_|data "infisical_gitlab_|module "|output ")`)

// clear leaves of the page what configures the provider, so that an apply destroys all else, and nothing stays.
func (d *desk) clear() {
	d.t.Helper()
	if !d.applied {
		return
	}
	d.order = slices.DeleteFunc(d.order, func(key string) bool {
		configures := strings.HasPrefix(key, "terraform ") || strings.HasPrefix(key, "provider ") || strings.HasPrefix(key, "variable ")
		return !configures || strings.Contains(d.declared[key], "auth = {")
	})
	d.write()
	d.cli.Run("apply", "-auto-approve", "-input=false")
	d.servers.NoneLive(d.t)
}

// paste reports whether the configuration is valid with the block.
func (d *desk) paste(pasted block) bool {
	d.t.Helper()
	text := strings.ReplaceAll(pasted.text, `"infisical-community/infisical"`, `"`+acctest.ProviderSource+`"`)
	if formatted := d.format(text); formatted != text {
		d.t.Errorf("line %d is not formatted; terraform fmt makes it\n%s", pasted.line, formatted)
	}
	text = d.withoutOfficial(text)
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.Pos{Line: pasted.line + 1, Column: 1})
	if diags.HasErrors() {
		d.t.Fatalf("line %d: %s", pasted.line, diags)
	}
	body, _ := file.Body.(*hclsyntax.Body)
	others := foreign(text)
	switch {
	case len(others) > 0:
		d.t.Logf("line %d: not validated, it needs the provider %s", pasted.line, strings.Join(others, ", "))
		return false
	case len(body.Attributes) > 0:
		name := fmt.Sprintf("settings_%d", pasted.line)
		d.declare("resource "+name, fmt.Sprintf("resource \"infisical_gitlab_connection\" %q {\n  name = \"settings\"\n\n%s}\n", name, text))
		defer d.withdraw("resource " + name)
	case slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "list" }):
		d.query(pasted, text)
		return false
	case !d.cli.Knows("1.14.0", "") && actions.MatchString(text):
		d.t.Logf("line %d: not validated, this CLI knows no actions", pasted.line)
		return false
	case !d.cli.Knows("1.12.0", "1.12.0") && slices.ContainsFunc(body.Blocks, importsByIdentity):
		d.t.Logf("line %d: not validated, this CLI knows no identities", pasted.line)
		return false
	default:
		for _, part := range body.Blocks {
			if !d.ofOfficial(part) {
				d.declare(key(part, text), string(part.Range().SliceBytes([]byte(text)))+"\n")
			}
		}
	}
	d.fetchModules(text)
	return d.validate(pasted) && len(body.Attributes) == 0
}

// modulesOfGitHub are those of this repository, as users of the registry write them.
var modulesOfGitHub = regexp.MustCompile(`"github\.com/infisical-community/terraform-provider-infisical//examples/modules/([\w-]+)\?ref=v[\d.]+"`)

// fetchModules puts what a module block names where the pasted configuration has it, and installs it.
func (d *desk) fetchModules(text string) {
	d.t.Helper()
	found := modulesOfGitHub.FindAllStringSubmatch(text, -1)
	for _, module := range found {
		copyModule(d.t, filepath.Join(modules, module[1]), filepath.Join(d.cli.Dir, "modules", module[1]))
	}
	if len(found) > 0 {
		d.write()
		d.cli.Run("get")
	}
}

// withoutOfficial leaves out the entry of Infisical's own provider, which is not here, and what refers to its
// resources.
func (d *desk) withoutOfficial(text string) string {
	if official.MatchString(text) {
		d.beside = true
		text = official.ReplaceAllString(text, "")
	}
	text = regexp.MustCompile(`(?m)^  depends_on += \[infisical_project_identity\.\w+\]\n`).ReplaceAllString(text, "")
	return regexp.MustCompile(`infisical_project\.\w+\.id\b`).ReplaceAllString(text, `"`+anyProject+`"`)
}

// anyProject stands for a project of Infisical.
const anyProject = "0a7c3f52-9c1e-4b44-8f0e-2d1b7a6c5e90"

// ofOfficial: a block of the official provider, of which the syntax alone is looked at.
func (d *desk) ofOfficial(part *hclsyntax.Block) bool {
	switch part.Type {
	case "provider":
		return d.beside && part.Labels[0] == "infisical"
	case "resource":
		return officialTypes.MatchString(part.Labels[0])
	}
	return false
}

// officialTypes are the resources of the official provider that pages show.
var officialTypes = regexp.MustCompile(`^infisical_(project|project_role|project_identity|org_role)$`)

// actions are the blocks that Terraform has since 1.14.
var actions = regexp.MustCompile(`(?m)^ *(action "|action_trigger \{)`)

func importsByIdentity(part *hclsyntax.Block) bool {
	_, has := part.Body.Attributes["identity"]
	return part.Type == "import" && has
}

// key is what a part of a configuration declares.
func key(part *hclsyntax.Block, text string) string {
	if to, ok := part.Body.Attributes["to"]; ok {
		return part.Type + " " + string(to.Expr.Range().SliceBytes([]byte(text)))
	}
	return part.Type + " " + strings.Join(part.Labels, " ")
}

func (d *desk) declare(key, text string) {
	if _, ok := d.declared[key]; !ok {
		d.order = append(d.order, key)
	}
	d.declared[key] = text
}

func (d *desk) withdraw(key string) {
	d.order = slices.DeleteFunc(d.order, func(other string) bool { return other == key })
	delete(d.declared, key)
}

// named is what a key declares. Where that is an import whose resource is yet to be generated, Terraform 1.16.0 to
// 1.16.2 and pre-releases of 1.17 have to be told the provider, as the guide says.
func (d *desk) named(key string) string {
	text := d.declared[key]
	to, imports := strings.CutPrefix(key, "import ")
	address, _, _ := strings.Cut(to, "[")
	resolves := !d.cli.Knows("1.16.0", "") || d.cli.HasFix("1.16.3", "")
	if !imports || d.declared["resource "+strings.Replace(address, ".", " ", 1)] != "" || resolves {
		return text
	}
	return strings.Replace(text, "import {", "import {\n  provider = infisical", 1)
}

// write writes what was pasted so far.
func (d *desk) write() {
	d.t.Helper()
	var config strings.Builder
	for _, key := range d.order {
		config.WriteString(d.named(key) + "\n")
	}
	for _, path := range regexp.MustCompile(`file\("\$\{path\.module\}/([^"]+)"\)`).FindAllStringSubmatch(config.String(), -1) {
		writeFile(d.t, filepath.Join(d.cli.Dir, path[1]), "")
	}
	writeFile(d.t, filepath.Join(d.cli.Dir, "main.tf"), d.standIns(modulesOfGitHub.ReplaceAllString(config.String(), `"./modules/$1"`)))
}

func (d *desk) validate(pasted block) bool {
	d.t.Helper()
	d.write()
	if output, err := d.cli.Try("validate"); err != nil {
		d.t.Errorf("line %d: after this block the page's configuration is not valid:\n%s", pasted.line, output)
		return false
	}
	return true
}

// query validates a list block beside what was pasted so far, where the CLI knows queries.
func (d *desk) query(pasted block, text string) {
	d.t.Helper()
	if !d.cli.Knows("1.14.0", "") {
		d.t.Logf("line %d: not validated, this CLI knows no queries", pasted.line)
		return
	}
	if len(d.order) == 0 { // The page says that required_providers are needed beside it.
		d.declare("terraform ", "terraform {\n  required_providers {\n    infisical = {\n      source = \""+acctest.ProviderSource+"\"\n    }\n  }\n}\n")
		d.validate(pasted)
	}
	writeFile(d.t, filepath.Join(d.cli.Dir, "page.tfquery.hcl"), text)
	if output, err := d.cli.Try("validate", "-query"); err != nil {
		d.t.Errorf("line %d: the query is not valid:\n%s", pasted.line, output)
	}
}

// format is what `terraform fmt` makes of a text.
func (d *desk) format(text string) string {
	d.t.Helper()
	command := d.cli.Command(nil, "fmt")
	command.Args = append(command.Args, "-")
	command.Stdin = strings.NewReader(text)
	output, err := command.Output()
	if err != nil {
		d.t.Fatalf("fmt: %v\n%s", err, output)
	}
	return string(output)
}

// ofOtherProviders begins a resource, a data source or an ephemeral resource that is neither this provider's nor the
// CLI's own, or names another provider's source.
var ofOtherProviders = regexp.MustCompile(`(?m)^\s*(?:resource|data|ephemeral) "(\w+?)_|^\s*source = "[\w.]*/?[\w-]+/(\w+)"`)

// official is the entry of Infisical's own provider, which stands beside this one in a move.
var official = regexp.MustCompile(`(?m)^ +infisical = \{\n +source = "infisical/infisical"\n(?: +version = .*\n)? +\}\n`)

func foreign(text string) []string {
	var others []string
	for _, found := range ofOtherProviders.FindAllStringSubmatch(text, -1) {
		name := found[1] + found[2]
		if name != "infisical" && name != "terraform" && !slices.Contains(others, name) {
			others = append(others, name)
		}
	}
	return others
}

// One page after another, against one Infisical: no two of them create a connection of one name.
func TestPages_nameTheirConnectionsApart(t *testing.T) {
	t.Parallel()
	resource := regexp.MustCompile(`(?ms)^resource "infisical_gitlab_connection" "\w+" \{.*?^  name\s+= "([^"]+)"`)
	pageOf := map[string]string{}
	for _, page := range pages(t) {
		for _, block := range blocks(t, page) {
			for _, found := range resource.FindAllStringSubmatch(block.text, -1) {
				if other, taken := pageOf[found[1]]; taken && other != page {
					t.Errorf("%s and %s both create %q", other, page, found[1])
				}
				pageOf[found[1]] = page
			}
		}
	}
	if len(pageOf) == 0 {
		t.Error("no page creates a connection")
	}
}

// Commands in the pages: a shell reads them, and what make is asked for is a target.
func TestPages_commands(t *testing.T) {
	t.Parallel()
	target := regexp.MustCompile("(?m)(?:^|`)make ([a-z]+)")
	known := map[string]bool{}
	for _, page := range append(pages(t), "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, asked := range target.FindAllStringSubmatch(string(text), -1) {
			if known[asked[1]] {
				continue
			}
			known[asked[1]] = true
			if output, err := makeCommand(t, t.TempDir(), "--dry-run", asked[1], "TERRAFORM=terraform").CombinedOutput(); err != nil {
				t.Errorf("%s: make %s: %v\n%s", page, asked[1], err, output)
			}
		}
		for _, block := range blocks(t, page) {
			if block.language != "shell" {
				continue
			}
			shell := exec.CommandContext(t.Context(), "sh", "-n")
			shell.Stdin = strings.NewReader(block.text)
			if output, err := shell.CombinedOutput(); err != nil {
				t.Errorf("%s, line %d: %v\n%s", page, block.line, err, output)
			}
		}
	}
}
