// Package object is what any object of Infisical's is to Terraform, whatever its kind: a connection, a sync, or a data
// source of Secret Scanning.
package object

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// A Kind is a kind of objects that Infisical has, each with an id, and with a name that is unique in its project.
type Kind[T infisical.Object] struct {
	// Type is the resource's name, such as infisical_gitlab_secret_sync. Noun completes "the GitLab …", as "secret
	// sync" does.
	Type, Noun string
	// MaxName is how long a name may be.
	MaxName int
	// NoProject is where an object is looked for by its name alone, such as "the organization itself"; empty where that
	// needs a project.
	NoProject string
	// InOrganization: some belong to no project, but to the organization itself.
	InOrganization bool
	// LeftBehind says what else to do when an object is given up, after "remove it from the state"; empty for nothing.
	LeftBehind string

	// Objects is how a client asks for them.
	Objects func(client *infisical.Client) *infisical.Objects[T]
	// Diagnose puts an error of Infisical into words; verb completes "could not … the GitLab connection".
	Diagnose func(verb string, err error) diag.Diagnostics
	// Missing tells whether an error means that there is no such object; nil for infisical.IsNotFound.
	Missing func(err error) bool
	// Hint says what to check of a name that was not found; nil for the usual.
	Hint func(wanted Wanted, importing bool) string
}

// Wanted is an object to look for: by its id, or by its name in a project, or where there is none.
type Wanted struct{ ID, Name, ProjectID string }
