package cloudidentity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go/logging"
)

// callerIdentity is the request that tells AWS, and through it Infisical, who signed it:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html.
const callerIdentity = "Action=GetCallerIdentity&Version=2011-06-15"

// regionPattern is what Infisical takes for a region, https://github.com/Infisical/infisical
// (identity-aws-auth-service.ts): it makes a host of it.
var regionPattern = regexp.MustCompile(`^[a-z0-9-]{1,20}$`)

// SignedRequest is a request to AWS that somebody else may send.
type SignedRequest struct {
	Method, Body string
	// Headers hold the signature, and the session's token when there is one.
	Headers map[string]string
}

// AWSCallerIdentity signs a GetCallerIdentity request to the STS of our region, with the credentials that AWS's SDKs
// find: in the environment, in a profile, of a web identity, of the container, or of the instance.
func (m *Machine) AWSCallerIdentity(ctx context.Context) (SignedRequest, error) {
	return obtain(ctx, m, "AWS credentials", m.signCallerIdentity)
}

func (m *Machine) signCallerIdentity(ctx context.Context, client *http.Client) (SignedRequest, error) {
	options := []func(*config.LoadOptions) error{
		// When nothing names a region, the instance does.
		config.WithEC2IMDSRegion(func(o *config.UseEC2IMDSRegion) { o.Client = imds.New(imds.Options{HTTPClient: client}) }),
		config.WithLogger(logging.Nop{}),
	}
	loaded, err := config.LoadDefaultConfig(ctx, append(options, config.WithHTTPClient(client))...)
	if err != nil && strings.Contains(err.Error(), "custom RootCAs") {
		// AWS_CA_BUNDLE and ca_bundle of a profile are only for the SDK's own client.
		loaded, err = config.LoadDefaultConfig(ctx, options...)
	}
	if err != nil {
		return SignedRequest{}, err
	}
	switch {
	case loaded.Region == "":
		return SignedRequest{}, errors.New("no region is set: set AWS_REGION")
	case !regionPattern.MatchString(loaded.Region):
		return SignedRequest{}, fmt.Errorf("%q is not the name of a region: set AWS_REGION", loaded.Region)
	}
	credentials, err := loaded.Credentials.Retrieve(ctx)
	if err != nil {
		return SignedRequest{}, err
	}
	// Infisical sends it to the host that it makes of the region in the signature.
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://sts."+loaded.Region+".amazonaws.com/", strings.NewReader(callerIdentity))
	if err != nil {
		return SignedRequest{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sum := sha256.Sum256([]byte(callerIdentity))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), "sts", loaded.Region, m.config.Now()); err != nil {
		return SignedRequest{}, err
	}
	signed := SignedRequest{Method: request.Method, Body: callerIdentity, Headers: map[string]string{
		"Host": request.URL.Host, "Content-Length": strconv.Itoa(len(callerIdentity)),
	}}
	for name := range request.Header {
		signed.Headers[name] = request.Header.Get(name)
	}
	return signed, nil
}
