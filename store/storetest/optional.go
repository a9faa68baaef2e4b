package storetest

import (
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// checkSize: a store that knows its size has one that content makes larger.
func checkSize(t trial, s store.Store) {
	sized, ok := s.(store.Sized)
	if !ok {
		return
	}
	apply(t, s, 1, record(2024, 1))
	before, err := sized.SizeOnDisk(t.Context())
	if err != nil || before <= 0 {
		t.Errorf("SizeOnDisk: %d, %v", before, err)
	}
	apply(t, s, 2, Records(t.size(700, 80), 18)...)
	if after, err := sized.SizeOnDisk(t.Context()); err != nil || after <= before {
		t.Errorf("SizeOnDisk after more came: %d, before %d, error %v", after, before, err)
	}
}

// checkAsk: users read with SQL and change nothing.
func checkAsk(t trial, s store.Store) {
	asker, ok := s.(store.Asker)
	if !ok {
		return
	}
	records := Records(20, 19)
	apply(t, s, 1, records...)
	before := contentOf(t, s)
	rows := func(statement string) (n int, err error) {
		answer, err := asker.Ask(t.Context(), statement)
		if err != nil {
			return 0, err
		}
		defer answer.Close()
		columns, err := answer.Columns()
		for err == nil && answer.Next() {
			into := make([]any, len(columns))
			for i := range into {
				into[i] = new(any)
			}
			n++
			err = answer.Scan(into...)
		}
		if err == nil {
			err = answer.Err()
		}
		return n, err
	}
	if n, err := rows("SELECT 1 AS one UNION ALL SELECT 2"); n != 2 || err != nil {
		t.Errorf("two rows: %d, %v", n, err)
	}
	if n, err := rows("SELECT * FROM cve"); n != len(records) || err != nil {
		t.Errorf("rows of cve: %d, %v, want %d", n, err, len(records))
	}
	for _, statement := range []string{"CREATE TABLE mine (a integer)", "DELETE FROM record", "UPDATE record SET id = id + 1000000", "DROP TABLE record", "nonsense"} {
		if n, err := rows(statement); err == nil {
			t.Errorf("%q was carried out, %d rows", statement, n)
		}
	}
	if d := before.diff(contentOf(t, s)); d != "" {
		t.Errorf("users changed (-before +after):\n%s", d)
	}
	compare(t, s, records, store.Query{Kind: vuln.KindCVE})
}
