package cloudidentity

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// AzureToken is an access token of a managed identity for a resource: the machine's own identity, or the assigned one
// with the client id.
func (m *Machine) AzureToken(ctx context.Context, resource, clientID string) (string, error) {
	return obtain(ctx, m, "a token of a managed identity of Azure", func(ctx context.Context, client *http.Client) (string, error) {
		options := azidentity.ManagedIdentityCredentialOptions{ClientOptions: azcore.ClientOptions{
			Transport: client,
			Retry:     policy.RetryOptions{MaxRetries: -1}, // Our own client repeats.
			Telemetry: policy.TelemetryOptions{Disabled: true},
		}}
		if clientID != "" {
			options.ID = azidentity.ClientID(clientID)
		}
		credential, err := azidentity.NewManagedIdentityCredential(&options)
		if err != nil {
			return "", err
		}
		// The suffix makes a scope of a resource, and is taken off again before it is asked for.
		token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{resource + "/.default"}})
		if err != nil {
			return "", azureError(err)
		}
		return token.Token, nil
	})
}

// azureError is what the service said, without the page that the SDK makes of it.
func azureError(err error) error {
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse == nil {
		return err
	}
	body, _ := runtime.Payload(failed.RawResponse) // Readers of the body put it back.
	return answered("Azure's metadata service", failed.RawResponse.StatusCode, oauthReason(body)...)
}
