package object

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// Outcome is that of a refresh.
type Outcome uint8

const (
	// Failed is one that came to nothing: it was said why, and the state stays.
	Failed Outcome = iota
	// Found is an object that is there.
	Found
	// Deleted is one that was deleted here.
	Deleted
)

// Read refreshes an object, and keeps in private state where it was found. An import has recorded nothing but the id.
func (k Kind[T]) Read(ctx context.Context, client *infisical.Client, recorded Recorded, private attribute.PrivateWriter,
	diags *diag.Diagnostics) (T, Outcome) {
	found, err := k.Objects(client).Refresh(ctx, recorded.Known())
	switch {
	case err != nil && recorded.Name == "":
		diags.Append(k.diagnoseImport(Wanted{ID: recorded.ID}, err)...)
		return found, Failed
	case MayBeElsewhere(err):
		if elsewhere := k.Elsewhere(ctx, client, recorded, err); elsewhere != nil {
			diags.Append(elsewhere...)
			return found, Failed
		}
		return found, Deleted
	case err != nil:
		diags.Append(k.Diagnose("read", err)...)
		return found, Failed
	}
	origin, said := k.Follow(ctx, client, recorded, found)
	diags.Append(said...)
	if origin != recorded.Origin {
		diags.Append(attribute.Remember(ctx, private, originKey, origin)...)
	}
	return found, Found
}

// IsGone looks, before a deletion, whether there is something to delete, if that may be at another Infisical than this:
// there a deletion finds nothing, which is no proof. It is true as well after an error.
func (k Kind[T]) IsGone(ctx context.Context, client *infisical.Client, recorded Recorded, diags *diag.Diagnostics) bool {
	if recorded.Origin.isHere(ctx, client) {
		return false
	}
	_, err := k.Objects(client).Find(ctx, recorded.Known())
	switch {
	case MayBeElsewhere(err):
		diags.Append(k.Elsewhere(ctx, client, recorded, err)...)
	case err != nil:
		diags.Append(k.Diagnose("find", err)...)
	}
	return err != nil
}

// MayBeElsewhere reports that an object was not found, or that Infisical says that another organization has it.
func MayBeElsewhere(err error) bool {
	return infisical.IsNotFound(err) || infisical.IsOfAnotherOrganization(err)
}

// DiagnoseRecorded puts the error of a call about a recorded object into words: it may be at another Infisical. verb
// completes "could not … the GitLab connection".
func (k Kind[T]) DiagnoseRecorded(ctx context.Context, client *infisical.Client, recorded Recorded, verb string, err error) diag.Diagnostics {
	if MayBeElsewhere(err) {
		if elsewhere := k.Elsewhere(ctx, client, recorded, err); elsewhere != nil {
			return elsewhere
		}
	}
	return k.Diagnose(verb, err)
}
