// Package cloud is what surrounds the machine of a sandbox: the services by which AWS, Azure and Google say which
// machine asks.
package cloud

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/secrets"
	"github.com/infisical-community/terraform-provider-infisical/internal/sandbox/server"
)

// What the clouds of a sandbox say of the machine that asks.
const (
	// AWSRegion is where the machine runs.
	AWSRegion  = "eu-central-1"
	AWSAccount = "123456789012"
	awsRole    = "terraform"
	// AzureResource is the only audience for which the identity accepts Azure's tokens.
	AzureResource  = "https://management.azure.com/"
	AzureTenant    = "5b973f99-77df-4beb-b27d-aa0c70b8482c"
	AzurePrincipal = "0e8a3a6a-7d2f-4b6b-9d2c-0c5b8e1f9a11"
	// AzureClientID is a user-assigned identity of the machine.
	AzureClientID = "9f1c4b72-3f6e-4f0a-8f43-6a0e3b1f7c55"
	// ServiceAccountEmail is Google's name for the machine, and for the key file's owner.
	ServiceAccountEmail = "terraform@acme-prod.iam.gserviceaccount.com"
	GoogleIssuer        = "https://accounts.google.com"
)

// Server is what surrounds a machine that runs at AWS, Azure or Google: their metadata services, Google's token and IAM
// Credentials services, and STS, which Infisical asks. It listens on loopback from the first use of URL.
type Server struct {
	// AccessKeyID, SecretAccessKey and SessionToken are the machine's credentials at AWS.
	AccessKeyID, SecretAccessKey, SessionToken string

	server  *server.Server
	now     func() time.Time
	started sync.Once

	mu     sync.Mutex
	issued map[string]bool // tokens that the next request must bear
}

// New makes the clouds of a sandbox. They end with its network.
func New(network *server.Network) *Server {
	c := &Server{
		AccessKeyID: "ASIA" + strings.ToUpper(server.RandomHex(8)), SecretAccessKey: secrets.New(server.RandomHex(20)),
		SessionToken: secrets.New("session-" + server.RandomHex(32)),
		now:          network.Now, issued: map[string]bool{},
	}
	routes := http.NewServeMux()
	for pattern, handle := range map[string]func(*http.Request) server.Reply{
		"PUT /latest/api/token":                                     c.awsMetadataToken,
		"GET /latest/meta-data/iam/security-credentials/{$}":        c.awsMetadata(func() any { return awsRole }),
		"GET /latest/meta-data/iam/security-credentials/" + awsRole: c.awsMetadata(c.awsCredentials),
		"GET /container/credentials":                                c.awsContainer,
		"GET /latest/dynamic/instance-identity/document": c.awsMetadata(func() any {
			return map[string]any{"region": AWSRegion,
				"accountId": AWSAccount}
		}),
		"GET /metadata/identity/oauth2/token": c.azureMetadata,
		"GET /msi/token":                      c.azureAppService,
		"GET /computeMetadata/v1/instance/service-accounts/default/identity": c.googleIdentity,
		"POST /token": c.googleToken,
		"POST /v1/projects/-/serviceAccounts/{operation}": c.googleSignJWT,
	} {
		routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { handle(r).Send(w, "application/json") })
	}
	c.server = network.Add(server.Config{
		Name: server.Cloud, Address: "127.0.0.1:0", Handler: routes, Plain: true,
		NaturalAnswer: func(status int) server.Reply {
			return server.Reply{Status: status, Body: map[string]any{"error": http.StatusText(status)}}
		},
	})
	return c
}

// URL is where the metadata services listen, for the environment variables that name another address for them.
func (c *Server) URL() string {
	c.started.Do(func() {
		if err := c.server.Start(); err != nil {
			panic("sandbox: starting the cloud: " + err.Error())
		}
	})
	return c.server.URL()
}

// RoundTrip sends a request for any host here, for clients whose addresses are fixed.
func (c *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	address, err := url.Parse(c.URL())
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	r.URL.Scheme, r.URL.Host = address.Scheme, address.Host
	return http.DefaultTransport.RoundTrip(r)
}

// ServiceAccountKey is the content of a key file of Google's for ServiceAccountEmail.
func (c *Server) ServiceAccountKey() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(server.SigningKey())
	if err != nil {
		panic("sandbox: encoding a key: " + err.Error())
	}
	content, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "acme-prod", "private_key_id": server.SigningKeyID, "client_email": ServiceAccountEmail,
		"private_key": secrets.New(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))), "token_uri": c.URL() + "/token",
	})
	if err != nil {
		panic("sandbox: encoding a key file: " + err.Error())
	}
	return content
}

func (c *Server) issue(prefix string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	token := secrets.New(prefix + server.RandomHex(24))
	c.issued[token] = true
	return token
}

func (c *Server) knows(token string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.issued[token]
}

func plainText(status int, text string) server.Reply {
	return server.Reply{Status: status, Header: http.Header{"Content-Type": {"text/plain"}}, Raw: []byte(text)}
}

// awsMetadataToken begins a session of version 2 of the metadata service, the only one that is served:
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html.
func (c *Server) awsMetadataToken(r *http.Request) server.Reply {
	ttl := r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds")
	if ttl == "" {
		return plainText(http.StatusBadRequest, "")
	}
	a := plainText(http.StatusOK, c.issue("imds-"))
	a.Header.Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", ttl)
	return a
}

func (c *Server) awsMetadata(content func() any) func(*http.Request) server.Reply {
	return func(r *http.Request) server.Reply {
		if !c.knows(r.Header.Get("X-Aws-Ec2-Metadata-Token")) {
			return plainText(http.StatusUnauthorized, "")
		}
		if text, ok := content().(string); ok {
			return plainText(http.StatusOK, text)
		}
		return server.Reply{Status: http.StatusOK, Body: content()}
	}
}

// awsContainer follows https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html.
func (c *Server) awsContainer(r *http.Request) server.Reply {
	if r.Header.Get("Authorization") == "" {
		return plainText(http.StatusUnauthorized, "")
	}
	return server.Reply{Status: http.StatusOK, Body: c.awsCredentials()}
}

func (c *Server) awsCredentials() any {
	return map[string]any{
		"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": c.now().UTC().Format(time.RFC3339),
		"AccessKeyId": c.AccessKeyID, "SecretAccessKey": c.SecretAccessKey, "Token": c.SessionToken,
		"Expiration": c.now().Add(6 * time.Hour).UTC().Format(time.RFC3339),
	}
}

// azureMetadata follows
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token.
func (c *Server) azureMetadata(r *http.Request) server.Reply {
	query := r.URL.Query()
	switch {
	case r.Header.Get("Metadata") != "true":
		return azureRefusal("invalid_request", "Required metadata header not specified")
	case query.Get("api-version") != "2018-02-01":
		return azureRefusal("invalid_request", "Required query variable 'api-version' is missing")
	case query.Get("client_id") != "" && query.Get("client_id") != AzureClientID:
		return azureRefusal("invalid_request", "Identity not found")
	}
	return c.azureToken(query.Get("resource"))
}

// azureAppService follows
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference.
func (c *Server) azureAppService(r *http.Request) server.Reply {
	if r.Header.Get("X-Identity-Header") == "" {
		return azureRefusal("invalid_request", "No identity header")
	}
	return c.azureToken(r.URL.Query().Get("resource"))
}

func azureRefusal(name, description string) server.Reply {
	return server.Reply{Status: http.StatusBadRequest, Body: map[string]any{"error": name, "error_description": description}}
}

func (c *Server) azureToken(resource string) server.Reply {
	now := c.now()
	token := server.SignJWT(map[string]any{
		"aud": resource, "iss": "https://sts.windows.net/" + AzureTenant + "/", "tid": AzureTenant, "oid": AzurePrincipal,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}, nil)
	return server.Reply{Status: http.StatusOK, Body: map[string]any{
		"access_token": token, "client_id": AzureClientID, "expires_in": "3600", "expires_on": fmt.Sprint(now.Add(time.Hour).Unix()),
		"not_before": fmt.Sprint(now.Unix()), "resource": resource, "token_type": "Bearer",
	}}
}

// googleIdentity follows https://cloud.google.com/compute/docs/instances/verifying-instance-identity.
func (c *Server) googleIdentity(r *http.Request) server.Reply {
	if r.Header.Get("Metadata-Flavor") != "Google" {
		return plainText(http.StatusForbidden, "Missing Metadata-Flavor:Google header.")
	}
	query, now := r.URL.Query(), c.now()
	if query.Get("audience") == "" {
		return plainText(http.StatusBadRequest, "non-empty audience parameter required")
	}
	claims := map[string]any{
		"iss": GoogleIssuer, "aud": query.Get("audience"), "sub": "113774264463038321964", "azp": "113774264463038321964",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if query.Get("format") == "full" {
		claims["email"], claims["email_verified"] = ServiceAccountEmail, true
	}
	a := plainText(http.StatusOK, server.SignJWT(claims, nil))
	a.Header.Set("Metadata-Flavor", "Google")
	return a
}

// googleToken follows https://developers.google.com/identity/protocols/oauth2/service-account#httprest. The time of its
// assertions is the machine's, which is not the sandbox's.
func (c *Server) googleToken(r *http.Request) server.Reply {
	if r.ParseForm() != nil || r.PostForm.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		return azureRefusal("unsupported_grant_type", "Invalid grant_type")
	}
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(r.PostForm.Get("assertion"), claims, func(*jwt.Token) (any, error) { return server.SigningKey().Public(), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}))
	if err != nil || claims["iss"] != ServiceAccountEmail {
		return azureRefusal("invalid_grant", "Invalid JWT Signature.")
	}
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"access_token": c.issue("ya29."), "expires_in": 3599, "token_type": "Bearer"}}
}

// googleSignJWT follows
// https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signJwt.
func (c *Server) googleSignJWT(r *http.Request) server.Reply {
	refuse := func(status int, name, message string) server.Reply {
		return server.Reply{Status: status, Body: map[string]any{"error": map[string]any{"code": status, "status": name, "message": message}}}
	}
	if !c.knows(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
		return refuse(http.StatusUnauthorized, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
	}
	if r.PathValue("operation") != ServiceAccountEmail+":signJwt" {
		return refuse(http.StatusForbidden, "PERMISSION_DENIED", "Permission 'iam.serviceAccounts.signJwt' denied on resource (or it may not exist).")
	}
	var body struct {
		Payload string `json:"payload"`
	}
	claims := map[string]any{}
	if json.NewDecoder(r.Body).Decode(&body) != nil || json.Unmarshal([]byte(body.Payload), &claims) != nil {
		return refuse(http.StatusBadRequest, "INVALID_ARGUMENT", "Request contains an invalid argument.")
	}
	claims["exp"] = c.now().Add(time.Hour).Unix()
	return server.Reply{Status: http.StatusOK, Body: map[string]any{"keyId": server.SigningKeyID, "signedJwt": server.SignJWT(claims, nil)}}
}

var errSignature = errors.New("the signature does not match")

// CallerIdentity is STS: it checks the signature of a GetCallerIdentity request as
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html has it.
func (c *Server) CallerIdentity(now time.Time, region string, headers map[string]string, body string) error {
	lower := map[string]string{}
	for name, value := range headers {
		lower[strings.ToLower(name)] = strings.TrimSpace(value)
	}
	if body != "Action=GetCallerIdentity&Version=2011-06-15" || lower["host"] != "sts."+region+".amazonaws.com" ||
		lower["x-amz-security-token"] != c.SessionToken {
		return errSignature
	}
	signedAt, err := time.Parse("20060102T150405Z", lower["x-amz-date"])
	if err != nil || now.Sub(signedAt).Abs() > 15*time.Minute {
		return errSignature
	}
	authorization := lower["authorization"]
	_, rest, _ := strings.Cut(authorization, "SignedHeaders=")
	signedHeaders, _, _ := strings.Cut(rest, ",")
	names := strings.Split(signedHeaders, ";")
	for _, required := range []string{"host", "x-amz-date", "x-amz-security-token"} {
		if !slices.Contains(names, required) {
			return errSignature
		}
	}
	canonical := "POST\n/\n\n"
	for _, name := range names {
		canonical += name + ":" + lower[name] + "\n"
	}
	canonical += "\n" + signedHeaders + "\n" + hexSum(body)
	scope := signedAt.Format("20060102") + "/" + region + "/sts/aws4_request"
	key := []byte("AWS4" + c.SecretAccessKey)
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	signature := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+lower["x-amz-date"]+"\n"+scope+"\n"+hexSum(canonical)))
	if authorization != "AWS4-HMAC-SHA256 Credential="+c.AccessKeyID+"/"+scope+", SignedHeaders="+signedHeaders+", Signature="+signature {
		return errSignature
	}
	return nil
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
