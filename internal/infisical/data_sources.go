package infisical

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// DataSource is a Secret Scanning data source for GitLab as the server describes it, or as it is to be. The connection
// and the target's Kind and ID stay as they were made: the server drops another connection, refuses another Kind, and
// with another ID leaves its webhook behind. The server's answers hold its webhook's token, encrypted, which is never
// decoded.
type DataSource struct {
	Record

	ConnectionID string
	Target       ScanTarget
	AutoScan     bool

	// Disconnected: the server has lost its access to GitLab. It is the server's to tell.
	Disconnected bool

	// kept is what its config has beyond what is known here.
	kept beyond
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

// DataSources are the Secret Scanning data sources for GitLab.
type DataSources struct{ *Objects[DataSource] }

func newDataSources(c *Client) *DataSources {
	return &DataSources{&Objects[DataSource]{
		client: c, path: "/api/v2/secret-scanning/data-sources/gitlab", byName: "/data-source-name", kind: "data source",
		one: "dataSource", many: "dataSources", read: readingOf[wireDataSource](c, "a Secret Scanning data source for GitLab"),
	}}
}

// Create makes a data source, by POST …/gitlab, and its webhook at GitLab, for which the server asks GitLab before it
// answers. Without a project newer servers take the organization's only one for Secret Scanning. When the outcome stays
// unknown the error is ambiguous; FindCreated finds out.
func (d *DataSources) Create(ctx context.Context, wanted DataSource) (DataSource, error) {
	body := wanted.wire(DataSource{})
	body["connectionId"] = wanted.ConnectionID
	if wanted.ProjectID != "" {
		body["projectId"] = wanted.ProjectID
	}
	call := d.createCall(wanted.Name, body)
	call.asksGitLab, call.refersTo = true, []string{wanted.ConnectionID}
	return d.send(ctx, call)
}

// Update changes a data source, by PATCH …/gitlab/:dataSourceId. GitLab is not asked. The data source is given as the
// server has just described it: what it has beyond what is known here stays.
func (d *DataSources) Update(ctx context.Context, before, wanted DataSource) (DataSource, error) {
	call := d.updateCall(before.ID, wanted.Name, wanted.wire(before))
	call.refersTo = []string{wanted.ConnectionID}
	return d.send(ctx, call)
}

// Delete deletes a data source with its findings, by DELETE …/gitlab/:dataSourceId. The server removes the webhook
// first, and does not tell when GitLab refuses that. The error is IsNotFound when there is no data source.
func (d *DataSources) Delete(ctx context.Context, id string) error {
	call := d.deleteCall(id)
	call.asksGitLab = true
	_, err := d.send(ctx, call)
	return err
}

// Scan queues a full scan, by POST …/gitlab/:dataSourceId/scan.
func (d *DataSources) Scan(ctx context.Context, id string) (DataSource, error) {
	call := d.actCall("scan", id, "/scan")
	call.asksGitLab = true
	return d.send(ctx, call)
}

// differsFrom says in what a data source differs from what is wanted; empty for nothing.
func (d DataSource) differsFrom(wanted DataSource) string {
	switch {
	case d.ConnectionID != wanted.ConnectionID:
		return "its connection is " + d.ConnectionID
	case d.Target.Kind != wanted.Target.Kind || d.Target.ID != wanted.Target.ID:
		return fmt.Sprintf("it scans the %s %d", d.Target.Kind, d.Target.ID)
	case !slices.Equal(d.Target.IncludeProjects, wanted.Target.IncludeProjects) || d.AutoScan != wanted.AutoScan:
		return "its options differ"
	case !d.describedAs(wanted.Description):
		return "its description differs"
	}
	return ""
}

// wire is the body of a request. The config replaces what is stored as a whole, so it is always complete, with what
// before has beyond what is known here. Ids are numbers here, other than in syncs.
func (d DataSource) wire(before DataSource) map[string]any {
	config := map[string]any{"scope": d.Target.Kind, d.Target.Kind + "Id": d.Target.ID}
	if d.Target.Name != "" {
		config[d.Target.Kind+"Name"] = d.Target.Name
	}
	if d.Target.Kind == TargetGroup {
		config["includeProjects"] = d.Target.IncludeProjects
	}
	before.kept.addTo(config)
	return map[string]any{"name": d.Name, "description": d.Description, "isAutoScanEnabled": d.AutoScan, "config": config}
}

// wireDataSource is the dataSource of a response. It has no field for encryptedCredentials, which then stay undecoded.
type wireDataSource struct {
	wireRecord

	ConnectionID transport.Data `json:"connectionId"`
	AutoScan     bool           `json:"isAutoScanEnabled"`
	Disconnected bool           `json:"isDisconnected"`
	Config       wireScanConfig `json:"config"`
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

func (w wireDataSource) object(*Client) (DataSource, bool) {
	record, ok := w.record()
	target := w.Config.target()
	if !ok || record.ProjectID == "" || target.ID <= 0 || !areIdentifiers(w.ConnectionID) {
		return DataSource{}, false
	}
	return DataSource{
		Record: record, ConnectionID: string(w.ConnectionID), Target: target, AutoScan: w.AutoScan, Disconnected: w.Disconnected, kept: w.Config.beyond,
	}, true
}

// target has no ID when the answer names none.
func (w wireScanConfig) target() ScanTarget {
	switch w.Scope {
	case TargetProject:
		return ScanTarget{Kind: TargetProject, ID: w.ProjectID, Name: string(w.ProjectName)}
	case TargetGroup:
		target := ScanTarget{Kind: TargetGroup, ID: w.GroupID, Name: string(w.GroupName)}
		for _, included := range w.IncludeProjects {
			target.IncludeProjects = append(target.IncludeProjects, string(included))
		}
		return target
	}
	return ScanTarget{}
}
