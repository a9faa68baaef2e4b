package mirror

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"vulnmirror/source"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// The kinds of Difference.
const (
	Missing   = "missing"  // upstream has it, the store does not
	Outdated  = "outdated" // upstream's version is newer
	Differs   = "differs"  // same lastModified, other content
	Vanished  = "vanished" // the store has it, upstream does not
	TotalsOff = "totals"   // the API counts other than the store
)

// Difference is one thing in which the store is not like upstream.
type Difference struct {
	ID       string `json:"id,omitempty"`
	Problem  string `json:"problem"`
	Upstream string `json:"upstream,omitempty"`
	Store    string `json:"store,omitempty"`
}

// Audit compares what the store holds of a source with upstream as it is now
// and calls give for each difference, by id. It changes nothing.
func (m *Mirror) Audit(ctx context.Context, name string, give func(Difference) error) (AuditReport, error) {
	src, err := Find(m.Sources, name)
	if err != nil {
		return AuditReport{}, err
	}
	auditor, ok := src.(source.Auditor)
	if !ok {
		return AuditReport{}, fmt.Errorf("source %s cannot be audited: upstream offers nothing to compare with", name)
	}
	scratch, err := os.MkdirTemp("", "vulnmirror-audit-*")
	if err != nil {
		return AuditReport{}, err
	}
	defer os.RemoveAll(scratch)
	upstream, err := auditor.Audit(ctx, m.Client.Scope(m.Meter), m.Archive.Source(name), scratch)
	if err != nil {
		return AuditReport{}, err
	}
	a := audit{upstream: upstream, report: AuditReport{
		Source: name, Upstream: len(upstream.Records), UpstreamTotal: upstream.Total, Unchecked: upstream.Unchecked,
	}}
	if err := a.compare(ctx, m.Store, src.Info().Kind); err != nil {
		return a.report, err
	}
	slices.SortFunc(a.found, func(x, y Difference) int { return cmp.Compare(x.ID, y.ID) })
	for _, d := range a.found {
		if err := give(d); err != nil {
			return a.report, err
		}
	}
	return a.report, nil
}

// AuditReport sums an audit up.
type AuditReport struct {
	Source        string         `json:"source"`
	Upstream      int            `json:"upstream"`       // records compared with
	Store         int            `json:"store"`          // records held
	UpstreamTotal int            `json:"upstream_total"` // as the API counts; -1 when not asked
	Ahead         int            `json:"ahead"`          // held in a newer version than the feeds have
	NotListed     int            `json:"not_listed"`     // held, and in no list that could be compared with
	Differences   map[string]int `json:"differences"`    // by problem
	Unchecked     []string       `json:"unchecked"`
}

type audit struct {
	upstream *source.Upstream
	report   AuditReport
	found    []Difference
}

func (a *audit) compare(ctx context.Context, st store.Store, kind vuln.Kind) error {
	a.report.Differences = make(map[string]int)
	for record, err := range st.List(ctx, store.Query{Kind: kind, Order: store.ByID}) {
		if err != nil {
			return err
		}
		a.report.Store++
		seen, listed := a.upstream.Records[record.ID]
		if !listed {
			a.unlisted(record)
			continue
		}
		delete(a.upstream.Records, record.ID)
		a.same(record, seen)
	}
	for id, seen := range a.upstream.Records {
		a.differ(id, Missing, vuln.FormatTime(seen.Modified), "")
	}
	if total := a.upstream.Total; total >= 0 && total != a.report.Store {
		a.differ("", TotalsOff, fmt.Sprint(total), fmt.Sprint(a.report.Store))
	}
	return nil
}

// same compares two versions of one record. The store may be ahead: feeds are
// made once a day.
func (a *audit) same(held vuln.Record, seen source.Seen) {
	switch held.Modified.Compare(seen.Modified) {
	case 1:
		a.report.Ahead++
	case -1:
		a.differ(held.ID, Outdated, vuln.FormatTime(seen.Modified), vuln.FormatTime(held.Modified))
	default:
		if hash := vuln.ContentHash(held.Body); hash != seen.Hash {
			a.differ(held.ID, Differs, fmt.Sprintf("%x", seen.Hash), fmt.Sprintf("%x", hash))
		}
	}
}

// unlisted judges a record that upstream's lists lack: one made known after
// its list was made is only early.
func (a *audit) unlisted(held vuln.Record) {
	if a.upstream.Whole != nil {
		made, whole := a.upstream.Whole(held.ID)
		if whole && held.Modified.Before(made) {
			a.differ(held.ID, Vanished, "", vuln.FormatTime(held.Modified))
			return
		}
	}
	a.report.NotListed++
}

func (a *audit) differ(id, problem, upstream, held string) {
	a.report.Differences[problem]++
	a.found = append(a.found, Difference{ID: id, Problem: problem, Upstream: upstream, Store: held})
}

// Clean reports whether nothing differed.
func (r AuditReport) Clean() bool { return len(r.Differences) == 0 }

// Sum spells the differences in a few words.
func (r AuditReport) Sum() string {
	var parts []string
	for _, problem := range slices.Sorted(maps.Keys(r.Differences)) {
		parts = append(parts, fmt.Sprintf("%d %s", r.Differences[problem], problem))
	}
	return strings.Join(parts, ", ")
}
