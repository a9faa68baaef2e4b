package storetest

import (
	"errors"
	"time"

	"vulnmirror/store"
)

const (
	longTerm  = time.Hour
	shortTerm = 300 * time.Millisecond
)

// checkLease: whoever has a lease keeps it until it is given back.
func checkLease(t trial, s store.Store) {
	if l, ok := s.(store.Leaser); ok {
		leases(t, l, l)
	}
}

// checkSharedLease: so it is between two stores.
func checkSharedLease(t trial, a, b store.Store) {
	first, ok := a.(store.Leaser)
	second, both := b.(store.Leaser)
	if ok && both {
		leases(t, first, second)
	}
}

func leases(t T, a, b store.Leaser) {
	taken := func(what string, l store.Leaser, name, holder string) {
		t.Helper()
		if err := l.Lease(t.Context(), name, holder, longTerm); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused := func(what string, l store.Leaser, name, holder, by string) {
		t.Helper()
		asked := time.Now()
		err := l.Lease(t.Context(), name, holder, longTerm)
		var held *store.LeasedError
		if !errors.As(err, &held) || !errors.Is(err, store.ErrLeased) {
			t.Errorf("%s: %v, want a LeasedError", what, err)
			return
		}
		// The server's clock may be another.
		if held.Name != name || held.Holder != by || held.Until.Sub(asked).Abs() > longTerm+time.Minute || held.Until.Sub(asked) < longTerm/2 {
			t.Errorf("%s: %+v, want %s to have %s for an hour", what, held, by, name)
		}
	}
	released := func(l store.Leaser, name, holder string) {
		t.Helper()
		if err := l.Release(t.Context(), name, holder); err != nil {
			t.Errorf("Release of %s by %s: %v", name, holder, err)
		}
	}
	taken("a free lease", a, "one", "anna")
	refused("one that is taken", b, "one", "bert", "anna")
	taken("taken again by its holder", a, "one", "anna")
	taken("another name", b, "two", "bert")
	refused("that name", a, "two", "anna", "bert")
	released(b, "one", "bert") // not his
	refused("released by somebody else", b, "one", "bert", "anna")
	released(a, "one", "anna")
	taken("after its release", b, "one", "bert")
	refused("by who had it", a, "one", "anna", "bert")
	released(a, "one", "anna")
	released(a, "none", "anna")
	refused("released by who had it", a, "one", "anna", "bert")
	refused("and the other still", a, "two", "anna", "bert")
	released(b, "one", "bert")
	taken("given back", a, "one", "anna")
}

// checkLeaseEnds: a lease that is not renewed ends with its term, not before.
func checkLeaseEnds(t trial, s store.Store) {
	l, ok := s.(store.Leaser)
	if !ok {
		return
	}
	var began time.Time
	for range 2 { // the second time renews
		began = time.Now()
		if err := l.Lease(t.Context(), "sync", "anna", shortTerm); err != nil {
			t.Fatalf("Lease: %v", err)
		}
	}
	var berts time.Time
	for {
		berts = time.Now()
		err := l.Lease(t.Context(), "sync", "bert", shortTerm)
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrLeased) || time.Since(began) > 100*shortTerm {
			t.Fatalf("waiting for the end of a lease: %v", err)
		}
	}
	const rounding = 2 * time.Millisecond // servers may count whole milliseconds
	if kept := time.Since(began); kept < shortTerm-rounding {
		t.Errorf("a lease of %v ended after %v", shortTerm, kept)
	}
	if err := l.Lease(t.Context(), "sync", "anna", longTerm); err == nil && time.Since(berts) < shortTerm-rounding {
		t.Errorf("two have one lease")
	}
}
