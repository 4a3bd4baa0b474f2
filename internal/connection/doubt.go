package connection

import (
	"context"
	"fmt"
	"slices"

	"github.com/infisical-community/terraform-provider-infisical/internal/gitlab"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// doubt says why it is not certain that a connection holds a token which was made for it and handed over without an answer; empty when it
// is, provided that somebody gave the connection such a token at that time. live are the active tokens that were made for the connection, known those
// of earlier runs.
//
// Infisical does not tell which token it has. But it tries a token at GitLab before it keeps it, so that one it has was used; and when another
// run was at work, its token was used, too.
func doubt(live []gitlab.Token, own ownedToken, known []ownedToken) string {
	at := slices.IndexFunc(live, func(token gitlab.Token) bool { return token.ID == own.ID })
	switch {
	case at < 0:
		return fmt.Sprintf("its token %q (id %d) is not alive at GitLab", own.Name, own.ID)
	case !live[at].Used:
		return fmt.Sprintf("its token %q (id %d) was never used at GitLab, so that Infisical cannot have tried it", own.Name, own.ID)
	}
	rivals := slices.DeleteFunc(slices.Clone(live), func(token gitlab.Token) bool {
		return token.ID == own.ID || !token.Used || slices.ContainsFunc(known, func(earlier ownedToken) bool { return earlier.ID == token.ID })
	})
	if len(rivals) > 0 {
		return "another run may have made it, for these tokens were made and used as well:\n" + bullets(names(rivals))
	}
	return ""
}

// doubtHandover is doubt about a token of which the others have search in their names. While there is doubt it looks again for half a minute: the token of
// a run that has failed is about to be revoked, and GitLab's answer may come from a replica of its database.
func (r *connectionResource) doubtHandover(ctx context.Context, own ownedToken, search string, known []ownedToken) string {
	doubted := ""
	stopped := transport.Settle(ctx, r.configuration.Wait, func() bool {
		live, err := r.configuration.GitLab.ListActive(ctx, own.InstanceURL, r.configuration.ManagementToken, own.resource(), search)
		if err != nil {
			doubted = "GitLab did not list the tokens that were made for it: " + phrase(err.Error())
			return true
		}
		doubted = doubt(live, own, known)
		return doubted == ""
	})
	if stopped != nil {
		return phrase(stopped.Error())
	}
	return doubted
}
