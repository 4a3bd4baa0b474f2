// Package object is what any object of Infisical's is to Terraform, whatever its kind: a connection, a sync, or a data
// source of Secret Scanning.
package object

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// A Kind is a kind of objects that Infisical has, each with an id, and with a name that is unique in its project.
type Kind[T infisical.Object] struct {
	// Noun completes "the GitLab …", as "secret sync" does.
	Noun string
	// LeftBehind says what else to do when an object is given up, after "remove it from the state"; empty for nothing.
	LeftBehind string

	// Refresh asks for one of many.
	Refresh func(*infisical.Client, context.Context, infisical.Known) (T, error)
	// Find asks for one whose absence would be acted on.
	Find func(*infisical.Client, context.Context, infisical.Known) (T, error)
	// Diagnose puts an error of Infisical into words; verb completes "could not … the GitLab connection".
	Diagnose func(verb string, err error) diag.Diagnostics
	// DiagnoseImport does for an object that is imported by this id.
	DiagnoseImport func(id string, err error) diag.Diagnostics
}
