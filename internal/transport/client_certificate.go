package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
)

// ClientCertificate reads a certificate and its key, each as PEM or as the path of a file that holds it. No error
// repeats PEM.
func ClientCertificate(ctx context.Context, certificate, key string) (*tls.Certificate, error) {
	certificatePEM, err := pemOf(ctx, certificate)
	if err != nil {
		return nil, fmt.Errorf("the certificate cannot be read: %w", err)
	}
	keyPEM, err := pemOf(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("the key cannot be read: %w", err)
	}
	pair, err := tls.X509KeyPair(certificatePEM, keyPEM)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "tls: "))
	}
	return &pair, nil
}

func pemOf(ctx context.Context, text string) ([]byte, error) {
	if strings.Contains(text, "-----BEGIN") {
		return []byte(text), nil
	}
	if strings.ContainsAny(text, "\n\r") || len(text) > 4096 {
		return nil, errors.New("it is neither PEM, which begins with -----BEGIN, nor the path of a file")
	}
	content, err := ReadCredential(ctx, text)
	if err != nil {
		// This may be a key that was taken for a path.
		return nil, fmt.Errorf("it is not PEM, which begins with -----BEGIN, and it cannot be read as the path of a file: %w", err)
	}
	return content, nil
}
