package infisical

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// The states of a scan: backend/src/ee/services/secret-scanning-v2/secret-scanning-v2-enums.ts of
// https://github.com/Infisical/infisical.
const (
	ScanQueued    = "queued"
	ScanScanning  = "scanning"
	ScanCompleted = "completed"
	ScanFailed    = "failed"
)

// Scan is one scan of one project, of its history or of a push.
type Scan struct {
	ID string
	// Status is one of the Scan constants.
	Status string
	// Failure is why it failed, in the server's words.
	Failure transport.Words
	// CreatedAt is the server's time; zero when it did not say.
	CreatedAt time.Time
}

// Ended reports that the scan has come to its end.
func (s Scan) Ended() bool { return s.Status == ScanCompleted || s.Status == ScanFailed }

// wireScan is one of the scans of a response.
type wireScan struct {
	ID            transport.Data `json:"id"`
	Status        transport.Data `json:"status"`
	CreatedAt     time.Time      `json:"createdAt"`
	StatusMessage foreign        `json:"statusMessage"`
}

// Scans returns all scans of a data source, by GET …/gitlab/:dataSourceId/scans, and the server's time, cut to whole
// seconds; zero when it did not say.
func (d *DataSources) Scans(ctx context.Context, dataSourceID string) ([]Scan, time.Time, error) {
	call := call{
		operation: "list the scans of the GitLab data source " + dataSourceID, method: http.MethodGet, path: d.path, parameter: dataSourceID,
		action: "/scans", large: true,
	}
	var rows json.RawMessage
	var date time.Time
	err := d.client.settled(ctx, call, func() (_ time.Time, err error) {
		date, err = d.client.do(ctx, call, &members{"scans": &rows})
		return date, err
	})
	if err != nil {
		return nil, date, err
	}
	scans, err := readingOf[wireScan](d.client, "a scan").each(rows)
	if err != nil {
		return nil, date, misread(call, err)
	}
	return scans, date, nil
}

func (w wireScan) object(c *Client) (Scan, bool) {
	scan := Scan{ID: string(w.ID), Status: string(w.Status), CreatedAt: w.CreatedAt}
	if scan.ID == "" || scan.Status == "" || !areIdentifiers(w.ID, w.Status) {
		return Scan{}, false
	}
	if scan.Status == ScanFailed {
		scan.Failure = c.words(foreign(plain(string(w.StatusMessage))))
	}
	return scan, true
}
