//go:build unix

package server

import (
	"net/netip"
	"syscall"
)

// reserve keeps a loopback address without listening there, so that who connects is refused, and the kernel gives its
// port to nobody who wants any: else another server, or a connection that somebody opens, may have it when it is wanted
// again.
func reserve(address string) (release func()) {
	nothing := func() {}
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return nothing
	}
	family, name := syscall.AF_INET6, syscall.Sockaddr(&syscall.SockaddrInet6{Port: int(parsed.Port()), Addr: parsed.Addr().As16()})
	if parsed.Addr().Is4() {
		family, name = syscall.AF_INET, &syscall.SockaddrInet4{Port: int(parsed.Port()), Addr: parsed.Addr().As4()}
	}
	syscall.ForkLock.RLock()
	socket, err := syscall.Socket(family, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(socket)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nothing
	}
	// As a listener sets it: connections from before may still be open.
	if syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1) != nil || syscall.Bind(socket, name) != nil {
		_ = syscall.Close(socket)
		return nothing
	}
	return func() { _ = syscall.Close(socket) }
}
