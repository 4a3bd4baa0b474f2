// Command sandbox runs an Infisical and a GitLab on this machine, to try the provider against: it prints what to paste,
// what is there, and a line for each request it serves. Ctrl-C ends it and forgets everything.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

func main() {
	infisical := flag.String("infisical-addr", "127.0.0.1:0", "loopback host:port of Infisical; port 0 is any free one")
	gitlab := flag.String("gitlab-addr", "127.0.0.1:0", "loopback host:port of GitLab; port 0 is any free one")
	caFile := flag.String("ca-file", "", "serve https, and write the certificate of the authority to this file; without it http is served")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, *caFile, sandbox.WithAddresses(*infisical, *gitlab)); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, https when there is a file for the authority's certificate.
func run(ctx context.Context, out io.Writer, caFile string, options ...sandbox.Option) error {
	if caFile != "" {
		options = append(options, sandbox.WithTLS())
	}
	sb, err := sandbox.Start(options...)
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	defer sb.Close()
	if caFile != "" {
		if err := os.WriteFile(caFile, sb.CACertificate(), 0o600); err != nil {
			return fmt.Errorf("writing the authority's certificate: %w", err)
		}
		fmt.Fprintf(out, "The authority of both servers' certificates is in %s; see docs/guides/private-cas-and-proxies.md.\n", caFile)
	}
	application := sb.GitLab.AddApplication(sb.Infisical.URL() + "/organization/app-connections/gitlab/oauth/callback")
	sb.Infisical.ConfigureOAuth(application.ClientID, application.ClientSecret, sb.Infisical.URL())
	sb.GitLab.Approve(application.ClientID)
	addConnections(sb)
	addTargets(sb.GitLab)
	for key, value := range map[string]string{"DATABASE_URL": "postgres://app@db.example.com/app", "API_KEY": "sandbox-api-key-0001"} {
		sb.Infisical.SetSecret(sb.Infisical.Projects[0], "prod", "/", key, value)
	}

	if _, err := io.WriteString(out, welcome(sb, sb.AddPipeline("acme/infra"), caFile)); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	lines := make(chan string, 100)
	sb.OnAnswer(func(r *server.Request) {
		select {
		case lines <- line(r):
		case <-ctx.Done():
		}
	})
	jobs := time.NewTicker(time.Second) // of the syncs, when nobody asks for them
	defer jobs.Stop()
	for {
		select {
		case text := <-lines:
			fmt.Fprintln(out, text)
		case <-jobs.C:
			go sb.Infisical.RunJobs() //nolint:contextcheck // Its jobs end with the sandbox. Not here: what they ask of GitLab is printed here.
		case <-ctx.Done():
			return nil
		}
	}
}

// line tells of one request: nothing of its headers, query and body, which hold secrets.
func line(r *server.Request) string {
	from := ""
	if r.Client == server.ClientInfisical {
		from = "  (Infisical at work)"
	}
	return fmt.Sprintf("%s  %-9s %3d  %-6s %s%s", r.At.Format("15:04:05"), r.Server, r.Status, r.Method, r.Path, from)
}

func welcome(sb *sandbox.Sandbox, pipeline sandbox.Pipeline, caFile string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Infisical %s and GitLab %s are running. Ctrl-C ends them.\n\n", sb.Infisical.URL(), sb.GitLab.URL())
	text.WriteString("Paste into another shell:\n\n")
	export(&text, environment(sb))
	acme, app := sb.GitLab.Group("acme"), sb.GitLab.Project("acme/app")
	fmt.Fprintf(&text, "\nGitLab has the group %s (id %d) and the project %s (id %d), and these tokens:\n\n", acme.FullPath, acme.ID, app.FullPath, app.ID)
	text.WriteString(tokens(sb))
	text.WriteString("\nThese are for trying targets:\n\n")
	text.WriteString(targets)
	text.WriteString("\nInfisical has these connections, made by hand:\n\n")
	text.WriteString(connections(sb))
	text.WriteString("\nIt offers OAuth, and GitLab's authorize page grants access at once: the code is in the address that it leads to.\n")
	text.WriteString("\nA job of GitLab CI logs in without a secret, see docs/guides/log-in-from-gitlab-ci.md. " +
		"To be a job of acme/infra, paste into a shell of its own:\n\n")
	export(&text, jobEnvironment(sb, pipeline, caFile))
	text.WriteString("\nThe last line starts a new job, for the branch in its address. The other identity, $INFISICAL_PLAN_IDENTITY_ID, may read,\n" +
		"for jobs of any branch.\n")
	text.WriteString("\nA main.tf to start from:\n\n")
	text.WriteString(configuration)
	// make sets both; the file names the provider that it has built. With it, init asks a registry in vain.
	if file, cli := os.Getenv("TF_CLI_CONFIG_FILE"), os.Getenv("TF_ACC_TERRAFORM_PATH"); file != "" && cli != "" {
		fmt.Fprintf(&text, "\nBeside it, after `make install`: init and apply. Or, with the provider as it was built last and without init:\n\n"+
			"export TF_CLI_CONFIG_FILE=%s\n%s apply\n", file, cli)
	}
	text.WriteString("\nRequests:\n\n")
	return text.String()
}

type variable struct{ name, value string }

func export(to *strings.Builder, variables []variable) {
	for _, v := range variables {
		fmt.Fprintf(to, "export %s=%s\n", v.name, v.value)
	}
}

// jobEnvironment is that of the apply job of the guide, with an ID token for the main branch.
func jobEnvironment(sb *sandbox.Sandbox, pipeline sandbox.Pipeline, caFile string) []variable {
	curl := "curl -fsS "
	if caFile != "" {
		curl += "--cacert '" + caFile + "' "
	}
	return []variable{
		{"INFISICAL_HOST", sb.Infisical.URL()},
		{"GITLAB_BASE_URL", sb.GitLab.URL()},
		{"TF_VAR_gitlab_token", sb.GitLab.Token("group-owner-api").Value},
		{"INFISICAL_PLAN_IDENTITY_ID", pipeline.PlanIdentityID},
		{"INFISICAL_APPLY_IDENTITY_ID", pipeline.ApplyIdentityID},
		{"INFISICAL_AUTH_METHOD", "oidc"},
		{"INFISICAL_MACHINE_IDENTITY_ID", "$INFISICAL_APPLY_IDENTITY_ID"},
		{"INFISICAL_AUTH_JWT", "$(" + curl + "'" + pipeline.IDTokenURL(gitlab.DefaultBranch) + "')"},
	}
}

func environment(sb *sandbox.Sandbox) []variable {
	return []variable{
		{"INFISICAL_HOST", sb.Infisical.URL()},
		{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", sb.Infisical.ClientID},
		{"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", sb.Infisical.ClientSecret},
		{"GITLAB_BASE_URL", sb.GitLab.URL()},
		{"GITLAB_TOKEN", sb.GitLab.Token("admin-management").Value},
		{"TF_VAR_project_id", sb.Infisical.Projects[0]},
		{"TF_VAR_infisical_project_id", sb.Infisical.Projects[0]},
		{"TF_VAR_gitlab_token", sb.GitLab.Token("group-owner-api").Value},
	}
}

// tokens is a table of the seeds: what each is for, and its value.
func tokens(sb *sandbox.Sandbox) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tKIND\tSCOPES\tROLE\tEXPIRES\tVALUE")
	for _, t := range sb.GitLab.Tokens() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
			t.Name, t.Kind, strings.Join(abilities(t), " "), role(t), expiry(t), t.Value)
	}
	_ = table.Flush() // into memory
	return text.String()
}

// abilities of a token: its scopes, or what a fine-grained one may do.
func abilities(t gitlab.Token) []string {
	named := t.Scopes
	for _, scope := range t.Granular {
		named = append(named, scope.Permissions...)
	}
	return named
}

// addConnections makes what somebody has made in Infisical's web page, to be found and imported.
func addConnections(sb *sandbox.Sandbox) {
	token := sb.GitLab.Token("group-owner-api").Value
	sb.Infisical.Add(infisical.Connection{Name: "gitlab-by-hand", AccessToken: token, AccessTokenType: "group"})
	sb.Infisical.Add(infisical.Connection{Name: "gitlab-by-hand", AccessToken: token, AccessTokenType: "group", ProjectID: &sb.Infisical.Projects[0]})
	sb.Infisical.Add(infisical.Connection{Name: "gitlab-oauth-by-hand", Method: "oauth"})
}

// targets are the projects and groups that addTargets makes.
const targets = `acme/attic         project, archived
acme/docs          project, CI/CD switched off
acme/before        project, renamed to acme/after
acme/ending        project, marked for deletion
other/site         public project of another group
partner/library    project of another group, to which acme/platform is invited as Maintainer
acme/was           group, renamed to acme/is
`

func addTargets(g *gitlab.Server) {
	for _, path := range []string{"acme/attic", "acme/docs", "acme/before", "acme/ending", "other/site", "partner/library"} {
		g.AddProject(path)
	}
	g.Archive(g.Project("acme/attic"))
	g.SwitchCICDOff(g.Project("acme/docs"))
	g.RenameProject("acme/before", "acme/after")
	g.MarkForDeletion(g.Project("acme/ending"), time.Now().UTC().AddDate(0, 0, 30).Format(time.DateOnly))
	g.SetVisibility(g.Project("other/site"), gitlab.Public)
	g.InviteGroup(g.Project("partner/library"), g.Group("acme/platform"), gitlab.MaintainerAccess)
	g.AddGroup("acme/was")
	g.RenameGroup("acme/was", "acme/is")
}

func connections(sb *sandbox.Sandbox) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tMETHOD\tOF\tID")
	for _, c := range sb.Infisical.Connections() {
		owner := "the organization"
		if c.ProjectID != nil {
			owner = "project " + *c.ProjectID
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.Name, c.Method, owner, c.ID)
	}
	_ = table.Flush() // into memory
	return text.String()
}

func role(t gitlab.Token) string {
	names := map[int]string{
		gitlab.DeveloperAccess: "Developer", gitlab.MaintainerAccess: "Maintainer", gitlab.OwnerAccess: "Owner",
	}
	if t.ResourceType == "" {
		return "-"
	}
	return fmt.Sprintf("%s of %s %d", names[t.AccessLevel], t.ResourceType, t.ResourceID)
}

func expiry(t gitlab.Token) string {
	switch {
	case t.Revoked:
		return "revoked"
	case t.Kind == gitlab.OAuthToken:
		return "in 2 hours"
	case t.ExpiresAt == nil:
		return "never"
	default:
		return *t.ExpiresAt
	}
}

const configuration = `terraform {
  required_providers {
    infisical = { source = "infisical-community/infisical" }
  }
}

variable "gitlab_token" {
  type      = string
  ephemeral = true
}

provider "infisical" {}

resource "infisical_gitlab_connection" "platform" {
  name = "gitlab-platform"

  access_token = {
    type     = "group"
    value_wo = var.gitlab_token
  }
}
`
