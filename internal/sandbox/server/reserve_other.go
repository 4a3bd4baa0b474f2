//go:build !unix

package server

func reserve(string) (release func()) { return func() {} }
