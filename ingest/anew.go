package ingest

import (
	"time"

	"vulnmirror/archive"
	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// generation is a run that fetched everything anew. What none of its files has,
// upstream has no longer, whatever was held before.
type generation struct {
	source  string
	files   int // still to be decoded
	at      time.Time
	records map[vuln.Kind]*inventory
}

// generations finds the runs among files that fetched everything anew.
func generations(info source.Info, files []archive.File) map[string]*generation {
	out := make(map[string]*generation)
	for _, f := range files {
		if !f.Anew {
			continue
		}
		g := out[f.Run]
		if g == nil {
			g = &generation{source: info.Name, records: make(map[vuln.Kind]*inventory)}
			for _, kind := range append([]vuln.Kind{info.Kind}, info.With...) {
				g.records[kind] = newInventory()
			}
			out[f.Run] = g
		}
		g.files++
		if f.Fetched.After(g.at) {
			g.at = f.Fetched
		}
	}
	return out
}

func (g *generation) add(r vuln.Record) {
	if g != nil {
		g.records[r.Kind].add(r.ID)
	}
}

// refused notes a record that upstream has and that cannot be read.
func (g *generation) refused(id string) {
	if g == nil {
		return
	}
	for _, v := range g.records {
		v.add(id)
	}
}

// always is later than any date upstream gives.
var always = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// ended counts a file as decoded; after the last one it says what to withdraw.
func (g *generation) ended() []store.Withdrawal {
	if g == nil {
		return nil
	}
	if g.files--; g.files > 0 {
		return nil
	}
	var out []store.Withdrawal
	for kind, v := range g.records {
		if keep := v.keep(); keep != nil {
			out = append(out, store.Withdrawal{Kind: kind, Source: g.source, At: g.at, UpTo: always, Keep: keep})
		}
	}
	return out
}
