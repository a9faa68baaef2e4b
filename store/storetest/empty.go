package storetest

import (
	"errors"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// checkEmpty calls everything on a store that nothing was put into.
func checkEmpty(t trial, s store.Store) {
	checkNothing(t, s)
	for _, q := range append(entryFilters(), filters()...) {
		compare(t, s, nil, q)
	}
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatalf("Snapshot of an empty store: %v", err)
	}
	checkNothing(t, snap)
	if err := snap.Close(); err != nil {
		t.Errorf("Close of a snapshot: %v", err)
	}
	w := store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", At: epoch, UpTo: epoch, Keep: func(string) bool { return false }}
	if n, err := s.Withdraw(t.Context(), w); n != 0 || err != nil {
		t.Errorf("Withdraw of an empty store: %d, %v", n, err)
	}
	if loader, ok := s.(store.BulkLoader); ok {
		for _, kind := range everyKind {
			if err := loader.EndBulk(t.Context(), kind); err != nil {
				t.Errorf("EndBulk of an empty store: %v", err)
			}
		}
	}
	if o := apply(t, s, 1); len(o.Dispositions) != 0 {
		t.Errorf("an empty batch gave %+v", o)
	}
	checkNothing(t, s)
}

func checkNothing(t trial, r store.Reader) {
	ctx := t.Context()
	if _, err := r.Get(ctx, vuln.KindCVE, "CVE-2024-0001"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get of an empty store: %v, want ErrNotFound", err)
	}
	if _, err := r.Versions(ctx, vuln.KindCVE, "CVE-2024-0001"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Versions of an empty store: %v, want ErrNotFound", err)
	}
	for _, kind := range everyKind {
		compare(t, r, nil, store.Query{Kind: kind})
	}
	if got, err := r.Sources(ctx); err != nil || len(got) > 0 {
		t.Errorf("Sources of an empty store: %v, %v", got, err)
	}
	if got, err := r.Ingested(ctx, "nvd-cve", "x", "y"); err != nil || got {
		t.Errorf("Ingested of an empty store: %v, %v", got, err)
	}
	if got, err := r.Origins(ctx); err != nil || len(got) > 0 {
		t.Errorf("Origins of an empty store: %v, %v", got, err)
	}
	if got, err := r.Criteria(ctx, store.Product{}); err != nil || len(got) > 0 {
		t.Errorf("Criteria of an empty store: %v, %v", got, err)
	}
	if got, err := r.Uses(ctx, nil); err != nil || len(got) > 0 {
		t.Errorf("Uses of nothing: %v, %v", got, err)
	}
	if got, err := r.Listed(ctx, "cpe:2.3:a:v:p:1:*:*:*:*:*:*:*"); err != nil || len(got) != 1 || got[0].Known || len(got[0].Criteria) > 0 {
		t.Errorf("Listed of an empty store: %+v, %v", got, err)
	}
}

// checkClosed: nothing works any more on a store that is closed.
func checkClosed(t trial, s store.Store) {
	apply(t, s, 1, record(2024, 1))
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	ctx := t.Context()
	listed := func() (err error) {
		for _, err = range s.List(ctx, store.Query{Kind: vuln.KindCVE}) {
			if err != nil {
				break
			}
		}
		return err
	}
	for what, call := range map[string]func() error{
		"Get":      func() error { _, err := s.Get(ctx, vuln.KindCVE, "CVE-2024-0001"); return err },
		"List":     listed,
		"Digest":   func() error { _, err := s.Digest(ctx, store.Query{Kind: vuln.KindCVE}); return err },
		"Versions": func() error { _, err := s.Versions(ctx, vuln.KindCVE, "CVE-2024-0001"); return err },
		"Sources":  func() error { _, err := s.Sources(ctx); return err },
		"Ingested": func() error { _, err := s.Ingested(ctx, "x", "y", "z"); return err },
		"Origins":  func() error { _, err := s.Origins(ctx); return err },
		"Criteria": func() error { _, err := s.Criteria(ctx, store.Product{}); return err },
		"Snapshot": func() error { _, err := s.Snapshot(ctx); return err },
		"Apply": func() error {
			_, err := s.Apply(ctx, &store.Batch{Records: []vuln.Record{record(2024, 2)}})
			return err
		},
		"Withdraw": func() error {
			_, err := s.Withdraw(ctx, store.Withdrawal{Kind: vuln.KindCVE, Source: "nvd-cve", UpTo: epoch, Keep: func(string) bool { return true }})
			return err
		},
		"SetSource": func() error { return s.SetSource(ctx, store.SourceState{Source: "x"}) },
	} {
		if err := call(); err == nil {
			t.Errorf("%s of a closed store gave no error", what)
		}
	}
}
