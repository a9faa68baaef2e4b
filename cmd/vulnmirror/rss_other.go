//go:build !unix

package main

import "runtime"

// peakRSS is what the Go runtime got from the system, in bytes: the nearest
// figure to be had here.
func peakRSS() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.Sys)
}
