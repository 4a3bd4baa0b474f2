package managedtoken

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
)

// An Order describes a token to mint.
type Order struct {
	For      Connection
	Resource gitlab.Resource
	Scopes   []string
	// AccessLevel is 0 for a token of a service account.
	AccessLevel gitlab.AccessLevel
	// ExpirationDays is how long the token is to live.
	ExpirationDays int64
	name           Name
}

// Named adds the token's name to an order. All attempts use the same name.
func (i *Issuer) Named(order Order) (Order, error) {
	name, err := newName(i.environment.Random, order.For)
	order.name = name
	return order, err
}

// Name is the name of the token that an order is for.
func (o Order) Name() string { return o.name.String() }

// A MintedToken is a token that was just made, and what is recorded of it.
type MintedToken struct {
	gitlab.MintedToken
	Owned Token
}

// Locate finds the id of a project or group, which then stands beside its path, and that of its service account if one
// is named.
func (i *Issuer) Locate(ctx context.Context, resource gitlab.Resource) (gitlab.Resource, error) {
	id, err := i.session.FindResource(ctx, resource.Owner())
	if err != nil {
		return resource, err
	}
	located := gitlab.Resource{Kind: resource.Kind, ID: strconv.FormatInt(id, 10), Path: resource.ID}
	if resource.Account.Username == "" {
		return located, nil
	}
	account, err := i.session.FindAccount(ctx, located, resource.Account.Username)
	if err != nil {
		return resource, err
	}
	located.Account = account
	return located, nil
}

// Prepare is Locate for an order. A GitLab that makes tokens for service accounts but does not list them, as before
// 17.11, is an error: they could neither be found again nor revoked.
func (i *Issuer) Prepare(ctx context.Context, order Order) (gitlab.Resource, error) {
	located, err := i.Locate(ctx, order.Resource)
	if err == nil && located.Account.ID != 0 {
		_, err = i.list(ctx, located, order.name.nonce)
	}
	return located, err
}

// Mint makes a token. It counts the life of the token from today. GitLab counts by its own clock: if that is still a
// day behind, around midnight, the longest lifetime that it allows comes out a day too long, and Mint counts again from
// the date of the refusal.
func (i *Issuer) Mint(ctx context.Context, order Order) (MintedToken, error) {
	options := gitlab.MintOptions{
		Name: order.Name(), Scopes: order.Scopes, AccessLevel: order.AccessLevel, ExpiresAt: expiry(i.environment.Now(), order.ExpirationDays),
		Description: fmt.Sprintf("Made and rotated by Terraform for the Infisical GitLab connection %q.", order.For.Name),
	}
	mint := func() (gitlab.MintedToken, error) {
		return i.session.Mint(ctx, order.Resource, options)
	}
	minted, err := mint()
	if date := gitlab.DateOf(err); gitlab.IsExpiryRefused(err) && !date.IsZero() && expiry(date, order.ExpirationDays).Before(options.ExpiresAt) {
		options.ExpiresAt = expiry(date, order.ExpirationDays)
		minted, err = mint()
	}
	at := Token{InstanceURL: i.instanceURL, Kind: order.Resource.Kind, ResourceID: order.Resource.ID, Path: order.Resource.Path,
		AccountID: order.Resource.Account.ID, Account: order.Resource.Account.Username}
	return MintedToken{MintedToken: minted, Owned: at.sibling(minted.ID, order.Name())}, err
}

// sibling is a token of the same project, group or service account.
func (t Token) sibling(id int64, name string) Token {
	t.ID, t.Name = id, name
	return t
}

// RevokeLost revokes what a Mint without an answer has made: the nonce in the name identifies it. It returns the number
// of tokens; one that does not appear may still be created.
func (i *Issuer) RevokeLost(ctx context.Context, order Order) (int, error) {
	lost, err := i.session.FindMinted(ctx, order.Resource, order.name.nonce)
	for _, token := range lost {
		err = errors.Join(err, i.session.Revoke(ctx, order.Resource, token.ID))
	}
	return len(lost), err
}
