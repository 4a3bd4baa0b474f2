package infisical

import (
	"net/http"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// IsScanningUnlicensed reports that the organization's plan lacks Secret Scanning. The server then refuses reads, too.
func IsScanningUnlicensed(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && strings.HasSuffix(string(e.Message), " due to plan restriction. Upgrade plan to enable Secret Scanning.")
}

// IsDataSourceNameConflict reports that another data source, of whatever type, has this name in this project.
func IsDataSourceNameConflict(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && strings.HasPrefix(string(e.Message), "A Secret Scanning Data Source with the name ")
}

// IsScanningProjectMissing reports that a project is not one for Secret Scanning, or, when none was named, that the
// organization has none.
func IsScanningProjectMissing(err error) bool {
	e, ok := asError(err)
	if !ok {
		return false
	}
	return e.Status == http.StatusBadRequest && strings.HasPrefix(string(e.Message), "This organization has no Secret Scanning project yet") ||
		e.Status == http.StatusNotFound && strings.HasPrefix(string(e.Message), "Secret Scanning project with ID ")
}

// IsNothingToScan reports that the config of a data source selects no project.
func IsNothingToScan(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && strings.HasPrefix(string(e.Message), "Data source has no resources to scan")
}

// WebhookRefusal returns the status with which GitLab, asked by Infisical, did not make a webhook, and what it said. It
// is false for every other failure.
func WebhookRefusal(err error) (status int, said transport.Words, ok bool) {
	e, isError := asError(err)
	if !isError || e.Status != http.StatusBadRequest {
		return 0, "", false
	}
	text, rest, found := strings.Cut(string(e.Message), ": ")
	if !found {
		return 0, "", false
	}
	for status := http.StatusBadRequest; status <= http.StatusNetworkAuthenticationRequired; status++ {
		if name := http.StatusText(status); name != "" && name == text {
			return status, e.Message[len(e.Message)-len(rest):], true
		}
	}
	return 0, "", false
}
