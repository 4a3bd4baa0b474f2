package infisical

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const dataSourcesPath = "/api/v2/secret-scanning/data-sources/gitlab"

// DataSource is a Secret Scanning data source for GitLab as the server describes it. The server's answers hold its
// webhook's token, encrypted, which is never decoded.
type DataSource struct {
	ID        string
	ProjectID string
	DataSourceSettings

	// Disconnected: the server has lost its access to GitLab.
	Disconnected bool

	CreatedAt time.Time
	// UpdatedAt moves with every write. It is the server's time; zero when the server did not say.
	UpdatedAt time.Time

	// kept is what its config has beyond DataSourceSettings.
	kept beyond
}

// Record implements Object.
func (d DataSource) Record() Record {
	return Record{ID: d.ID, Name: d.Name, ProjectID: d.ProjectID, UpdatedAt: d.UpdatedAt}
}

// DataSourceSettings are what a data source is made with. The connection and the target's Kind and ID stay: the server
// drops another connection, refuses another Kind, and with another ID leaves its webhook behind.
type DataSourceSettings struct {
	Name string
	// Description is nil for none.
	Description  *string
	ConnectionID string
	Target       ScanTarget
	AutoScan     bool
}

// ScanTarget is the project or group that is scanned.
type ScanTarget struct {
	// Kind is TargetProject or TargetGroup.
	Kind string
	ID   int64
	// Name is shown in Infisical and is otherwise without effect; empty for none.
	Name string
	// IncludeProjects are the paths of a group's projects, or "*" for all.
	IncludeProjects []string
}

// dataSourceObjects are the data sources as a client asks for them.
func (c *Client) dataSourceObjects() *objects[wireDataSource, DataSource] {
	return objects[wireDataSource, DataSource]{
		path: dataSourcesPath, byName: "/data-source-name", kind: "data source", one: "dataSource", many: "dataSources", read: c.dataSource,
		none: errNoDataSource,
	}.ready(c)
}

// GetDataSource returns the data source with this id, by GET …/gitlab/:dataSourceId.
func (c *Client) GetDataSource(ctx context.Context, id string) (DataSource, error) {
	return c.dataSources.get(ctx, id)
}

// GetDataSourceByName returns the data source of this name in a project, by GET …/gitlab/data-source-name/:sourceName.
// Without a project, newer servers look in the organization's only one for Secret Scanning.
func (c *Client) GetDataSourceByName(ctx context.Context, name, projectID string) (DataSource, error) {
	return c.dataSources.getByName(ctx, name, projectID)
}

// ListDataSources returns the data sources of a project, by GET …/gitlab. For no project see GetDataSourceByName.
func (c *Client) ListDataSources(ctx context.Context, projectID string) ([]DataSource, error) {
	return c.dataSources.all(ctx, projectID)
}

// RefreshDataSource is GetDataSource for a caller that is one of many, as Refresh is for connections.
func (c *Client) RefreshDataSource(ctx context.Context, known Known) (DataSource, error) {
	return c.dataSources.refresh(ctx, known)
}

// FindDataSource is Find for a data source.
func (c *Client) FindDataSource(ctx context.Context, known Known) (DataSource, error) {
	return c.dataSources.find(ctx, known)
}

// CreateDataSource makes a data source, by POST …/gitlab, and its webhook at GitLab, for which the server asks GitLab
// before it answers. Without a project newer servers take the organization's only one for Secret Scanning. When the
// outcome stays unknown the error is ambiguous; FindCreatedDataSource can settle it.
func (c *Client) CreateDataSource(ctx context.Context, projectID string, settings DataSourceSettings) (DataSource, error) {
	body := settings.wire(DataSource{})
	body["connectionId"] = settings.ConnectionID
	if projectID != "" {
		body["projectId"] = projectID
	}
	return c.dataSources.send(ctx, call{
		operation: fmt.Sprintf("create the GitLab data source %q", settings.Name),
		method:    http.MethodPost, path: dataSourcesPath, body: body, asksGitLab: true, refersTo: []string{settings.ConnectionID},
	})
}

// UpdateDataSource changes a data source, by PATCH …/gitlab/:dataSourceId. GitLab is not asked. The data source is
// given as the server has just described it: what it has beyond DataSourceSettings stays.
func (c *Client) UpdateDataSource(ctx context.Context, before DataSource, settings DataSourceSettings) (DataSource, error) {
	return c.dataSources.send(ctx, call{
		operation: fmt.Sprintf("update the GitLab data source %q", settings.Name),
		method:    http.MethodPatch, path: dataSourcesPath, parameter: before.ID, body: settings.wire(before), refersTo: []string{settings.ConnectionID},
	})
}

// DeleteDataSource deletes a data source with its findings, by DELETE …/gitlab/:dataSourceId. The server removes the
// webhook first, and does not tell when GitLab refuses that. The error is IsNotFound when there is no data source.
func (c *Client) DeleteDataSource(ctx context.Context, id string) error {
	_, err := c.dataSources.send(ctx, call{
		operation: "delete the GitLab data source " + id, method: http.MethodDelete, path: dataSourcesPath, parameter: id, asksGitLab: true,
	})
	return err
}

// ScanDataSource queues a full scan, by POST …/gitlab/:dataSourceId/scan.
func (c *Client) ScanDataSource(ctx context.Context, id string) (DataSource, error) {
	return c.dataSources.send(ctx, call{
		operation: "scan the GitLab data source " + id, method: http.MethodPost, path: dataSourcesPath, parameter: id, action: "/scan", asksGitLab: true,
	})
}

// FindCreatedDataSource settles a CreateDataSource whose outcome is unknown. It looks the data source up by name, for
// about half a minute, and returns it when it is what our request made: created after the request began (a local time),
// and as was asked. Otherwise the error says what was found; finding nothing is no proof that nothing was made.
func (c *Client) FindCreatedDataSource(ctx context.Context, projectID string, wanted DataSourceSettings, began time.Time) (DataSource, error) {
	found, began, err := c.dataSources.findCreated(ctx, wanted.Name, projectID, began)
	if err != nil {
		return DataSource{}, err
	}
	if reason := found.notMadeFor(wanted, began); reason != "" {
		return DataSource{}, fmt.Errorf("a data source %q exists (%s), but it is not the one that was asked for: %s", found.Name, found.ID, reason)
	}
	c.dataSources.wrote(found, found.UpdatedAt)
	return found, nil
}

// notMadeFor says why a data source is not what a request, begun at a time of the server's clock, made; empty when it
// is.
func (d DataSource) notMadeFor(wanted DataSourceSettings, began time.Time) string {
	switch {
	case d.CreatedAt.Before(began.Truncate(time.Second)): // The Date header is cut to whole seconds.
		return "it existed before the request"
	case d.ConnectionID != wanted.ConnectionID:
		return "its connection is " + d.ConnectionID
	case d.Target.Kind != wanted.Target.Kind || d.Target.ID != wanted.Target.ID:
		return fmt.Sprintf("it scans the %s %d", d.Target.Kind, d.Target.ID)
	case !slices.Equal(d.Target.IncludeProjects, wanted.Target.IncludeProjects) || d.AutoScan != wanted.AutoScan:
		return "its options differ"
	case !sameDescription(d.Description, wanted.Description):
		return "its description differs"
	}
	return ""
}

// wire is the body of a request. The config replaces what is stored as a whole, so it is always complete, with what
// before has beyond what is known here. Ids are numbers here, other than in syncs.
func (s DataSourceSettings) wire(before DataSource) map[string]any {
	config := map[string]any{"scope": s.Target.Kind, s.Target.Kind + "Id": s.Target.ID}
	if s.Target.Name != "" {
		config[s.Target.Kind+"Name"] = s.Target.Name
	}
	if s.Target.Kind == TargetGroup {
		config["includeProjects"] = s.Target.IncludeProjects
	}
	before.kept.addTo(config)
	return map[string]any{"name": s.Name, "description": s.Description, "isAutoScanEnabled": s.AutoScan, "config": config}
}

// wireDataSource is the dataSource of a response. It has no field for encryptedCredentials, which then stay undecoded.
type wireDataSource struct {
	ID           transport.Data  `json:"id"`
	Name         transport.Data  `json:"name"`
	Description  *transport.Data `json:"description"`
	ProjectID    transport.Data  `json:"projectId"`
	ConnectionID transport.Data  `json:"connectionId"`
	AutoScan     bool            `json:"isAutoScanEnabled"`
	Disconnected bool            `json:"isDisconnected"`
	CreatedAt    time.Time       `json:"createdAt"`
	UpdatedAt    time.Time       `json:"updatedAt"`
	Config       wireScanConfig  `json:"config"`
}

// wireScanConfig is the config of a response.
type wireScanConfig struct {
	Scope           transport.Data       `json:"scope"`
	ProjectID       int64                `json:"projectId"`
	ProjectName     transport.Data       `json:"projectName"`
	GroupID         int64                `json:"groupId"`
	GroupName       transport.Data       `json:"groupName"`
	IncludeProjects list[transport.Data] `json:"includeProjects"`

	beyond beyond
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *wireScanConfig) UnmarshalJSON(raw []byte) (err error) {
	type plain wireScanConfig
	if err := json.Unmarshal(raw, (*plain)(w)); err != nil {
		return err
	}
	w.beyond, err = beyondOf(raw, *w)
	return err
}

// errNoDataSource is an answer that makes no sense.
var errNoDataSource = errors.New("the answer does not describe a Secret Scanning data source for GitLab")

// dataSource checks what identifies a data source.
func (c *Client) dataSource(wire wireDataSource) (DataSource, error) {
	target := scanTarget(wire)
	if wire.ID == "" || wire.Name == "" || wire.ProjectID == "" || target.ID <= 0 {
		return DataSource{}, errNoDataSource
	}
	if !areIdentifiers(wire.ID, wire.ProjectID, wire.ConnectionID) {
		return DataSource{}, errNoDataSource
	}
	return DataSource{
		ID: string(wire.ID), ProjectID: string(wire.ProjectID),
		DataSourceSettings: DataSourceSettings{
			Name: string(wire.Name), Description: (*string)(wire.Description), ConnectionID: string(wire.ConnectionID), Target: target,
			AutoScan: wire.AutoScan,
		},
		Disconnected: wire.Disconnected, CreatedAt: wire.CreatedAt, UpdatedAt: wire.UpdatedAt,
		kept: wire.Config.beyond,
	}, nil
}

// scanTarget has no ID when the answer names no target.
func scanTarget(wire wireDataSource) ScanTarget {
	config := wire.Config
	switch config.Scope {
	case TargetProject:
		return ScanTarget{Kind: TargetProject, ID: config.ProjectID, Name: string(config.ProjectName)}
	case TargetGroup:
		target := ScanTarget{Kind: TargetGroup, ID: config.GroupID, Name: string(config.GroupName)}
		for _, included := range config.IncludeProjects {
			target.IncludeProjects = append(target.IncludeProjects, string(included))
		}
		return target
	}
	return ScanTarget{}
}
