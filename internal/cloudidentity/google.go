package cloudidentity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"cloud.google.com/go/compute/metadata"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

const (
	// signJWT signs with the key that Google holds of a service account,
	// https://cloud.google.com/iam/docs/reference/credentials/rest.
	signJWT = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/%s:signJwt"
	// signScope is the narrowest that allows it.
	signScope      = "https://www.googleapis.com/auth/iam"
	credentialsAPI = "the IAM Service Account Credentials API"
)

// GoogleIdentityToken is a token for an audience that Google gives the machine of its service account.
func (m *Machine) GoogleIdentityToken(ctx context.Context, audience string) (string, error) {
	return obtain(ctx, m, "an identity token of Google's metadata service", func(ctx context.Context, client *http.Client) (string, error) {
		query := url.Values{"audience": {audience}, "format": {"full"}}
		token, err := metadata.NewClient(client).GetWithContext(ctx, "instance/service-accounts/default/identity?"+query.Encode())
		var missing metadata.NotDefinedError
		var refused *metadata.Error
		switch {
		case errors.As(err, &missing):
			return "", errors.New("the machine has no service account")
		case errors.As(err, &refused):
			return "", answered("the service", refused.Code, refused.Message)
		}
		return token, err
	})
}

// GoogleSignedJWT is a JWT for an audience that Google has signed for the service account of a key file.
func (m *Machine) GoogleSignedJWT(ctx context.Context, keyFile, audience string) (string, error) {
	return obtain(ctx, m, "a JWT signed by Google", func(ctx context.Context, client *http.Client) (string, error) {
		content, err := transport.ReadCredential(ctx, keyFile)
		if err != nil {
			return "", fmt.Errorf("the key file %s: %w", keyFile, err)
		}
		account, err := google.JWTConfigFromJSON(content, signScope)
		if err != nil {
			return "", fmt.Errorf("%s is not the key file of a service account: %w", keyFile, err)
		}
		ctx = context.WithValue(ctx, oauth2.HTTPClient, client)
		payload, err := json.Marshal(map[string]string{"sub": account.Email, "aud": audience})
		if err != nil {
			return "", err
		}
		return signByGoogle(ctx, account.Client(ctx), account.Email, string(payload))
	})
}

func signByGoogle(ctx context.Context, client *http.Client, email, payload string) (string, error) {
	body, err := json.Marshal(map[string]string{"payload": payload})
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf(signJWT, url.PathEscape(email)), bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return "", googleError(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		SignedJWT string `json:"signedJwt"`
		Error     struct {
			Status  string `json:"status"`
			Message string `json:"message"`
		} `json:"error"`
	}
	err = json.NewDecoder(response.Body).Decode(&answer)
	switch {
	case response.StatusCode != http.StatusOK:
		return "", answered(credentialsAPI, response.StatusCode, answer.Error.Status, answer.Error.Message)
	case err != nil:
		return "", fmt.Errorf("reading the answer of %s: %w", credentialsAPI, err)
	case answer.SignedJWT == "":
		return "", errors.New("the answer of " + credentialsAPI + " holds no JWT")
	}
	return answer.SignedJWT, nil
}

// googleError is what Google's token service said, without the whole answer.
func googleError(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return err
	}
	return answered("Google's token service", refused.Response.StatusCode, oauthReason(refused.Body)...)
}
