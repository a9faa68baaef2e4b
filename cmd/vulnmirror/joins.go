package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vulnmirror/chain"
	"vulnmirror/mirror"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// joins counts what connects the kinds of records, when a run changed records of
// other kinds than NVD's.
func (a *app) joins(ctx context.Context, st store.Reader, sum mirror.Summary) ([]chain.Join, error) {
	nvd := []vuln.Kind{vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria, vuln.KindNVDSource, vuln.KindCVEChange}
	for _, r := range sum.Sources {
		src, err := mirror.Find(a.sources(), r.Source)
		if err != nil {
			return nil, err
		}
		if r.Added+r.Changed+r.Withdrawn > 0 && !slices.Contains(nvd, src.Info().Kind) {
			found, err := chain.Count(ctx, st)
			if err != nil {
				return nil, fmt.Errorf("count what connects the records: %w", err)
			}
			return found, nil
		}
	}
	return nil, nil
}

func (a *app) printJoins(joins []chain.Join) error {
	if len(joins) == 0 {
		return nil
	}
	t := a.newTable("from", "to", "connections", "of records not held", "at least")
	for _, j := range joins {
		if j.Count == 0 && !j.Complete {
			continue
		}
		dangling, floor := "?", "-"
		if j.Dangling >= 0 {
			dangling = fmt.Sprint(j.Dangling)
		}
		if j.Floor > 0 && j.Complete {
			floor = fmt.Sprint(j.Floor)
		}
		t.AppendRow(row(j.From, j.To, j.Count, dangling, floor))
	}
	fmt.Fprintln(a.stdout)
	return a.printTable(t)
}

// joinError says which connections are fewer than there must be.
func (a *app) joinError(joins []chain.Join) error {
	var errs []error
	for _, j := range joins {
		if a.config.Source.Floors && j.Below() {
			errs = append(errs, failed(
				fmt.Errorf("%s and %s are connected %d times, and on whole inputs at least %d times", j.From, j.To, j.Count, j.Floor),
				"records came in without what connects them: a format may have changed; `vulnmirror chain` may say too little until that is mended"))
		}
	}
	return errors.Join(errs...)
}
