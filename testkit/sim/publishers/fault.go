package publishers

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// Fault names one way of misbehaving.
type Fault string

// The ways that publishers have been seen to misbehave.
const (
	Status403    Fault = "status403"
	Status404    Fault = "status404"
	Status503    Fault = "status503"
	Page         Fault = "page"         // 200 with a web page, whatever was asked for
	Disguised    Fault = "disguised"    // the same, sent as what was asked for
	NoBody       Fault = "nobody"       // 200 with nothing
	ErrorAnswer  Fault = "error"        // 200 with {"error": …}
	Truncated    Fault = "truncated"    // the connection closes in mid-body
	BOM          Fault = "bom"          // a byte order mark where there is none otherwise
	Stale        Fault = "stale"        // the release before this one
	Empty        Fault = "empty"        // a list with nothing in it
	Shrunk       Fault = "shrunk"       // a list, an index or a catalogue that lacks most of its entries
	Dropped      Fault = "dropped"      // an index without its latest entries, which are there all the same
	TwoXML       Fault = "twoxml"       // a zip with two XML files
	NoXML        Fault = "noxml"        // a zip without one
	Hyphens      Fault = "hyphens"      // CVE identifiers with U+2011 in place of hyphens
	Backwards    Fault = "backwards"    // dates of revisions lie before those told earlier
	OtherLayout  Fault = "otherlayout"  // a web page that has the same in other columns
	MappingsGone Fault = "mappingsgone" // D3FEND's mappings are not where they were
)

// AllFaults lists every kind.
func AllFaults() []Fault {
	return []Fault{
		Status403, Status404, Status503, Page, Disguised, NoBody, ErrorAnswer, Truncated, BOM, Stale, Empty, Shrunk, Dropped, TwoXML, NoXML,
		Hyphens, Backwards, OtherLayout, MappingsGone,
	}
}

// Trouble is something that goes wrong.
type Trouble struct {
	// Publisher is whose answers fail, such as "certcc"; "" = everybody's.
	Publisher string
	// Address, where it is not "", is text that addresses, HOST/PATH, must contain.
	Address string
	// Fault is what happens, to documents it can happen to; "" = any.
	Fault Fault
	// Share of the answers that fail, 0 to 1. Below 1, no address fails more than
	// three times in a row.
	Share float64
}

const maxInRow = 3

// faults decides which answers fail. That depends on the seed, the address and
// how often it was asked for before, not on the order of requests for others.
type faults struct {
	seed      uint64
	troubles  []Trouble
	addresses map[string]*history
}

type history struct{ asked, inRow int }

func (f *faults) set(troubles []Trouble) {
	f.troubles = slices.Clone(troubles)
	f.addresses = map[string]*history{}
}

// next decides about one request.
func (f *faults) next(asked string, d document) Fault {
	if len(f.troubles) == 0 {
		return ""
	}
	h := f.addresses[asked]
	if h == nil {
		h = &history{}
		f.addresses[asked] = h
	}
	h.asked++
	dice := rand.New(rand.NewPCG(f.seed^hash(asked), uint64(h.asked)))
	for _, t := range f.troubles {
		fitting := t.fitting(asked, d)
		if len(fitting) == 0 || dice.Float64() >= t.Share || t.Share < 1 && h.inRow == maxInRow {
			continue
		}
		h.inRow++
		return fitting[dice.IntN(len(fitting))]
	}
	h.inRow = 0
	return ""
}

// fitting returns what of the trouble can befall a document.
func (t Trouble) fitting(asked string, d document) []Fault {
	if t.Publisher != "" && t.Publisher != d.publisher || !strings.Contains(asked, t.Address) {
		return nil
	}
	kinds := AllFaults()
	if t.Fault != "" {
		kinds = []Fault{t.Fault}
	}
	return slices.DeleteFunc(slices.Clone(kinds), func(f Fault) bool { return !d.suffers(f) })
}

// suffers tells whether a fault can befall a document.
func (d document) suffers(f Fault) bool {
	switch f {
	case Empty, Shrunk, Dropped, TwoXML, NoXML, Hyphens, Backwards, OtherLayout, MappingsGone:
		_, ok := d.amiss[f]
		return ok
	case BOM:
		return !strings.Contains(d.mime, "zip") && !strings.Contains(d.mime, "tar")
	}
	return true
}
