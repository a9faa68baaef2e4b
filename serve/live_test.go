package serve

import (
	"errors"
	"sync"
	"testing"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

func TestLiveClosesTheOldStoreAfterItsLastReader(t *testing.T) {
	first, second := fresh1(), fresh1()
	second.record.ID = "CVE-2024-0001"
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
	for r, err := range snapshot.List(t.Context(), store.Query{}) {
		if err != nil || r.ID != "CVE-2021-44228" {
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
	if err := <-swapped; err != nil || !first.closed {
		t.Errorf("closed: %v, %v", first.closed, err)
	}
	if err := live.Close(); err != nil || !second.closed {
		t.Errorf("closed: %v, %v", second.closed, err)
	}
	if _, err := live.Get(t.Context(), vuln.KindCVE, "CVE-2024-0001"); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
	for _, err := range live.List(t.Context(), store.Query{}) {
		if !errors.Is(err, errClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

// The fake panics when it is read after Close; the race detector watches the rest.
func TestLiveUnderLoad(t *testing.T) {
	live := NewLive(fresh1())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 200 {
				if _, err := live.Get(t.Context(), vuln.KindCVE, "CVE-2021-44228"); err != nil {
					t.Error(err)
				}
				for _, err := range live.List(t.Context(), store.Query{}) {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for range 50 {
		if err := live.Swap(fresh1()); err != nil {
			t.Error(err)
		}
	}
	readers.Wait()
	if err := live.Close(); err != nil {
		t.Error(err)
	}
}
