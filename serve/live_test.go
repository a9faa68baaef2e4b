package serve

import (
	"errors"
	"sync"
	"testing"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func TestLiveClosesTheOldStoreAfterItsLastReader(t *testing.T) {
	first, second := mirror(t, known), mirror(t, "CVE-2024-0001")
	live := NewLive(first)
	snapshot, err := live.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	swapped := make(chan error)
	go func() { swapped <- live.Swap(second) }()
	for { // until the swap is seen
		if _, err := live.Get(t.Context(), vuln.KindCVE, "CVE-2024-0001"); err == nil {
			break
		}
	}
	for r, err := range snapshot.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
		if err != nil || r.ID != known {
			t.Errorf("the snapshot reads %q, %v", r.ID, err)
		}
	}
	select {
	case <-swapped:
		t.Error("the old store was closed under a reader")
	default:
	}
	for range 2 { // closing twice must not count twice
		if err := snapshot.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := <-swapped; err != nil {
		t.Error(err)
	}
	if _, err := first.Sources(t.Context()); err == nil {
		t.Error("the old store is still open")
	}
	if err := live.Close(); err != nil {
		t.Error(err)
	}
	if _, err := second.Sources(t.Context()); err == nil {
		t.Error("the last store is still open")
	}
	if _, err := live.Get(t.Context(), vuln.KindCVE, "CVE-2024-0001"); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
	for _, err := range live.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
		if !errors.Is(err, errClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

// A store fails when it is read after Close.
func TestLiveUnderLoad(t *testing.T) {
	live := NewLive(mirror(t, known))
	var others []store.Store
	for range 4 {
		others = append(others, mirror(t, known))
	}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 100 {
				if _, err := live.Get(t.Context(), vuln.KindCVE, known); err != nil {
					t.Error(err)
				}
				for _, err := range live.List(t.Context(), store.Query{Kind: vuln.KindCVE}) {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for _, other := range others {
		if err := live.Swap(other); err != nil {
			t.Error(err)
		}
	}
	readers.Wait()
	if err := live.Close(); err != nil {
		t.Error(err)
	}
}
