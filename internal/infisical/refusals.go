package infisical

import (
	"net/http"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// Refusal is something that the server refuses in words of its own, in each of its wordings.
type Refusal []wording

// wording is a status, and how the message begins and ends.
type wording struct {
	status       int
	begins, ends string
}

// What the server refuses, by the source of the words, below backend/src of https://github.com/Infisical/infisical.
var (
	// NameTaken: another object of its kind, of whatever app or destination, has this name in this scope.
	NameTaken = Refusal{
		// services/app-connection/app-connection-service.ts
		{http.StatusBadRequest, "An App Connection with the name ", " already exists"},
		// services/secret-sync/secret-sync-service.ts
		{http.StatusBadRequest, "A Secret Sync with the name ", ""},
		// ee/services/secret-scanning-v2/secret-scanning-v2-service.ts
		{http.StatusBadRequest, "A Secret Scanning Data Source with the name ", ""},
	}

	// InUse: a connection cannot be deleted because syncs, data sources or other things still refer to it:
	// services/app-connection/app-connection-service.ts.
	InUse = Refusal{{http.StatusBadRequest, "Cannot delete App Connection with existing connections", ""}}
	// CredentialsRefused: GitLab, asked by Infisical, did not accept a credential:
	// services/app-connection/gitlab/gitlab-connection-fns.ts.
	CredentialsRefused = Refusal{{http.StatusBadRequest, "Failed to validate credentials: ", ""}}
	// CodeRefused: GitLab, asked by Infisical, did not accept an OAuth authorization code: the same file.
	CodeRefused = Refusal{
		{http.StatusBadRequest, "Failed to exchange OAuth code: ", ""},
		{http.StatusBadRequest, "Unable to exchange OAuth code", ""},
	}
	// OAuthNotConfigured: the server has no GitLab OAuth application in its environment, which it says before it does
	// anything: the same file.
	OAuthNotConfigured = Refusal{{http.StatusInternalServerError, "GitLab environment variables have not been configured", ""}}

	// SyncBusy: the server is at work on the sync and does not begin anything else:
	// services/secret-sync/secret-sync-service.ts, as the next three.
	SyncBusy = Refusal{{http.StatusBadRequest, "A job for this sync is already in progress", ""}}
	// DuplicateDestination: the organization allows no two syncs to the same destination, and has one.
	DuplicateDestination = Refusal{{http.StatusBadRequest, "A secret sync with this destination already exists", ""}}
	// SourceMissing: there is no folder or environment for the sync to read.
	SourceMissing = Refusal{
		{http.StatusBadRequest, "Could not find folder with path ", ""},
		{http.StatusBadRequest, "Invalid source configuration: folder no longer exists", ""},
	}
	// SourceUnreadable: the identity may not read, or describe, the secrets that the sync is to read
	// ($assertCanReadSyncedFolders). Its rights on syncs are not at fault.
	SourceUnreadable = Refusal{
		{http.StatusForbidden, "You do not have permission to read secrets at path ", ""},
		{http.StatusForbidden, "You are not allowed to describeSecret on secrets", ""},
	}

	// ScanningUnlicensed: the organization's plan lacks Secret Scanning. The server then refuses reads, too:
	// ee/services/secret-scanning-v2/secret-scanning-v2-service.ts, as the next two.
	ScanningUnlicensed = Refusal{{http.StatusBadRequest, "", " due to plan restriction. Upgrade plan to enable Secret Scanning."}}
	// ScanningProjectMissing: a project is not one for Secret Scanning, or, when none was named, the organization has
	// none.
	ScanningProjectMissing = Refusal{
		{http.StatusBadRequest, "This organization has no Secret Scanning project yet", ""},
		{http.StatusNotFound, "Secret Scanning project with ID ", ""},
	}
	// NothingToScan: the config of a data source selects no project.
	NothingToScan = Refusal{{http.StatusBadRequest, "Data source has no resources to scan", ""}}

	// NoRoute: the server does not know the request, as an older one does not:
	// https://github.com/fastify/fastify/blob/main/lib/fourOhFour.js.
	NoRoute = Refusal{{http.StatusNotFound, "Route ", ""}}
)

// Is reports that an error is this refusal.
func (r Refusal) Is(err error) bool {
	_, is := r.Reason(err)
	return is
}

// Reason is what the message goes on with, or all of it where it says no more; false for other errors.
func (r Refusal) Reason(err error) (transport.Words, bool) {
	e, ok := asError(err)
	if !ok {
		return "", false
	}
	for _, wording := range r {
		rest, begins := strings.CutPrefix(string(e.Message), wording.begins)
		switch {
		case e.Status != wording.status || !begins || !strings.HasSuffix(rest, wording.ends):
		case rest == "":
			return e.Message, true
		default:
			return e.Message[len(wording.begins):], true
		}
	}
	return "", false
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
