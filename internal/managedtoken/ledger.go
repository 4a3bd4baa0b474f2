package managedtoken

import "slices"

// A Ledger records the tokens that were created for a connection.
type Ledger struct {
	// Current is the token that Infisical was given last; nil when the connection does not manage its token.
	Current *Token `json:"current,omitempty"`
	// Others are tokens that must be revoked.
	Others []Token `json:"others,omitempty"`
	// Unsettled: Infisical has Current or one of Others, and it is not known which. None may be revoked until a write
	// succeeds.
	Unsettled bool `json:"unsettled,omitempty"`
	// Lost: private state was empty, so the token in state is all that is known of what was made. Tokens of interrupted
	// runs are found at GitLab by their names.
	Lost bool `json:"lost,omitempty"`
	// Unsearched are tokens in whose project or group the search for tokens of interrupted runs failed; the next apply
	// searches again.
	Unsearched []Token `json:"unsearched,omitempty"`
	// Gone: the connection was not there when it was last read, but its tokens may be.
	Gone bool `json:"gone,omitempty"`
}

// Rebuild is the ledger of a connection whose private state was lost, by the token that state describes. Terraform
// hands an empty one to the deletion of a tainted object that is replaced, and writes one when the provider's process
// dies during an apply; in the second case Infisical may have been given another token.
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/terraform/node_resource_abstract_instance.go (plan,
// apply).
func Rebuild(described Token) Ledger {
	return Ledger{Others: []Token{described}, Unsettled: true, Lost: true}
}

// All are the tokens that may be alive.
func (l Ledger) All() []Token {
	if l.Current == nil {
		return l.Others
	}
	return append(slices.Clone(l.Others), *l.Current)
}

// Given is the ledger once Infisical certainly has a token, nil for one that is not managed: all others must be
// revoked.
func (l Ledger) Given(token *Token) Ledger {
	return Ledger{Current: token, Others: l.All(), Unsearched: l.Unsearched}
}

// PerhapsGiven is the ledger when Infisical may or may not have taken a token.
func (l Ledger) PerhapsGiven(token Token) Ledger {
	l.Unsettled = true
	return l.With(token)
}

// With adds tokens that must be revoked.
func (l Ledger) With(tokens ...Token) Ledger {
	l.Others = slices.Concat(l.Others, tokens)
	return l
}
