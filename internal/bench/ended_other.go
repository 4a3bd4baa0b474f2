//go:build !linux

package main

import "time"

// ended cannot tell here what the processes took that a process has started.
func ended(int) time.Duration { return 0 }
