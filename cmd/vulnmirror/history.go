package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/wI2L/jsondiff"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// versionLine is one version of a record for programs.
type versionLine struct {
	ID       string          `json:"id"`
	Modified string          `json:"lastModified"`
	Seen     time.Time       `json:"seen"`
	File     string          `json:"file"`
	SHA256   string          `json:"file_sha256"`
	Changes  []change        `json:"changes,omitempty"` // since the version before
	Body     json.RawMessage `json:"body"`
}

// change is one place in which two versions differ (RFC 6902 names the
// operations, RFC 6901 the path).
type change struct {
	Operation string `json:"op"`
	Path      string `json:"path"`
	Old       any    `json:"old,omitempty"`
	New       any    `json:"new,omitempty"`
}

func (a *app) showHistory(ctx context.Context, st store.Reader, record vuln.Record) error {
	id := record.ID
	versions, err := st.Versions(ctx, record.Kind, id)
	if err != nil {
		return err
	}
	var before []byte
	for i, v := range versions {
		line := versionLine{
			ID: id, Modified: vuln.FormatTime(v.Record.Modified), Seen: v.Seen,
			File: v.Origin.Filename, SHA256: v.Origin.SHA256, Body: v.Record.Body,
		}
		if before != nil {
			if line.Changes, err = changes(before, v.Record.Body); err != nil {
				return fmt.Errorf("%s, version %d: %w", id, i+1, err)
			}
		}
		before = v.Record.Body
		if a.json {
			err = a.printJSONLine(line)
		} else {
			err = a.printVersion(i+1, line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printVersion(n int, v versionLine) error {
	_, err := fmt.Fprintf(a.stdout, "version %d  last modified %s  first seen %s in %s\n",
		n, v.Modified, v.Seen.UTC().Format(time.DateTime), v.File)
	for _, c := range v.Changes {
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "  %-8s %s%s%s\n", c.Operation, c.Path, valueText("  was ", c.Old), valueText("  is ", c.New))
	}
	return err
}

func valueText(label string, v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return label + shorten(string(text), 120)
}

// changes lists what turned one body into another.
func changes(before, after []byte) ([]change, error) {
	patch, err := jsondiff.CompareJSON(before, after, jsondiff.LCS(), jsondiff.SkipCompact())
	if err != nil {
		return nil, err
	}
	out := make([]change, 0, len(patch))
	for _, op := range patch {
		out = append(out, change{Operation: op.Type, Path: op.Path, Old: op.OldValue, New: op.Value})
	}
	return out, nil
}
