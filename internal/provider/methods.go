package provider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/infisical-community/terraform-provider-infisical/internal/infisical"
	"github.com/infisical-community/terraform-provider-infisical/internal/transport"
)

// method is a way to log in that has a nested attribute of its own in the auth block.
type method struct {
	// name is that of the attribute, and the value of INFISICAL_AUTH_METHOD.
	name string
	api  infisical.Method
	// description is the attribute's, in Markdown.
	description string
	inputs      []input
	// prove reads the inputs, notes what is missing, and returns how to obtain what is sent.
	prove func(*given) infisical.Proof
}

// input is an attribute of a method.
type input struct {
	name string
	// variable is the environment variable that stands in for the attribute, fallback what stands in for both.
	variable, fallback string
	description        string
	sensitive          bool
	// verbatim values keep surrounding white space, which a password may have. Blank ones count as unset, too.
	verbatim bool
}

func (m method) input(name string) input {
	return m.inputs[slices.IndexFunc(m.inputs, func(i input) bool { return i.name == name })]
}

// accessToken is the one method that is no nested attribute.
const accessToken = "token"

// authBlock is what the auth block itself holds.
var authBlock = method{inputs: []input{{name: accessToken, variable: envToken}, {name: "organization_slug", variable: envOrganizationSlug}}}

const defaultServiceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token" //nolint:gosec // Its path.

// identityID is an input of all methods but one. Infisical's own provider and its CLI read the same variable for all.
var identityID = input{
	name: "identity_id", variable: "INFISICAL_MACHINE_IDENTITY_ID", description: "Id of the machine identity, a UUID.",
}

// methods are all but the access token, in the order of the documentation. Where Infisical's own provider has the
// method, so are the attributes, variables and defaults; else the variables are those of Infisical's CLI.
var methods = []method{
	{
		name: "universal", api: infisical.Universal,
		description: "Universal Auth: the client id and secret of a machine identity.",
		inputs: []input{
			{name: "client_id", variable: envClientID, description: "Client id."},
			{name: "client_secret", variable: envClientSecret, sensitive: true,
				description: "Client secret. Once refused, it is not tried again in the same run, because failed logins lock the identity out."},
		},
		prove: func(g *given) infisical.Proof {
			return infisical.Fixed(g.required("client_id", "clientId"), secret(g.required("client_secret", "clientSecret")))
		},
	},
	{
		name: "oidc", api: infisical.OIDC,
		description: "OIDC Auth: a JWT that a CI system puts into the environment, such as an ID token of GitLab CI.",
		inputs: []input{
			identityID,
			{name: "token_environment_variable_name", variable: "INFISICAL_OIDC_AUTH_TOKEN_NAME", fallback: "INFISICAL_AUTH_JWT",
				description: "Name of the environment variable that holds the JWT."},
		},
		prove: proveOIDC,
	},
	{
		name: "jwt", api: infisical.JWT,
		description: "JWT Auth: a JWT signed by an issuer of your own.",
		inputs: []input{
			identityID,
			{name: "jwt", variable: "INFISICAL_JWT", sensitive: true, description: "The JWT."},
		},
		prove: func(g *given) infisical.Proof { return infisical.Fixed(g.identity(), secret(g.required("jwt", "jwt"))) },
	},
	{
		name: "kubernetes", api: infisical.Kubernetes,
		description: "Kubernetes Auth: the token of a service account, given by its path or by its value.",
		inputs: []input{
			identityID,
			{name: "service_account_token_path", variable: "INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH", fallback: defaultServiceAccountToken,
				description: "Path of the file that holds the token. The file is read at each login, because Kubernetes rotates the token."},
			{name: "service_account_token", variable: "INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN", sensitive: true,
				description: "The token itself. Takes precedence over the path."},
		},
		prove: proveKubernetes,
	},
	{
		name: "aws_iam", api: infisical.AWS,
		description: "AWS Auth: a request to AWS STS, signed with the credentials that the AWS SDK finds: environment variables such as " +
			"`AWS_ACCESS_KEY_ID`, a profile, " +
			"a web identity, or the role of the container or instance. The region comes from `AWS_REGION`, the profile or the instance. Infisical does not " +
			"support regions in China.",
		inputs: []input{identityID},
		prove:  proveAWS,
	},
	{
		name: "azure", api: infisical.Azure,
		description: "Azure Auth: a token of the managed identity of the Azure machine that Terraform runs on.",
		inputs: []input{
			identityID,
			{name: "resource", fallback: "https://management.azure.com/",
				description: "Resource (audience) of the token. Must be exactly the one that the identity's Azure Auth is configured with."},
			{name: "client_id", variable: "INFISICAL_AZURE_AUTH_CLIENT_ID",
				description: "Client id of a user-assigned managed identity, for machines that have several. Azure chooses by default."},
		},
		prove: proveAzure,
	},
	{
		name: "gcp_id_token", api: infisical.GCP,
		description: "GCP Auth of the type *ID Token*: an identity token of the service account of the Google Cloud machine that Terraform runs on.",
		inputs:      []input{identityID},
		prove: func(g *given) infisical.Proof {
			identity := g.identity()
			return g.proveJWT(identity, "the identity token of Google's metadata service", func(ctx context.Context) (string, error) {
				return g.machine().GoogleIdentityToken(ctx, identity.Value)
			})
		},
	},
	{
		name: "gcp_iam", api: infisical.GCP,
		description: "GCP Auth of the type *IAM*: a JWT that Google signs for a service account whose key is in a file. The service account needs the role " +
			"*Service Account Token Creator* on itself.",
		inputs: []input{
			identityID,
			{name: "service_account_key_file_path", variable: "INFISICAL_GCP_IAM_SERVICE_ACCOUNT_KEY_FILE_PATH",
				description: "Path of the service account's key file in JSON."},
		},
		prove: func(g *given) infisical.Proof {
			identity, path := g.identity(), g.required("service_account_key_file_path", "")
			return g.proveJWT(identity, path.Source, func(ctx context.Context) (string, error) {
				return g.machine().GoogleSignedJWT(ctx, path.Value, identity.Value)
			})
		},
	},
	{
		name: "ldap", api: infisical.LDAP,
		description: "LDAP Auth: a user of an LDAP directory.",
		inputs: []input{
			identityID,
			{name: "username", variable: "INFISICAL_LDAP_USERNAME", description: "User name."},
			{name: "password", variable: "INFISICAL_LDAP_PASSWORD", sensitive: true, verbatim: true,
				description: "Password. Once refused, it is not tried again in the same run, because failed logins lock the identity out."},
		},
		prove: func(g *given) infisical.Proof {
			return infisical.Fixed(g.identity(), g.required("username", "username"), secret(g.required("password", "password")))
		},
	},
}

func methodNames() []string {
	names := []string{accessToken}
	for _, method := range methods {
		names = append(names, method.name)
	}
	return names
}

func secret(field infisical.Field) infisical.Field {
	field.Secret = true
	return field
}

func proveOIDC(g *given) infisical.Proof {
	identity, variable := g.identity(), g.optional("token_environment_variable_name", "").Value
	jwt := strings.TrimSpace(g.getenv(variable))
	if jwt == "" {
		g.missing(g.at, "The environment variable "+variable+" holds no JWT. In GitLab CI, add id_tokens to the job; in other systems, set the variable, "+
			"or set "+g.at.AtName("token_environment_variable_name").String()+" to the name of the variable that holds the JWT.")
	}
	return infisical.Fixed(identity, infisical.Field{Name: "jwt", Value: jwt, Source: "the JWT in the environment variable " + variable, Secret: true})
}

func proveKubernetes(g *given) infisical.Proof {
	identity, token, path := g.identity(), g.optional("service_account_token", "jwt"), g.optional("service_account_token_path", "")
	if token.Value != "" {
		return infisical.Fixed(identity, secret(token))
	}
	return g.proveJWT(identity, "the token in "+path.Value, func(ctx context.Context) (string, error) {
		timeout := g.auth.provider.proofTimeout()
		bounded, cancel := context.WithTimeoutCause(ctx, timeout, &transport.TimeoutError{After: timeout})
		defer cancel()
		content, err := transport.ReadCredential(bounded, path.Value)
		switch {
		case err != nil:
			return "", fmt.Errorf("reading the service account's token from %s, the path in %s: %w", path.Value, path.Source, err)
		case len(strings.TrimSpace(string(content))) == 0:
			return "", fmt.Errorf("the file %s, the path in %s, holds no service account's token", path.Value, path.Source)
		}
		return string(content), nil
	})
}

func proveAWS(g *given) infisical.Proof {
	identity := g.identity()
	return func(ctx context.Context) ([]infisical.Field, error) {
		signed, err := g.machine().AWSCallerIdentity(ctx)
		if err != nil {
			return nil, err
		}
		g.auth.provider.secrets.Remember(signed.Headers["Authorization"], signed.Headers["X-Amz-Security-Token"])
		headers, err := json.Marshal(signed.Headers)
		if err != nil {
			return nil, err
		}
		return []infisical.Field{
			identity,
			{Name: "iamHttpRequestMethod", Value: signed.Method},
			{Name: "iamRequestBody", Value: base64.StdEncoding.EncodeToString([]byte(signed.Body))},
			{Name: "iamRequestHeaders", Value: base64.StdEncoding.EncodeToString(headers), Secret: true,
				Source: "the AWS credentials of this machine and the region"},
		}, nil
	}
}

func proveAzure(g *given) infisical.Proof {
	identity, resource, clientID := g.identity(), g.optional("resource", ""), g.optional("client_id", "")
	return g.proveJWT(identity, "the managed identity and "+resource.Source, func(ctx context.Context) (string, error) {
		return g.machine().AzureToken(ctx, resource.Value, clientID.Value)
	})
}
