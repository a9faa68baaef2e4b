package storetest

import (
	"testing"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// Migrated checks a store that was opened by this program on a database of an
// earlier schema, into which these records were once applied: it answers as if
// this program had applied them, and takes what comes next.
func Migrated(t *testing.T, s store.Store, records []vuln.Record) {
	holds(newTrial(t, nil), s, records)
}

func holds(t trial, s store.Store, records []vuln.Record) {
	asked(t, s, records)
	compareUses(t, s, records, store.Product{})
	for i := range records {
		r := &records[i]
		same(t, "Get "+r.ID, mustGet(t, s, r.Kind, r.ID), *r)
		versions, err := s.Versions(t.Context(), r.Kind, r.ID)
		if err != nil || len(versions) == 0 || string(versions[len(versions)-1].Record.Body) != string(r.Body) {
			t.Errorf("versions of %s: %d, %v; want the last to be the current one", r.ID, len(versions), err)
		}
	}
	if o := apply(t, s, 1, records...); o.Unchanged != len(records) {
		t.Errorf("the same records again: %+v", o)
	}
	now := append([]vuln.Record(nil), records...)
	for i := range now {
		if r := &now[i]; i%3 == 0 && r.Kind == vuln.KindCVE {
			r.Modified = r.Modified.Add(time.Hour)
			r.Text = append(r.Text, vuln.Text{Lang: "en", Value: "migrated"})
			r.Body = Body(r)
		}
	}
	now = append(now, record(2033, 1), entry(vuln.KindCPE, "cpe:2.3:a:vendor1:migrated:1:*:*:*:*:*:*:*", func(r *vuln.Record) {
		r.Facts.Platform = &vuln.MatchCriteria{Criteria: r.ID}
	}))
	apply(t, s, 2, now...)
	asked(t, s, now)
	compareUses(t, s, now, store.Product{})
	compare(t, s, now, store.Query{Kind: vuln.KindCVE, Words: []string{"migrated"}})
}
