package chain

import (
	"slices"
	"strings"
	"time"

	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// suppliers are the sources that bring records of a kind, by the names that
// store.SourceState has. One that is complete is enough; where none is, it is the
// first that is missed.
var suppliers = map[vuln.Kind][]string{
	vuln.KindCVE:           {"nvd-cve"},
	vuln.KindCPE:           {"nvd-cpe"},
	vuln.KindMatchCriteria: {"nvd-cpematch"},
	vuln.KindCWE:           {"cwe"},
	vuln.KindCAPEC:         {"capec"},
	vuln.KindATTACK:        {"attack"},
	vuln.KindD3FEND:        {"d3fend"},
	vuln.KindCAR:           {"car"},
	vuln.KindSHIELD:        {"shield"},
	vuln.KindENGAGE:        {"engage"},
	vuln.KindCERTCC:        {"certcc"},
	vuln.KindCERTFR:        {"certfr"},
	vuln.KindMSRC:          {"msrc", "msrc-csv"},
	vuln.KindMSKB:          {"msrc", "msrc-csv"},
	vuln.KindKEV:           {"kev"},
	vuln.KindEPSS:          {"epss"},
}

// Warning says what an answer may lack: what a source brings that was never
// loaded or is broken, or what a source does not say of the record it starts at.
type Warning struct {
	Source string `json:"source"` // its name
	Text   string `json:"text"`   // in one line, for people
}

// releases are the editions that are held, by source.
func releases(states []store.SourceState) map[string]string {
	out := make(map[string]string, len(states))
	for _, s := range states {
		out[s.Source] = s.Release
	}
	return out
}

// complete tells whether records of a kind were once loaded completely.
func complete(kind vuln.Kind, states []store.SourceState) bool {
	return slices.ContainsFunc(states, func(s store.SourceState) bool {
		return slices.Contains(suppliers[kind], s.Source) && !s.Completed.IsZero()
	})
}

// warnings lists the sources that are broken or were never loaded and bring
// records of the kinds that were looked for, by name.
func (w *walk) warnings(states []store.SourceState) []Warning {
	many := make(map[string][]string) // what was looked for, by source
	for _, k := range kinds.All() {
		lacking := !complete(k.Kind, states)
		// What is known of match criteria is in CVE records as well.
		if !w.asked[k.Kind] || k.Kind == vuln.KindMatchCriteria {
			continue
		}
		for i, name := range suppliers[k.Kind] {
			if lacking && i == 0 || failed(name, states) != nil {
				many[name] = append(many[name], k.Many)
			}
		}
	}
	var out []Warning
	for name, kinds := range many {
		what := strings.Join(kinds, " and ")
		if s := failed(name, states); s != nil {
			text := "the last sync failed at " + s.Failed.UTC().Format(time.RFC3339) + " (" + s.Reason + "); " + what + " may be missing or old"
			out = append(out, Warning{name, text})
		} else {
			out = append(out, Warning{name, "was never loaded completely; " + what + " may be missing"})
		}
	}
	slices.SortFunc(out, func(a, b Warning) int { return strings.Compare(a.Source, b.Source) })
	return out
}

func failed(name string, states []store.SourceState) *store.SourceState {
	for i := range states {
		if states[i].Source == name && !states[i].Failed.IsZero() {
			return &states[i]
		}
	}
	return nil
}
