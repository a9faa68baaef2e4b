//go:build unix

package main

import (
	"runtime"
	"syscall"
)

// peakRSS is the most memory this process had resident, in bytes.
func peakRSS() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss // there in bytes, elsewhere in kilobytes
	}
	return usage.Maxrss * 1024
}
