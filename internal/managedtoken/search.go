package managedtoken

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// list returns the active tokens of a project, group or service account whose names hold a text.
func (i *Issuer) list(ctx context.Context, in gitlab.Resource, text string) ([]gitlab.Token, error) {
	return i.session.ListActive(ctx, in, text)
}

// Strays looks, wherever a token of the ledger was made, for tokens that are not in it and provably the connection's: a
// killed run left them behind, or the ledger was lost. It also returns the tokens in whose project or group it could
// not search.
func (i *Issuer) Strays(ctx context.Context, ledger Ledger, of Connection) (strays, unsearched []Token, failures error) {
	looked := map[gitlab.Resource]bool{}
	for _, at := range slices.Concat(ledger.All(), ledger.Unsearched) {
		where := at.place()
		if looked[where] || !gitlab.SameInstance(at.InstanceURL, i.instanceURL) {
			continue
		}
		looked[where] = true
		found, err := i.list(ctx, at.Resource(), of.ID)
		if gitlab.IsNotFound(err) { // The project, group or account was deleted, and its tokens with it, unless that is a slip: look once more.
			found, err = i.list(ctx, at.Resource(), of.ID)
		}
		if err != nil && !gitlab.IsNotFound(err) {
			failures, unsearched = errors.Join(failures, err), append(unsearched, at)
		}
		for _, token := range found {
			if of.owns(token.Name) && !holds(ledger.All(), at.InstanceURL, token.ID) {
				strays = append(strays, at.sibling(token.ID, token.Name))
			}
		}
	}
	return strays, unsearched, failures
}

// Unclaimed returns unknown active tokens that were created for connections of this name before they had an id. The
// text is the prefix of their names.
func (i *Issuer) Unclaimed(ctx context.Context, in gitlab.Resource, connection Connection, known []Token) (found []gitlab.Token, text string, err error) {
	text = connection.firstNames()
	found, err = i.list(ctx, in, text)
	return slices.DeleteFunc(found, func(token gitlab.Token) bool { return holds(known, i.instanceURL, token.ID) }), text, err
}

// holds reports whether the token with an id at a GitLab is among tokens. Each GitLab counts for itself.
func holds(tokens []Token, instanceURL string, id int64) bool {
	return slices.ContainsFunc(tokens, func(token Token) bool {
		return token.ID == id && gitlab.SameInstance(token.InstanceURL, instanceURL)
	})
}

// ConfirmTaken returns an error unless it is certain that Infisical took a token which it was given without an answer,
// provided that somebody gave the connection such a token at that time. The others made for the connection have text in
// their names; known are those of earlier runs. While there is doubt it looks again for half a minute: the token of a
// run that has failed is about to be revoked, and GitLab's answer may come from a replica of its database.
func (i *Issuer) ConfirmTaken(ctx context.Context, own Token, text string, known []Token) error {
	var doubt error
	stopped := transport.Poll(ctx, i.environment.Wait, func() bool {
		live, err := i.list(ctx, own.Resource(), text)
		if err != nil {
			doubt = fmt.Errorf("GitLab did not list the tokens that were made for it: %w", err)
			return true
		}
		doubt = taken(live, own, known)
		return doubt == nil
	})
	if stopped != nil {
		return stopped
	}
	return doubt
}

// taken says why it is not certain that Infisical took a token. live are the active tokens that were made for the
// connection.
//
// Infisical does not tell which token it has. But it tries a token at GitLab before it keeps it, so that one it has was
// used; and when another run was at work, its token was used, too.
func taken(live []gitlab.Token, own Token, known []Token) error {
	at := slices.IndexFunc(live, func(token gitlab.Token) bool { return token.ID == own.ID })
	switch {
	case at < 0:
		return fmt.Errorf("its token %q (id %d) is not alive at GitLab", own.Name, own.ID)
	case !live[at].Used:
		return fmt.Errorf("its token %q (id %d) was never used at GitLab, so that Infisical cannot have tried it", own.Name, own.ID)
	}
	rivals := slices.DeleteFunc(slices.Clone(live), func(token gitlab.Token) bool {
		return token.ID == own.ID || !token.Used || holds(known, own.InstanceURL, token.ID)
	})
	if len(rivals) > 0 {
		return fmt.Errorf("another run may have made it, for these tokens were made and used as well:\n%s", NameBullets(rivals))
	}
	return nil
}
