package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
)

// A contender is a provider that is measured.
type contender struct {
	name, binary string
	// source is its address without the registry.
	source string
	// resources is a configuration for so many of its resources, and syncs one for so many secret syncs of a project;
	// provider configures it for these servers.
	resources func(n int) string
	syncs     func(project string) func(n int) string
	provider  func(*sandbox.Sandbox) string
	// alone: every list is forbidden, so that each connection is read on its own.
	alone bool
}

// The contenders, as tables name them.
const (
	ours     = "ours"
	alone    = "ours, lists forbidden"
	official = "official"
	floor    = "floor"
)

// build builds what is built here, as a release is.
func build(ctx context.Context, s settings, dir string) (map[string]*contender, error) {
	provider := func(servers *sandbox.Sandbox) string {
		return fmt.Sprintf("provider \"infisical\" {\n  host = %q\n  auth = {\n    universal = { client_id = %q, client_secret = %q }\n  }\n}\n",
			servers.Infisical.URL(), servers.Infisical.ClientID, servers.Infisical.ClientSecret)
	}
	all := map[string]*contender{
		ours:  {name: ours, source: "infisical-community/infisical", resources: ourResources, syncs: ourSyncs, provider: provider},
		floor: {name: floor, source: "bench/floor", resources: floorResources, provider: func(*sandbox.Sandbox) string { return "" }},
	}
	for name, source := range map[string]struct{ pkg, file string }{
		ours:  {ourModule, "terraform-provider-infisical"},
		floor: {ourModule + "/internal/bench/floor", "terraform-provider-floor"},
	} {
		binary := filepath.Join(dir, name, source.file)
		if err := goBuild(ctx, source.pkg, binary, "-s -w"); err != nil {
			return nil, err
		}
		all[name].binary = binary
	}
	sharing := *all[ours]
	sharing.name, sharing.alone = alone, true
	all[alone] = &sharing
	if s.compare == "" {
		return all, nil
	}
	// The CLI looks for a file of this name.
	binary := filepath.Join(dir, official, "terraform-provider-infisical")
	target, err := filepath.Abs(s.compare)
	if err = errors.Join(err, os.MkdirAll(filepath.Dir(binary), 0o700), os.Symlink(target, binary)); err != nil {
		return nil, fmt.Errorf("preparing %s: %w", s.compare, err)
	}
	all[official] = &contender{name: official, binary: binary, source: "infisical/infisical", resources: officialResources, syncs: officialSyncs,
		provider: provider}
	return all, nil
}

// buildTags are those of a release.
const buildTags = "grpcnotrace"

func goBuild(ctx context.Context, pkg, binary, linker string) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", buildTags, "-ldflags", linker, "-o", binary, pkg)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", pkg, err, output)
	}
	return nil
}

// tokenVariable leads the token into both configurations by TF_VAR_token. Ours takes it as a write-only value.
const tokenVariable = "variable \"token\" {\n  type      = string\n  sensitive = true\n}\n"

func ourResources(n int) string {
	return tokenVariable + fmt.Sprintf(`
resource "infisical_gitlab_connection" "bench" {
  count        = %d
  name         = "bench-${count.index}"
  description  = "Number ${count.index}"
  instance_url = var.instance_url

  access_token = {
    type     = "personal"
    value_wo = var.token
  }
}
`, n)
}

func officialResources(n int) string {
	return tokenVariable + fmt.Sprintf(`
resource "infisical_app_connection_gitlab" "bench" {
  count       = %d
  name        = "bench-${count.index}"
  description = "Number ${count.index}"
  method      = "access-token"

  credentials = {
    access_token_type = "personal"
    access_token      = var.token
    instance_url      = var.instance_url
  }
}
`, n)
}

// The syncs differ in the environment of GitLab for which they write, and nobody waits for their runs.
func ourSyncs(project string) func(n int) string {
	return func(n int) string {
		return ourResources(1) + fmt.Sprintf(`
resource "infisical_gitlab_secret_sync" "bench" {
  count         = %d
  name          = "bench-${count.index}"
  project_id    = %q
  connection_id = infisical_gitlab_connection.bench[0].id
  wait_for_sync = false

  source = {
    environment = "prod"
  }

  target = {
    project           = "acme/app"
    environment_scope = "bench-${count.index}"
  }
}
`, n, project)
	}
}

func officialSyncs(project string) func(n int) string {
	return func(n int) string {
		return officialResources(1) + fmt.Sprintf(`
resource "infisical_secret_sync_gitlab" "bench" {
  count         = %d
  name          = "bench-${count.index}"
  project_id    = %q
  connection_id = infisical_app_connection_gitlab.bench[0].id
  environment   = "prod"
  secret_path   = "/"

  sync_options = {
    initial_sync_behavior   = "overwrite-destination"
    disable_secret_deletion = true
  }

  destination_config = {
    scope                  = "project"
    project_id             = var.gitlab_project
    target_environment     = "bench-${count.index}"
    should_protect_secrets = false
    should_mask_secrets    = false
    should_hide_secrets    = false
  }
}

variable "gitlab_project" {
  type = string
}
`, n, project)
	}
}

func floorResources(n int) string {
	return fmt.Sprintf("resource \"floor_thing\" \"bench\" {\n  count = %d\n  name  = \"bench-${count.index}\"\n}\n", n)
}

// configuration is a whole one.
func (c *contender) configuration(resources string, servers *sandbox.Sandbox) string {
	localName := filepath.Base(c.source)
	return fmt.Sprintf("terraform {\n  required_providers {\n    %s = {\n      source = %q\n    }\n  }\n}\n\nvariable \"instance_url\" {\n  type = string\n}\n\n%s\n%s",
		localName, registry+c.source, c.provider(servers), resources)
}

// registry is named so that Terraform and OpenTofu agree.
const registry = "registry.terraform.io/"
