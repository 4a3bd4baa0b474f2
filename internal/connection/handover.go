package connection

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
)

// handover is credentials on their way to Infisical.
type handover struct {
	// sent goes to Infisical.
	sent infisical.Credentials
	// credentials are what is remembered of a token that was sent; with OAuth only the address.
	credentials
	// described is the attribute token that goes with them.
	described types.Object
	// minted is nil when the token is the user's own.
	minted *ownedToken
}

// history is what private state remembers of earlier writes.
type history struct {
	origin origin
	last   *lastWrite
	ledger ledger
}

func recallHistory(ctx context.Context, private privateReader, state resourceModel, diags *diag.Diagnostics) history {
	return history{
		origin: recallOrigin(ctx, private, diags),
		last:   recallLastWrite(ctx, private, diags),
		ledger: recallLedger(ctx, private, state, diags),
	}
}

// hashMoved reports that the server's credentials are not those of our last write.
func (h history) hashMoved(state resourceModel) bool {
	return h.last != nil && h.last.Hash != state.CredentialsHash.ValueString()
}

// unknown: nothing is remembered, as of a connection that is new or was imported, or whose private state was lost.
func (h history) unknown() bool { return h.ledger.Lost || h.last == nil && len(h.ledger.all()) == 0 }

// firstHandover are the credentials of a new connection. It mints a token when the connection manages its own.
func (r *connectionResource) firstHandover(ctx context.Context, client *infisical.Client, config, plan resourceModel, diags *diag.Diagnostics) *handover {
	switch {
	case plan.isManaged():
		return r.mintedHandover(ctx, client, plan, recipient{name: plan.Name.ValueString()}, diags)
	case plan.isOAuth():
		return r.firstOAuthHandover(ctx, config, plan, diags)
	}
	configured := configuredCredentials(ctx, config, plan, diags)
	requireToken(configured, diags)
	return r.givenHandover(ctx, configured, plan, resourceModel{}, diags)
}

// nextHandover are the credentials that an update sends, nil when it sends none.
func (r *connectionResource) nextHandover(ctx context.Context, client *infisical.Client, config, plan, state resourceModel, before history, diags *diag.Diagnostics) *handover {
	if plan.isOAuth() {
		return r.nextOAuthHandover(ctx, config, plan, state, diags)
	}
	if plan.isManaged() {
		if !r.mintsAtApply(ctx, plan, state, before, diags) {
			return nil
		}
		return r.mintedHandover(ctx, client, plan, recipient{id: state.ID.ValueString(), name: state.Name.ValueString(), history: before}, diags)
	}
	configured := configuredCredentials(ctx, config, plan, diags)
	if !decide(recordedCredentials(ctx, state, diags), configured, state, before, diags).send() {
		return nil
	}
	return r.givenHandover(ctx, configured, plan, state, diags)
}

// givenHandover sends the user's token. Its type is found out where configuration leaves it open.
func (r *connectionResource) givenHandover(ctx context.Context, configured credentials, plan, state resourceModel, diags *diag.Diagnostics) *handover {
	description := r.describe(ctx, r.newQuestion(ctx, configured, plan, state.Token, diags), diags)
	if configured.tokenType.IsNull() {
		configured.tokenType = foundType(description, recordedCredentials(ctx, state, diags).tokenType)
		requireType(configured.tokenType, diags)
	}
	return &handover{sent: configured.toAPI(), credentials: configured, described: describedToken(ctx, description, diags)}
}

// recipient is the connection that a token is made for, as it is before.
type recipient struct {
	// id is empty for one that is new.
	id   string
	name string
	history
}

// mintedHandover makes a token and sends that. From here on nothing is given up half-way when Terraform is interrupted.
func (r *connectionResource) mintedHandover(ctx context.Context, client *infisical.Client, plan resourceModel, recipient recipient, diags *diag.Diagnostics) *handover {
	instanceURL := plan.InstanceURL.ValueString()
	r.requireManagement(instanceURL, diags)
	name, err := newTokenName(r.configuration.Random, client.Host(), plan.ProjectID.ValueString(), plan.Name.ValueString(), recipient.id)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		diags.AddError("Managed token not created", sentence(err.Error()))
	}
	block := plan.managed(ctx, diags)
	if diags.HasError() {
		return nil
	}
	// Not only when the token is handed over: nobody could take it then.
	if err := client.LogIn(ctx); err != nil {
		diags.Append(diagnose(verb(recipient.id), err)...)
		return nil
	}
	order := mintOrder{instanceURL: instanceURL, block: *block, name: name, known: recipient.ledger.all()}
	if recipient.unknown() {
		order.strays = tokenName{connection: recipient.name, server: name.server}.search()
	}
	minted := r.mint(finishing(ctx), order, diags)
	if minted == nil {
		return nil
	}
	made := credentials{
		instanceURL: plan.InstanceURL,
		tokenType:   types.StringValue(string(minted.Kind)),
		token:       types.StringValue(minted.Value()),
	}
	return &handover{
		sent:        made.toAPI(),
		credentials: made,
		described:   tokenObject(ctx, minted.Token, "", diags),
		minted:      &minted.owned,
	}
}

// verb is what a write does to the connection with this id, empty for one that is new.
func verb(connectionID string) string {
	if connectionID == "" {
		return "create"
	}
	return "update"
}

// write is an update of a connection.
type write struct {
	// state and ledger are of before.
	state  resourceModel
	ledger ledger
	change infisical.Change
	// handover is nil when no credentials are written.
	handover *handover
	// stored is the connection as Infisical has it since; of one that needs no PATCH only the hash.
	stored infisical.Connection
}

func newWrite(state, plan resourceModel, handover *handover, before ledger) *write {
	w := &write{
		state: state, ledger: before, handover: handover,
		change: infisical.Change{Name: plan.Name.ValueString(), Description: plan.Description.ValueStringPointer()},
		stored: infisical.Connection{CredentialsHash: state.CredentialsHash.ValueString()},
	}
	if handover != nil {
		w.change.Credentials = &handover.sent
	}
	return w
}

// instanceURL is the connection's GitLab since.
func (w *write) instanceURL() string {
	if w.handover == nil {
		return w.state.InstanceURL.ValueString()
	}
	return w.handover.instanceURL.ValueString()
}

// minted is the token in it that was made for it; nil when there is none.
func (w *write) minted() *ownedToken {
	if w.handover == nil {
		return nil
	}
	return w.handover.minted
}

// repeatable: it replaces a token and all that goes with it, so sending it twice does no harm.
func (w *write) repeatable() bool {
	return w.handover != nil && w.handover.sent.Method() == infisical.MethodAccessToken
}

// attempts is how often an update with a token is sent while its outcome is not known.
const attempts = 2

// update sends the PATCH. When it fails, the first result is whether Infisical may have done it all the same. Without an answer, what was
// sent is looked for before it is sent again: a server whose GitLab does not answer hangs up, but goes on.
func (r *connectionResource) update(ctx context.Context, client *infisical.Client, w *write) (ambiguous bool, err error) {
	if w.minted() != nil {
		ctx = finishing(ctx)
	}
	began := r.configuration.Now()
	for attempt := 1; ; attempt++ {
		stored, err := client.Update(ctx, w.state.ID.ValueString(), w.change)
		if err == nil {
			w.stored = stored
			return false, nil
		}
		// A refusal takes back nothing that an earlier attempt may have done.
		ambiguous = ambiguous || infisical.IsAmbiguous(err)
		if !infisical.IsAmbiguous(err) || !w.repeatable() {
			return ambiguous, err
		}
		if !infisical.HasAnswered(err) && r.hasArrived(ctx, client, w, began) {
			return false, nil
		}
		if attempt == attempts {
			return true, err
		}
	}
}

// hasArrived reports that the connection certainly holds what was sent.
func (r *connectionResource) hasArrived(ctx context.Context, client *infisical.Client, w *write, began time.Time) bool {
	id := w.state.ID.ValueString()
	found, err := client.FindUpdated(ctx, infisical.Written{ID: id, CredentialsHash: w.state.CredentialsHash.ValueString()}, w.change, began)
	if err != nil {
		return false
	}
	if minted := w.minted(); minted != nil && r.doubtHandover(ctx, *minted, id, w.ledger.all()) != "" {
		return false
	}
	w.stored = found
	return true
}
