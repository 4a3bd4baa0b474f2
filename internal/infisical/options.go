package infisical

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// Options are what the server offers for GitLab connections.
type Options struct {
	// Methods are MethodAccessToken, MethodOAuth or both.
	Methods []string
	// OAuthClientID is the Application ID of the server's GitLab OAuth application; empty when it has none.
	OAuthClientID string
}

// Offers reports whether a method can be used.
func (o Options) Offers(method string) bool { return slices.Contains(o.Methods, method) }

// ConnectionOptions returns what the server offers, by GET /api/v1/app-connections/options.
func (c *Client) ConnectionOptions(ctx context.Context) (Options, error) {
	call := call{operation: "read what the server offers for GitLab connections", method: http.MethodGet, path: "/api/v1/app-connections/options"}
	var reply struct {
		Options []struct {
			App           string   `json:"app"`
			Methods       []string `json:"methods"`
			OAuthClientID string   `json:"oauthClientId"`
		} `json:"appConnectionOptions"`
	}
	if _, err := c.do(ctx, call, &reply); err != nil {
		return Options{}, err
	}
	for _, option := range reply.Options {
		if option.App == "gitlab" {
			return Options{Methods: option.Methods, OAuthClientID: option.OAuthClientID}, nil
		}
	}
	return Options{}, &Error{Operation: call.operation, Status: http.StatusOK, cause: errors.New("the server does not list GitLab among its apps")}
}
