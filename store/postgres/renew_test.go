package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"vulnmirror/store"
	"vulnmirror/store/postgres"
	"vulnmirror/vuln"
)

// look is what a reader sees: how many records, and the first one's status.
func look(t testing.TB, r store.Reader) string {
	t.Helper()
	d, err := r.Digest(t.Context(), store.Query{Kind: vuln.KindCVE})
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Get(t.Context(), vuln.KindCVE, "CVE-2020-0000")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(d.Count, " ", got.Status)
}

// outsider is a connection of somebody's own program.
type outsider struct {
	t    *testing.T
	conn *pgx.Conn
}

func connected(t *testing.T, url string) outsider {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return outsider{t, conn}
}

func (o outsider) exec(statement string) {
	o.t.Helper()
	if _, err := o.conn.Exec(o.t.Context(), statement); err != nil {
		o.t.Fatalf("%s: %v", statement, err)
	}
}

func (o outsider) text(statement string) (out string) {
	o.t.Helper()
	if err := o.conn.QueryRow(o.t.Context(), statement).Scan(&out); err != nil {
		o.t.Fatalf("%s: %v", statement, err)
	}
	return out
}

// TestRenewalIsSeenElsewhere: stores and programs on other connections, which
// keep statements prepared, see the new content without doing anything, while a
// snapshot stays what it was. It is done twice, since there are two schemas.
func TestRenewalIsSeenElsewhere(t *testing.T) {
	url := database(t)
	s := open(t, url, postgres.Options{})
	defer closed(t, s)
	fill(t, s, "Received", 2)
	elsewhere := open(t, url, postgres.Options{ReadOnly: true})
	defer closed(t, elsewhere)
	program := connected(t, url)
	const count = "SELECT count(*)::text || ' ' || min(json_data->>'vulnStatus') FROM cve_records"
	was := "2 Received"
	for n, status := range []string{"Analyzed", "Modified", "Rejected"} {
		if got := look(t, elsewhere); got != was {
			t.Fatalf("before: %s, want %s", got, was)
		}
		if got := program.text(count); got != was {
			t.Fatalf("before, by SQL: %s, want %s", got, was)
		}
		frozen, err := elsewhere.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		next, err := s.Renew(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fill(t, next, status, n+3)
		if err := next.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed(t, next)
		if got := look(t, frozen); got != was {
			t.Errorf("a snapshot became %s, was %s", got, was)
		}
		closed(t, frozen)
		was = fmt.Sprint(n+3, " ", status)
		for _, r := range []store.Reader{s, elsewhere} {
			if got := look(t, r); got != was {
				t.Errorf("after: %s, want %s", got, was)
			}
		}
		if got := program.text(count); got != was {
			t.Errorf("after, by SQL: %s, want %s", got, was)
		}
	}
}

func TestOnlyTheLastRenewalCanBeTaken(t *testing.T) {
	s := empty(t)
	defer closed(t, s)
	fill(t, s, "Received", 2)
	first, err := s.Renew(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, first, "Analyzed", 3)
	second, err := s.Renew(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, second, "Modified", 4)
	if err := first.Take(t.Context()); err == nil {
		t.Error("a renewal was taken that another has replaced")
	}
	b := &store.Batch{Origin: store.Origin{Source: "test", Filename: "late", SHA256: "00"}, Records: []vuln.Record{record(9, "Received")}}
	if _, err := first.Apply(t.Context(), b); err == nil {
		t.Error("a renewal was written to that another has replaced")
	}
	closed(t, first)
	if err := second.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	closed(t, second)
	if got := look(t, s); got != "4 Modified" {
		t.Error(got)
	}
}

// TestTakeWaitsForNoSnapshotAndDropsLater: what an open snapshot reads is dropped
// by the next renewal.
func TestOldContentIsDroppedLater(t *testing.T) {
	url := database(t)
	s := open(t, url, postgres.Options{})
	defer closed(t, s)
	fill(t, s, "Received", 2)
	frozen, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	renewed := func() {
		next, err := s.Renew(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fill(t, next, "Analyzed", 3)
		if err := next.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed(t, next)
	}
	renewed()
	const tables = "SELECT count(DISTINCT relnamespace)::text FROM pg_class WHERE relname = 'record'"
	program := connected(t, url)
	if got := program.text(tables); got != "2" {
		t.Errorf("%s schemas hold records while a snapshot is open", got)
	}
	closed(t, frozen)
	renewed()
	if got := program.text(tables); got != "1" {
		t.Errorf("%s schemas hold records after all", got)
	}
}
