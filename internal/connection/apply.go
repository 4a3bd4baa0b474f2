package connection

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-community/terraform-provider-infisical/internal/attribute"
	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// attempts is how many times an update with a token is sent while its outcome is unknown.
const attempts = 2

// update sends the PATCH. When it fails, the first result says whether Infisical may have processed it. Without an
// answer, it looks for what was sent before it sends it again: a server whose GitLab does not answer closes the
// connection, but continues.
func (o *operation) update(ctx context.Context) (ambiguous bool, err error) {
	change := infisical.Change{Name: o.plan.Name.ValueString(), Description: o.plan.Description.ValueStringPointer()}
	if o.sent != nil {
		change.Credentials = &o.sent.request
	}
	if o.minted() != nil {
		ctx = providerdata.Finishing(ctx)
	}
	began := o.data.Now()
	for attempt := 1; ; attempt++ {
		stored, err := o.client.Connections.Update(ctx, o.state.ID.ValueString(), change)
		if err == nil {
			o.stored = stored
			return false, nil
		}
		// A refusal does not undo what an earlier attempt may have done.
		ambiguous = ambiguous || infisical.IsAmbiguous(err)
		// A token is replaced together with all that goes with it, so sending it twice does no harm; a code can be used
		// once.
		if repeatable := o.sent != nil && o.sent.request.Method() == infisical.MethodAccessToken; !infisical.IsAmbiguous(err) || !repeatable {
			return ambiguous, err
		}
		if !infisical.HasAnswered(err) && o.hasArrived(ctx, change, began) {
			return false, nil
		}
		if attempt == attempts {
			return true, err
		}
	}
}

// minted is the token that was minted for the connection and is sent; nil if none is.
func (o *operation) minted() *managedtoken.Token {
	if o.sent == nil {
		return nil
	}
	return o.sent.minted
}

// hasArrived reports that the connection certainly holds what was sent.
func (o *operation) hasArrived(ctx context.Context, change infisical.Change, began time.Time) bool {
	id := o.state.ID.ValueString()
	found, err := o.client.Connections.FindUpdated(ctx, infisical.Written{ID: id, CredentialsHash: o.state.CredentialsHash.ValueString()}, change, began)
	if err != nil {
		return false
	}
	if minted := o.minted(); minted != nil && o.confirmTaken(ctx, *minted, id, o.before.ledger.All()) != nil {
		return false
	}
	o.stored = found
	return true
}

// confirmTaken returns an error unless it is certain that Infisical took a token.
func (r *connectionResource) confirmTaken(ctx context.Context, minted managedtoken.Token, text string, known []managedtoken.Token) error {
	issuer, err := r.issuer(minted.InstanceURL)
	if err != nil {
		return err
	}
	return issuer.ConfirmTaken(ctx, minted, text, known)
}

// create creates a connection, and handles creations that end half done. It returns whether there is a connection to
// record, and, if there is none, whether it is certain that Infisical does not have the credentials.
func (o *operation) create(ctx context.Context) (created, certain bool) {
	wanted := infisical.NewConnection{
		Name:        o.plan.Name.ValueString(),
		Description: o.plan.Description.ValueStringPointer(),
		ProjectID:   o.plan.ProjectID.ValueString(),
		Credentials: o.sent.request,
	}
	began := o.data.Now()
	stored, err := o.client.Connections.Create(ctx, wanted)
	// From here on everything is finished, even after Ctrl-C: no connection may be left behind unrecorded.
	ctx = providerdata.Finishing(ctx)
	if infisical.IsAmbiguous(err) {
		lost := err
		if stored, err = o.findCreated(ctx, wanted, began); err != nil {
			o.diags.Append(connections.CouldNotTell(wanted.Name, lost, err, ""))
			return false, false
		}
		o.diags.Append(connections.Adopted(stored, lost, "has the same name, scope, description, GitLab and kind, and was not changed since"))
	}
	switch {
	case err != nil:
		o.diags.Append(o.diagnoseWrite(ctx, err)...)
		return false, true
	case stored.ProjectID != wanted.ProjectID:
		withdrawn, diagnostic := withdraw(ctx, o.client, wanted, stored)
		o.diags.Append(diagnostic)
		return false, withdrawn
	}
	o.stored = stored
	return true, true
}

// findCreated looks for the connection that a create without an answer may have created. It then holds what was sent,
// so nothing is written: a server whose GitLab does not answer would not answer that either.
func (o *operation) findCreated(ctx context.Context, wanted infisical.NewConnection, began time.Time) (infisical.Connection, error) {
	found, err := o.client.Connections.FindCreated(ctx, wanted, began)
	minted := o.minted()
	if err != nil || minted == nil {
		return found, err
	}
	if err := o.confirmTaken(ctx, *minted, minted.Siblings(), nil); err != nil {
		return infisical.Connection{}, fmt.Errorf("a connection %q was created in the meantime (%s), but not certainly by this request: %w", found.Name,
			found.ID, err)
	}
	return found, nil
}

// withdraw deletes a connection that was created in another scope than requested: servers older than project-level
// connections silently drop projectId, and the whole organization could use the token. It returns whether that
// succeeded.
func withdraw(ctx context.Context, client *infisical.Client, wanted infisical.NewConnection, created infisical.Connection) (bool, diag.Diagnostic) {
	outcome := "The provider deleted it again."
	err := client.Connections.Delete(ctx, created.ID)
	if infisical.IsNotFound(err) {
		err = nil
	}
	if err != nil {
		outcome = fmt.Sprintf("Deleting it again failed (%s): delete the connection %s in Infisical.", transport.Phrase(infisical.Reason(err)),
			created.ID)
	}
	return err == nil, diag.NewAttributeErrorDiagnostic(path.Root("project_id"), "Infisical ignored the project", fmt.Sprintf(
		"The configuration puts the connection %q into %s, but the server created it in %s: it is probably older than project-level connections. %s\nUpgrade Infisical, or "+
			"remove project_id to share the connection with the whole organization.",
		wanted.Name, attribute.ScopeName(wanted.ProjectID), attribute.ScopeName(created.ProjectID), outcome))
}

// toRevoke is a token that needs the provider's GitLab token before the connection is deleted; nil when there is none.
// Tokens at another GitLab than the provider's are not in the way.
func (o *operation) toRevoke() *managedtoken.Token {
	for _, token := range o.before.ledger.All() {
		if o.reach(token, "") == managedtoken.Revocable {
			return &token
		}
	}
	return nil
}

func (o *operation) mayRevoke() bool {
	token := o.toRevoke()
	return token == nil || o.requireIssuer(token.InstanceURL) != nil
}

// mayReplace keeps a connection whose replacement creates its own token, unless this run can do so: the plan may have
// had the provider's GitLab token where the apply has none.
func (o *operation) mayReplace(ctx context.Context, private attribute.PrivateReader) bool {
	awaits, diags := attribute.Recall[bool](ctx, private, awaitsKey, "the plan")
	o.diags.Append(diags...)
	if awaits != nil && o.data.GitLab != nil && o.data.Session == nil {
		o.diags.AddError("Provider's GitLab token needed", fmt.Sprintf("The connection %q is to be replaced by one that creates its own token with gitlab.token, which "+
			"is not set. Nothing was deleted. Set it, or the environment variable GITLAB_TOKEN, and apply again.", o.state.Name.ValueString()))
	}
	return !o.diags.HasError()
}
