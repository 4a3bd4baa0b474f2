package infisical

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// A scan is one of one project. What becomes of it follows from the server's clock.
type scan struct {
	id, dataSourceID, resourceID string
	at                           time.Time
	failure                      string // "" is none
}

// How long a scan waits for its turn, and when it ends.
const (
	scanBegins = 5 * time.Second
	scanEnds   = 20 * time.Second
)

// FailScans lets the first of the scans that are queued together from now on fail with a message; "" lets it succeed.
func (i *Server) FailScans(message string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.scanFailure = message
}

// queueScans queues a scan of each project. The sandbox does not ask GitLab for those of a group: "*" stands for two.
func (i *Server) queueScans(d *DataSource) {
	d.Scans++
	projects := 1
	if d.Config.Scope == "group" {
		projects = max(len(d.Config.IncludeProjects), 2)
	}
	failure := i.scanFailure
	for range projects {
		i.scans = append(i.scans, scan{id: uuid.NewString(), dataSourceID: d.ID, resourceID: uuid.NewString(), at: i.now(), failure: failure})
		failure = ""
	}
}

// listScans answers …/scans, for which the mux has no pattern beside that of data-source-name.
func (i *Server) listScans(c *call) server.Reply {
	if c.PathValue("children") != "scans" {
		return noRoute(c)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	d, failure := i.oneDataSource(c, "access", "read")
	if failure != nil {
		return *failure
	}
	shown := []any{}
	for _, s := range i.scans {
		if s.dataSourceID == d.ID {
			shown = append(shown, i.showScan(s))
		}
	}
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"scans": shown}}
}

// showScan has the type that newer servers call historical and older ones full-scan.
func (i *Server) showScan(s scan) map[string]any {
	status, message := "queued", ""
	switch passed := i.now().Sub(s.at); {
	case passed >= scanEnds && s.failure != "":
		status, message = "failed", s.failure
	case passed >= scanEnds:
		status = "completed"
	case passed >= scanBegins:
		status = "scanning"
	}
	kind := "historical"
	if i.older {
		kind = "full-scan"
	}
	return map[string]any{
		"id": s.id, "status": status, "statusMessage": orNull(message), "type": kind, "resourceId": s.resourceID, "createdAt": server.JSONTime(s.at),
	}
}
