package infisical

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A DataSource is a Secret Scanning data source for GitLab as the server stores it.
type DataSource struct {
	ID, Name     string
	Description  *string // nil is none
	ProjectID    string
	ConnectionID string
	Config       DataSourceConfig
	AutoScan     bool
	Disconnected bool
	// HookID is that of the webhook at GitLab.
	HookID int
	// Scans is how many were queued.
	Scans                int
	CreatedAt, UpdatedAt time.Time

	// encryptedCredentials hold the webhook's id and token. The server shows them to everybody who may read.
	encryptedCredentials string
}

// DataSourceConfig says what is scanned.
type DataSourceConfig struct {
	Scope string // "project" or "group"
	ID    int
	Name  string // as it was sent, "" is none
	// IncludeProjects are paths of the group's projects, or "*".
	IncludeProjects []string
	// More are further members; see Learn.
	More map[string]any
}

// DataSources returns a copy of all, sorted by name.
func (i *Server) DataSources() []DataSource {
	i.mu.Lock()
	defer i.mu.Unlock()
	all := make([]DataSource, 0, len(i.dataSources))
	for _, d := range i.dataSources {
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b DataSource) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// ChangeDataSource changes one as somebody does in the web page.
func (i *Server) ChangeDataSource(id string, change func(*DataSource)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	d := i.findDataSource(id)
	if d == nil {
		panic("sandbox: no data source has the id " + id)
	}
	change(d)
	d.UpdatedAt = i.now()
}

// RemoveDataSource deletes one out of band, and leaves its webhook.
func (i *Server) RemoveDataSource(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.removeDataSource(id)
}

// LicenseScanning says whether the organization's plan includes Secret Scanning, which it does at first.
func (i *Server) LicenseScanning(licensed bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.scanningUnlicensed = !licensed
}

func (i *Server) removeDataSource(id string) {
	i.dataSources = slices.DeleteFunc(i.dataSources, func(d *DataSource) bool { return strings.EqualFold(d.ID, id) })
}

func (i *Server) findDataSource(id string) *DataSource { return dataSourceWithID(i.dataSources, id) }

func dataSourceWithID(sources []*DataSource, id string) *DataSource {
	n := slices.IndexFunc(sources, func(d *DataSource) bool { return strings.EqualFold(d.ID, id) })
	if n < 0 {
		return nil
	}
	return sources[n]
}

func (i *Server) namedDataSource(name, projectID string) *DataSource {
	return dataSourceNamed(i.dataSources, name, projectID)
}

func dataSourceNamed(sources []*DataSource, name, projectID string) *DataSource {
	n := slices.IndexFunc(sources, func(d *DataSource) bool { return d.Name == name && d.ProjectID == projectID })
	if n < 0 {
		return nil
	}
	return sources[n]
}

// scanningProject is the one of an organization, "" when it has none.
func (i *Server) scanningProject(orgID string) string {
	for _, p := range i.projects {
		if p.OrgID == orgID && p.scanning {
			return p.ID
		}
	}
	return ""
}

// showDataSource is a data source as every route answers it. It has no externalId: the factory for GitLab never says
// one, see webhook.go.
func (i *Server) showDataSource(d *DataSource) map[string]any {
	config := map[string]any{"scope": d.Config.Scope, d.Config.Scope + "Id": d.Config.ID}
	if d.Config.Name != "" {
		config[d.Config.Scope+"Name"] = d.Config.Name
	}
	if d.Config.Scope == "group" {
		config["includeProjects"] = d.Config.IncludeProjects
	}
	maps.Copy(config, d.Config.More)
	shown := map[string]any{
		"id": d.ID, "name": d.Name, "description": d.Description, "projectId": d.ProjectID, "type": appGitLab, "connectionId": d.ConnectionID,
		"config": config, "externalId": nil, "encryptedCredentials": d.encryptedCredentials,
		"isAutoScanEnabled": d.AutoScan, "isDisconnected": d.Disconnected,
		"createdAt": server.JSONTime(d.CreatedAt), "updatedAt": server.JSONTime(d.UpdatedAt),
		"connection": map[string]any{"app": appGitLab, "name": "", "id": d.ConnectionID},
	}
	if c := i.find(d.ConnectionID); c != nil {
		shown["connection"] = map[string]any{"app": c.App, "name": c.Name, "id": c.ID}
	}
	return shown
}
