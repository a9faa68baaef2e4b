package main

import (
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRecordedBuild(t *testing.T) {
	b := build{Version: "devel"}
	b.recorded(&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}})
	if b.Version != "devel" {
		t.Errorf("version %q", b.Version)
	}
	b.recorded(&debug.BuildInfo{
		Main: debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-11-21T20:00:00Z"}, {Key: "vcs.modified", Value: "true"},
		},
	})
	want := build{Version: "v1.2.3", Commit: "abc", Date: "2026-11-21T20:00:00Z", Modified: true}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
}
