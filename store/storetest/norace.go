//go:build !race

package storetest

// raceEnabled tells that the race detector slows everything down.
const raceEnabled = false
