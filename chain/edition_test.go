package chain

import (
	"testing"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func TestFloorsAreThoseOfTheEditionHeld(t *testing.T) {
	of := edition{vuln.KindCAPEC, "3.9"}
	for release, want := range map[string]bool{"3.9": true, "3.10": true, "4.0": true, "3.6": false, "": false} {
		if got := of.reached([]store.SourceState{{Source: "capec", Release: release}, {Source: "cwe", Release: "4.20"}}); got != want {
			t.Errorf("release %q: %v, want %v", release, got, want)
		}
	}
}
