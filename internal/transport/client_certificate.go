package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// ClientCertificate reads a certificate and its key, each as PEM or as the path of a file that holds it. No error
// repeats PEM.
func ClientCertificate(certificate, key string) (*tls.Certificate, error) {
	certificatePEM, err := pemOf(certificate)
	if err != nil {
		return nil, fmt.Errorf("the certificate cannot be read: %w", err)
	}
	keyPEM, err := pemOf(key)
	if err != nil {
		return nil, fmt.Errorf("the key cannot be read: %w", err)
	}
	pair, err := tls.X509KeyPair(certificatePEM, keyPEM)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "tls: "))
	}
	return &pair, nil
}

func pemOf(text string) ([]byte, error) {
	if strings.Contains(text, "-----BEGIN") {
		return []byte(text), nil
	}
	if strings.ContainsAny(text, "\n\r") || len(text) > 4096 {
		return nil, errors.New("it is neither PEM, which begins with -----BEGIN, nor the path of a file")
	}
	content, err := os.ReadFile(text) //nolint:gosec // The user's own file.
	var failure *fs.PathError
	if errors.As(err, &failure) {
		// This may be a key that was taken for a path.
		return nil, fmt.Errorf("it is not PEM, which begins with -----BEGIN, and it cannot be read as the path of a file: %w", failure.Err)
	}
	return content, err
}
