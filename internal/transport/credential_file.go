package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxCredential is how large a file with a credential may be: far more than any token, key or certificate.
const maxCredential = 64 << 10

// ReadCredential reads a file that holds a credential. It must be a regular file of at most 64 KiB: one that is a pipe,
// or that a server lends and does not give, would be waited for without an end. Errors do not name the path, which may
// be a credential that was taken for one.
func ReadCredential(ctx context.Context, path string) ([]byte, error) {
	type result struct {
		content []byte
		err     error
	}
	read := make(chan result, 1)
	go func() {
		content, err := readCredential(path)
		read <- result{content, err}
	}()
	select {
	case found := <-read:
		return found.content, found.err
	case <-ctx.Done():
		return nil, fmt.Errorf("it could not be read in time: %w", context.Cause(ctx))
	}
}

func readCredential(path string) ([]byte, error) {
	// Before it is opened: a pipe is not opened until somebody writes.
	about, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case !about.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	}
	file, err := os.Open(path) //nolint:gosec // The user's own file.
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxCredential+1))
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case len(content) > maxCredential:
		return nil, fmt.Errorf("it is larger than %d KiB, which no credential is", maxCredential>>10)
	}
	return content, nil
}

func withoutPath(err error) error {
	var failure *fs.PathError
	if errors.As(err, &failure) {
		return failure.Err
	}
	return err
}
