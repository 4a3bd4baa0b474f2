package main

import "runtime/debug"

const (
	// garbagePercent is how much garbage may pile up, in per cent of what is in use.
	garbagePercent = 800
	// memoryLimit is the memory from which on garbage is collected all the same, as often as needed.
	memoryLimit = 96 << 20
)

// collectGarbageLazily spends memory to save time. Terraform starts a provider for each of its walks and ends it after
// seconds, in which a few megabytes are in use; the collector, tuned for servers, would run dozens of times. GOGC and
// GOMEMLIMIT have the last word.
func collectGarbageLazily(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
