package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	format "vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// heldAt is when what `hold` put into the database was fetched.
var heldAt = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

// scriptHold is `hold FILE [converted] [withdrawn]`: the database holds the
// records of FILE, a document of NVD's.
func scriptHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: hold FILE [converted] [withdrawn]")
	}
	file, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer file.Close()
	ts.Check(os.MkdirAll(ts.MkAbs("data"), 0o755))
	st, err := sqlite.Open(filepath.Join(ts.MkAbs("data"), databaseName), sqlite.Options{})
	ts.Check(err)
	defer st.Close()
	batch := &store.Batch{Origin: store.Origin{Source: "test", Filename: args[0], SHA256: args[0], Fetched: heldAt}, Last: true}
	for doc := format.NewReader(file); ; {
		body, err := doc.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		ts.Check(err)
		record, err := format.Decode(doc.Format(), body)
		ts.Check(err)
		record.Source, record.Converted = "test", slices.Contains(args, "converted")
		batch.Records = append(batch.Records, record)
	}
	ctx := context.Background()
	_, err = st.Apply(ctx, batch)
	ts.Check(err)
	if slices.Contains(args, "withdrawn") {
		_, err = st.Withdraw(ctx, store.Withdrawal{
			Kind: batch.Records[0].Kind, Source: "test", At: heldAt, UpTo: heldAt,
			Keep: func(id string) bool {
				return !slices.ContainsFunc(batch.Records, func(r vuln.Record) bool { return r.ID == id })
			},
		})
		ts.Check(err)
	}
}
