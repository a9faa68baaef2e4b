package transfer

import (
	"errors"
	"testing"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/testkit/pgserver"
	"vulnmirror/vuln"
)

// TestCopyToAServerAndBack: what comes back is what went in, by its hashes, and
// so is what the server holds. Without a server it fails only when
// VULNMIRROR_TEST_REQUIRE says that there has to be one.
func TestCopyToAServerAndBack(t *testing.T) {
	server, err := pgserver.Start()
	if errors.Is(err, pgserver.ErrNone) && !pgserver.Required() {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	url, err := server.Create(t.Context(), "between")
	if err != nil {
		t.Fatal(err)
	}
	between, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := between.Close(); err != nil {
			t.Error(err)
		}
	})
	first, last := newStore(t), newStore(t)
	mirror(t, first)
	for _, leg := range []struct {
		what     string
		from, to store.Store
	}{{"into the server", first, between}, {"out of it", between, last}, {"there and back", first, last}} {
		mustCopy(t, leg.from, leg.to)
		wantSame(t, leg.what, leg.from, leg.to)
	}
	// The server goes on where it was left.
	put(t, first, file("nvd-cve", 20), vuln.KindCVE, nil, cve(1, 70, "newer"))
	for range 2 {
		if _, err := copyAll(t, first, &failing{between, 1}); !errors.Is(err, errPlanted) && err != nil {
			t.Fatal(err)
		}
	}
	wantSame(t, "brought up to date", first, between)
}
