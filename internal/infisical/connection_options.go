package infisical

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
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

// wireOption is one of the appConnectionOptions of a response.
type wireOption struct {
	App           transport.Data       `json:"app"`
	Methods       list[transport.Data] `json:"methods"`
	OAuthClientID transport.Data       `json:"oauthClientId"`
}

// Options returns what the server offers, by GET /api/v1/app-connections/options.
func (c *Connections) Options(ctx context.Context) (Options, error) {
	call := call{operation: "read what the server offers for GitLab connections", method: http.MethodGet, path: "/api/v1/app-connections/options"}
	var reply struct {
		Options list[wireOption] `json:"appConnectionOptions"`
	}
	if _, err := c.client.do(ctx, call, &reply); err != nil {
		return Options{}, err
	}
	for _, option := range reply.Options {
		if option.App == "gitlab" {
			options := Options{OAuthClientID: string(option.OAuthClientID)}
			for _, method := range option.Methods {
				options.Methods = append(options.Methods, string(method))
			}
			return options, nil
		}
	}
	return Options{}, &Error{Operation: call.operation, Status: http.StatusOK, cause: errors.New("the server does not list GitLab among its apps")}
}
