package connection

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/managedtoken"
	"github.com/infisical-community/terraform-provider-infisical/internal/providerdata"
)

// handover is credentials on their way to Infisical.
type handover struct {
	// sent goes to Infisical.
	sent infisical.Credentials
	// credentials are what is remembered of a token that was sent; with OAuth only the address.
	credentials
	// described is the attribute token that goes with them.
	described tokenModel
	// minted is nil when the token is the user's own.
	minted *managedtoken.Token
}

// applying is one creation or update.
type applying struct {
	*connectionResource
	client       *infisical.Client
	config, plan resourceModel
	// state and before are empty for a new connection.
	state   resourceModel
	before  history
	private providerdata.PrivateWriter
	diags   *diag.Diagnostics
}

// recipient is the connection that a token is made for, as it is before.
type recipient struct {
	// id is empty for one that is new.
	id   string
	name string
	history
}

// mint makes a token to send. From here on nothing is given up half-way when Terraform is interrupted.
func (a *applying) mint(ctx context.Context, recipient recipient) *handover {
	plan, diags := a.plan, a.diags
	issuer, err := a.issuer(plan.InstanceURL.ValueString())
	if err != nil {
		diags.Append(noIssuer(err))
		return nil
	}
	settings := plan.ManagedAccessToken
	order, err := issuer.Named(managedtoken.Order{
		For:      managedtoken.Connection{Host: a.client.Host(), ProjectID: plan.ProjectID.ValueString(), Name: plan.Name.ValueString(), ID: recipient.id},
		Resource: settings.resource(), Scopes: settings.scopeNames(), AccessLevel: accessLevel(settings.AccessLevel), ExpirationDays: settings.ExpirationDays.ValueInt64(),
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		diags.AddError("Managed token not created", providerdata.Sentence(err.Error()))
	}
	if diags.HasError() {
		return nil
	}
	// Not only when the token is handed over: nobody could take it then.
	if err := a.client.LogIn(ctx); err != nil {
		diags.Append(diagnose(verb(recipient.id), err)...)
		return nil
	}
	minted := mint(finishing(ctx), issuer, order, recipient, diags)
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
		described:   newTokenModel(minted.Token, ""),
		minted:      &minted.Owned,
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
	ledger managedtoken.Ledger
	change infisical.Change
	// handover is nil when no credentials are written.
	handover *handover
	// stored is the connection as Infisical has it since; of one that needs no PATCH only where it is, and the hash.
	stored infisical.Connection
}

func newWrite(state, plan resourceModel, handover *handover, before managedtoken.Ledger) *write {
	w := &write{
		state: state, ledger: before, handover: handover,
		change: infisical.Change{Name: plan.Name.ValueString(), Description: plan.Description.ValueStringPointer()},
		stored: infisical.Connection{ID: state.ID.ValueString(), ProjectID: state.ProjectID.ValueString(), CredentialsHash: state.CredentialsHash.ValueString()},
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
func (w *write) minted() *managedtoken.Token {
	if w.handover == nil {
		return nil
	}
	return w.handover.minted
}

// current is the managed token that Infisical has once it is done; nil for none.
func (w *write) current() *managedtoken.Token {
	if w.handover == nil {
		return w.ledger.Current
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
func (a *applying) update(ctx context.Context, w *write) (ambiguous bool, err error) {
	if w.minted() != nil {
		ctx = finishing(ctx)
	}
	began := a.data.Now()
	for attempt := 1; ; attempt++ {
		stored, err := a.client.Update(ctx, w.state.ID.ValueString(), w.change)
		if err == nil {
			w.stored = stored
			return false, nil
		}
		// A refusal takes back nothing that an earlier attempt may have done.
		ambiguous = ambiguous || infisical.IsAmbiguous(err)
		if !infisical.IsAmbiguous(err) || !w.repeatable() {
			return ambiguous, err
		}
		if !infisical.HasAnswered(err) && a.hasArrived(ctx, w, began) {
			return false, nil
		}
		if attempt == attempts {
			return true, err
		}
	}
}

// hasArrived reports that the connection certainly holds what was sent.
func (a *applying) hasArrived(ctx context.Context, w *write, began time.Time) bool {
	id := w.state.ID.ValueString()
	found, err := a.client.FindUpdated(ctx, infisical.Written{ID: id, CredentialsHash: w.state.CredentialsHash.ValueString()}, w.change, began)
	if err != nil {
		return false
	}
	if minted := w.minted(); minted != nil && a.confirmTaken(ctx, *minted, id, w.ledger.All()) != nil {
		return false
	}
	w.stored = found
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

// grace is how long what has begun may go on after Terraform was interrupted. Terraform waits for its providers, and whoever pressed Ctrl-C
// waits for Terraform.
const grace = 8 * time.Second

// errInterrupted ends what is not finished by then.
var errInterrupted = errors.New("Terraform was interrupted")

type finishingKey struct{}

// withGrace returns a context for an operation of which some steps must not be given up half-way, see finishing. The function that it
// returns must be called at the end.
func withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	steps, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(grace):
			end(errInterrupted)
		case <-steps.Done():
		}
	})
	return context.WithValue(ctx, finishingKey{}, steps), func() {
		stop()
		end(context.Canceled)
	}
}

// finishing is the context of steps that bring to an end what has begun, such as revoking a token that nobody uses. It outlives an
// interruption, but all such steps of an operation together by no more than the grace, should a server not answer.
func finishing(ctx context.Context) context.Context {
	if steps, ok := ctx.Value(finishingKey{}).(context.Context); ok {
		return steps
	}
	return context.WithoutCancel(ctx)
}
