package infisical_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox"
	sandboxinfisical "github.com/infisical-community/terraform-provider-infisical/internal/sandbox/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const (
	dataSourcesPath = "/api/v2/secret-scanning/data-sources/gitlab"
	syncsPath       = "/api/v1/secret-syncs/gitlab"
)

// scanning is a data source of acme/app; change may make another of it.
func (s *syncing) scanning(change func(*infisical.DataSource)) infisical.DataSource {
	app := s.sb.GitLab.Project("acme/app")
	settings := infisical.DataSource{
		Record: infisical.Record{Name: "app", ProjectID: s.sb.Infisical.ScanningProject}, ConnectionID: s.connection.ID, AutoScan: true,
		Target: infisical.ScanTarget{Kind: infisical.TargetProject, ID: int64(app.ID), Name: app.FullPath},
	}
	if change != nil {
		change(&settings)
	}
	return settings
}

// asWanted is a data source without what is the server's to tell.
func asWanted(d infisical.DataSource) infisical.DataSource {
	return infisical.DataSource{
		Record:       infisical.Record{Name: d.Name, Description: d.Description, ProjectID: d.ProjectID},
		ConnectionID: d.ConnectionID, Target: d.Target, AutoScan: d.AutoScan,
	}
}

func (s *syncing) createDataSource(change func(*infisical.DataSource)) infisical.DataSource {
	s.t.Helper()
	return succeed[infisical.DataSource](s.t)(s.client.DataSources.Create(s.t.Context(), s.scanning(change)))
}

// hooks are the names of the webhooks of acme/app.
func (s *syncing) hooks() []string {
	var names []string
	for _, hook := range s.sb.GitLab.Hooks(s.sb.GitLab.Project("acme/app")) {
		names = append(names, hook.Name)
	}
	return names
}

func ofGroup(s *syncing, projects ...string) func(*infisical.DataSource) {
	return func(settings *infisical.DataSource) {
		settings.Name = "group"
		settings.Target = infisical.ScanTarget{Kind: infisical.TargetGroup, ID: int64(s.sb.GitLab.Group("acme").ID), IncludeProjects: projects}
	}
}

func TestDataSource_lifecycle(t *testing.T) {
	t.Parallel()
	s := startSyncing(t, sandbox.WithNewestInfisical())
	project := s.sb.Infisical.ScanningProject
	described := func(settings *infisical.DataSource) { settings.Description = new("Repositories") }

	// 1. Made with its webhook, which carries the id, and scanned.
	created := s.createDataSource(described)
	same(t, "settings", asWanted(created), s.scanning(described))
	same(t, "project", created.ProjectID, project)
	same(t, "webhooks", s.hooks(), []string{"Infisical Secret Scanning - " + created.ID})
	same(t, "scans", s.sb.Infisical.DataSources()[0].Scans, 1)
	// 2. By name alone: newer servers know the project.
	same(t, "by name alone", succeed[infisical.DataSource](t)(s.client.DataSources.GetByName(t.Context(), "app", "")), created)
	// 3. Changed, without GitLab.
	s.sb.Log.Reset()
	renamed := func(settings *infisical.DataSource) { settings.Name, settings.AutoScan = "renamed", false }
	changed := succeed[infisical.DataSource](t)(s.client.DataSources.Update(t.Context(), created, s.scanning(renamed)))
	same(t, "settings", asWanted(changed), s.scanning(renamed))
	same(t, "requests", len(s.sb.Log.Requests()), 1)
	// 4. Scanned on demand, with a POST without a body.
	succeed[infisical.DataSource](t)(s.client.DataSources.Scan(t.Context(), created.ID))
	same(t, "scans", s.sb.Infisical.DataSources()[0].Scans, 2)
	// 5. Deleted with its webhook.
	if err := s.client.DataSources.Delete(t.Context(), created.ID); err != nil {
		t.Fatal(err)
	}
	same(t, "webhooks", s.hooks(), nil)
}

func TestDataSource_group(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	created := s.createDataSource(ofGroup(s, "acme/app"))
	same(t, "target", created.Target, infisical.ScanTarget{Kind: infisical.TargetGroup, ID: 87, IncludeProjects: []string{"acme/app"}})
	changed := succeed[infisical.DataSource](t)(s.client.DataSources.Update(t.Context(), created, s.scanning(ofGroup(s, "*"))))
	same(t, "projects", changed.Target.IncludeProjects, []string{"*"})
	same(t, "webhooks of the group", len(s.sb.GitLab.Hooks(s.sb.GitLab.Group("acme"))), 1)
}

// What GitLab says, what the license forbids, and what becomes of the webhook.
func TestDataSource_refusals(t *testing.T) {
	t.Parallel()
	create := func(change func(*infisical.DataSource)) func(*syncing) error {
		return func(s *syncing) error {
			_, err := s.client.DataSources.Create(s.t.Context(), s.scanning(change))
			return err
		}
	}
	refused := func(status int, words transport.Words) func(error) bool {
		return func(err error) bool {
			found, said, ok := infisical.WebhookRefusal(err)
			return ok && found == status && said == words
		}
	}
	for name, tc := range map[string]struct {
		options []sandbox.Option
		before  func(*syncing)
		try     func(*syncing) error
		is      func(error) bool
	}{
		"no license to create": {nil, func(s *syncing) { s.sb.Infisical.LicenseScanning(false) }, create(nil), infisical.ScanningUnlicensed.Is},
		"no license to list": {nil, func(s *syncing) { s.sb.Infisical.LicenseScanning(false) }, func(s *syncing) error {
			_, err := s.client.DataSources.List(s.t.Context(), s.sb.Infisical.ScanningProject)
			return err
		}, infisical.ScanningUnlicensed.Is},
		"project of another type": {nil, nil, func(s *syncing) error {
			_, err := s.client.DataSources.Create(s.t.Context(), s.scanning(func(wanted *infisical.DataSource) { wanted.ProjectID = s.projectID() }))
			return err
		}, infisical.ScanningProjectMissing.Is},
		"no project, an older server": {[]sandbox.Option{sandbox.WithOlderInfisical()}, nil, func(s *syncing) error {
			_, err := s.client.DataSources.Create(s.t.Context(), s.scanning(func(wanted *infisical.DataSource) { wanted.ProjectID = "" }))
			return err
		}, func(err error) bool { return strings.Contains(err.Error(), "projectId: Required") }},
		"dead token": {nil, func(s *syncing) { s.sb.Infisical.SetAccessToken(s.connection.ID, "glpat-of-nobody") }, create(nil),
			func(err error) bool {
				return infisical.IsAmbiguous(err) && strings.Contains(err.Error(), "Something went wrong")
			}},
		"no rights in the project": {nil, func(s *syncing) {
			s.sb.Infisical.SetAccessToken(s.connection.ID, s.sb.GitLab.Token("group-developer-api").Value)
		}, create(nil), refused(http.StatusForbidden, "403 Forbidden")},
		"no webhooks of groups": {[]sandbox.Option{sandbox.WithCommunityGitLab()}, nil, func(s *syncing) error { return create(ofGroup(s, "*"))(s) },
			refused(http.StatusNotFound, "404 Not Found")},
		"another kind of target": {nil, func(s *syncing) { s.createDataSource(nil) }, func(s *syncing) error {
			before := infisical.DataSource{Record: infisical.Record{ID: s.sb.Infisical.DataSources()[0].ID}}
			_, err := s.client.DataSources.Update(s.t.Context(), before, s.scanning(ofGroup(s, "*")))
			return err
		}, func(err error) bool {
			return strings.Contains(err.Error(), "Cannot change Data Source scope after creation.")
		}},
		"not the path of a project": {nil, nil, func(s *syncing) error { return create(ofGroup(s, "app"))(s) },
			func(err error) bool {
				return strings.Contains(err.Error(), "config.includeProjects.0: Invalid project name format")
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSyncing(t, append([]sandbox.Option{sandbox.WithNewestInfisical()}, tc.options...)...)
			if tc.before != nil {
				tc.before(s)
			}
			hooks := len(s.hooks())
			if err := tc.try(s); err == nil || !tc.is(err) {
				t.Errorf("%v", err)
			}
			same(t, "webhooks", len(s.hooks()), hooks)
		})
	}
}

// Another target leaves the webhook behind: the reason for which the resource replaces the data source.
func TestDataSource_anotherTargetLeavesTheWebhook(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	created := s.createDataSource(nil)
	other := s.sb.GitLab.Project("acme/platform/apps/api")
	succeed[infisical.DataSource](t)(s.client.DataSources.Update(t.Context(), created, s.scanning(func(settings *infisical.DataSource) {
		settings.Target.ID = int64(other.ID)
	})))
	same(t, "webhooks there", len(s.sb.GitLab.Hooks(other)), 0)
	if err := s.client.DataSources.Delete(t.Context(), created.ID); err != nil {
		t.Fatal(err)
	}
	same(t, "webhooks left", len(s.hooks()), 1)
}

// What the config of a data source has beyond what is known here goes back with the next change.
func TestDataSource_keepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := startSyncing(t)
	s.sb.Infisical.Learn("config", "excludePaths")
	created := s.createDataSource(nil)
	s.sb.Infisical.ChangeDataSource(created.ID, func(d *sandboxinfisical.DataSource) { d.Config.More = map[string]any{"excludePaths": []any{"docs"}} })
	before := succeed[infisical.DataSource](t)(s.client.DataSources.Get(t.Context(), created.ID))
	succeed[infisical.DataSource](t)(s.client.DataSources.Update(t.Context(), before, s.scanning(nil)))
	same(t, "config", s.sb.Infisical.DataSources()[0].Config.More, map[string]any{"excludePaths": []any{"docs"}})
}
