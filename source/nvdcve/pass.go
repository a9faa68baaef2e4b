package nvdcve

import (
	"encoding/json"
	"fmt"
	"slices"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
	"vulnmirror/source/nvdupstream"
)

// coverage is which part of the collection is held whole.
type coverage struct {
	Years []int `json:"years,omitempty"` // feed years; empty with All
	All   bool  `json:"all,omitempty"`   // the API's whole list was loaded
}

// state is the source's own part of the cursor.
type state struct {
	coverage
	nvdupstream.State
}

// pass is one Fetch at work.
type pass struct {
	*Source
	*nvdupstream.Pass
	covered coverage
}

func (s *Source) newPass(up *fetch.Client, run *archive.Run, last source.Cursor) (*pass, error) {
	shared, err := nvdupstream.NewPass(collection, s.Settings, up, run, last)
	if err != nil {
		return nil, err
	}
	p := &pass{Source: s, Pass: shared}
	if len(last.State) > 0 {
		if err := json.Unmarshal(last.State, &p.covered); err != nil {
			return nil, fmt.Errorf("%s: the manifest's cursor is unreadable: %w", Name, err)
		}
	}
	// Years asked for since the last complete load make it incomplete again.
	p.Cursor.Complete = last.Complete && p.covers(s.years())
	return p, nil
}

func (p *pass) covers(years []int) bool {
	if p.covered.All {
		return true
	}
	// A year that has only just begun is covered by "modified" until its feed
	// is fetched with the others.
	newest := 0
	if len(p.covered.Years) > 0 {
		newest = slices.Max(p.covered.Years)
	}
	for _, y := range years {
		if !slices.Contains(p.covered.Years, y) && !(len(p.Years) == 0 && y > newest && newest > 0) {
			return false
		}
	}
	return true
}

func (p *pass) state() state { return state{p.covered, p.State} }
