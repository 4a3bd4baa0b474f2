package connection

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// create makes a connection, and deals with the ways in which that ends half done. It returns nil when there is nothing to record, and
// whether it is certain that Infisical does not hold the credentials then.
func (a *applying) create(ctx context.Context, wanted infisical.NewConnection, handover *handover) (*infisical.Connection, bool, diag.Diagnostics) {
	began := a.data.Now()
	created, err := a.client.Create(ctx, wanted)
	// What has begun is brought to an end, also after Ctrl-C: no connection may be left behind that nobody knows of.
	ctx = finishing(ctx)
	var diags diag.Diagnostics
	if infisical.IsAmbiguous(err) {
		lost := err
		if created, err = a.findCreated(ctx, wanted, handover.minted, began); err != nil {
			return nil, false, diag.Diagnostics{outcomeUnknown(wanted, lost, err)}
		}
		diags.Append(adopted(created, lost))
	}
	switch {
	case infisical.IsNameConflict(err):
		return nil, true, diag.Diagnostics{nameConflict(ctx, a.client, wanted)}
	case err != nil:
		return nil, true, diagnoseWrite(ctx, a.client, "create", err, a.plan)
	case created.ProjectID != wanted.ProjectID:
		withdrawn, diagnostic := withdraw(ctx, a.client, wanted, created)
		return nil, withdrawn, diag.Diagnostics{diagnostic}
	}
	return &created, true, diags
}

// findCreated looks for the connection that a create without an answer may have made. What was sent is there then, so nothing is written:
// a server whose GitLab does not answer would not answer that either.
func (a *applying) findCreated(ctx context.Context, wanted infisical.NewConnection, minted *managedtoken.Token, began time.Time) (infisical.Connection, error) {
	found, err := a.client.FindCreated(ctx, wanted, began)
	if err != nil || minted == nil {
		return found, err
	}
	if err := a.confirmTaken(ctx, *minted, minted.Siblings(), nil); err != nil {
		return infisical.Connection{}, fmt.Errorf("a connection %q was made in the meantime (%s), and it is not certain that this request made it: %w", found.Name, found.ID, err)
	}
	return found, nil
}

func outcomeUnknown(wanted infisical.NewConnection, lost, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("GitLab connection created or not, it is not known", fmt.Sprintf(
		"Infisical gave no usable answer when the connection %q was created: %s.\nLooking for it afterwards: %s.\n"+
			"Look in Infisical whether it is there now. If it is, and nothing else manages it, import it or delete it, and apply again.", wanted.Name, providerdata.Phrase(providerdata.Reason(lost)), providerdata.Phrase(err.Error())))
}

func adopted(found infisical.Connection, lost error) diag.Diagnostic {
	return diag.NewWarningDiagnostic("GitLab connection adopted", fmt.Sprintf(
		"Infisical gave no usable answer when the connection %q was created: %s.\nA connection %s was found that this request must have made: it was made since, with the same name, scope, description, GitLab and "+
			"kind, and nobody has written to it. It is managed from here on.", found.Name, providerdata.Phrase(providerdata.Reason(lost)), found.ID))
}

// withdraw deletes a connection that was made in another scope than asked: servers older than project-level connections drop
// projectId without a word, and the whole organisation could use the token. It returns whether that succeeded.
func withdraw(ctx context.Context, client *infisical.Client, wanted infisical.NewConnection, created infisical.Connection) (bool, diag.Diagnostic) {
	outcome := "It was deleted again."
	err := client.Delete(ctx, created.ID)
	if infisical.IsNotFound(err) {
		err = nil
	}
	if err != nil {
		outcome = fmt.Sprintf("It could not be deleted again (%s): delete the connection %s in Infisical by hand.", providerdata.Phrase(providerdata.Reason(err)), created.ID)
	}
	return err == nil, diag.NewAttributeErrorDiagnostic(path.Root("project_id"), "Infisical ignored the project", fmt.Sprintf(
		"The connection %q was asked for in %s, but the server made it in %s: it is probably older than project-level connections. %s\n"+
			"Upgrade Infisical, or leave project_id out to share the connection with the whole organisation.",
		wanted.Name, providerdata.ScopeName(wanted.ProjectID), providerdata.ScopeName(created.ProjectID), outcome))
}

// nameConflict says what to do about a name that is taken, with the id to import when it can be had.
func nameConflict(ctx context.Context, client *infisical.Client, wanted infisical.NewConnection) diag.Diagnostic {
	detail := fmt.Sprintf("A connection named %q exists already in %s. Names are unique among the connections of all apps.\n", wanted.Name, providerdata.ScopeName(wanted.ProjectID))
	existing, err := client.GetByName(ctx, wanted.Name, wanted.ProjectID)
	if err != nil {
		detail += fmt.Sprintf("It could not be looked up (%s), so it may belong to another app or be out of this identity's sight. Choose another name.", providerdata.Phrase(providerdata.Reason(err)))
	} else {
		detail += fmt.Sprintf("Only if nothing else manages it (another workspace, or this resource's own predecessor under create_before_destroy), take it over:\n\n"+
			"import {\n  to = infisical_gitlab_connection.NAME # the address of this resource\n  id = %q\n}\n\nOtherwise choose another name.", existing.ID)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("name"), "Name taken", detail)
}
