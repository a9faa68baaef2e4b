package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// searchFlags are what the command line of search says.
type searchFlags struct {
	severity, cwe, status         string
	publishedSince, modifiedSince string
	minScore                      float64
	kev                           bool
	limit                         int
}

func newSearchCommand(a *app) *cobra.Command {
	var f searchFlags
	cmd := &cobra.Command{
		Use:   "search [WORD...]",
		Short: "Find records by words and facts, newest change first",
		Long: `Search finds records whose descriptions have, for each WORD, a word that begins
with it, and whose facts are as the flags say. Score and severity are those of
the best assessment, as "get" shows it.`,
		Example: `  vulnmirror search buffer overflow --severity critical --published-since 2026-01-01
  vulnmirror search --kev --modified-since 7d --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := f.query(args, a.now())
			if err != nil {
				return wrongUse(err, "")
			}
			st, err := a.openReader()
			if err != nil {
				return err
			}
			defer st.Close()
			return a.search(cmd.Context(), st, query)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.severity, "severity", "", "`LEVEL` of the best score: none, low, medium, high or critical")
	flags.Float64Var(&f.minScore, "min-score", 0, "least best `SCORE`, 0.0 to 10.0")
	flags.StringVar(&f.cwe, "cwe", "", "weakness `ID`, e.g. CWE-79 or 79")
	flags.BoolVar(&f.kev, "kev", false, "only records in CISA's catalogue of known exploited vulnerabilities")
	flags.StringVar(&f.status, "status", "", "`STATUS` as NVD spells it, e.g. Analyzed")
	flags.StringVar(&f.publishedSince, "published-since", "", "`TIME`: a date, a time, or an age such as 7d")
	flags.StringVar(&f.modifiedSince, "modified-since", "", "`TIME`: a date, a time, or an age such as 7d")
	flags.IntVar(&f.limit, "limit", 20, "most records to print; 0 for all")
	return cmd
}

// statusSpellings are NVD's, for flags in any case.
var statusSpellings = []string{"Received", "Awaiting Analysis", "Undergoing Analysis", "Analyzed", "Modified", "Deferred", "Rejected"}

func (f searchFlags) query(words []string, now time.Time) (store.Query, error) {
	q := store.Query{
		Kind: vuln.KindCVE, Words: strings.Fields(strings.Join(words, " ")),
		Severity: strings.ToUpper(f.severity), MinScore: f.minScore, InKEV: f.kev,
		Order: store.ByModifiedDesc, Limit: f.limit,
	}
	switch q.Severity {
	case "", "NONE", "LOW", "MEDIUM", "HIGH", "CRITICAL":
	default:
		return q, fmt.Errorf("--severity %s: it is one of none, low, medium, high, critical", f.severity)
	}
	if f.minScore < 0 || f.minScore > 10 {
		return q, fmt.Errorf("--min-score %v: it lies between 0.0 and 10.0", f.minScore)
	}
	if f.limit < 0 {
		return q, fmt.Errorf("--limit %d: it is 0 for all, or more", f.limit)
	}
	if f.cwe != "" {
		q.CWE = vuln.NormalCWE(f.cwe)
	}
	if f.status != "" {
		q.Statuses = []string{f.status}
		for _, s := range statusSpellings {
			if strings.EqualFold(s, f.status) || strings.EqualFold(strings.ReplaceAll(s, " ", ""), f.status) {
				q.Statuses = []string{s}
			}
		}
	}
	var err error
	if q.Published.From, err = since(f.publishedSince, now); err != nil {
		return q, fmt.Errorf("--published-since: %w", err)
	}
	if q.Modified.From, err = since(f.modifiedSince, now); err != nil {
		return q, fmt.Errorf("--modified-since: %w", err)
	}
	return q, nil
}

// found is a search result for programs.
type found struct {
	ID        string  `json:"id"`
	Published string  `json:"published"`
	Modified  string  `json:"lastModified"`
	Status    string  `json:"vulnStatus"`
	Score     float64 `json:"baseScore,omitempty"`
	Severity  string  `json:"severity,omitempty"`
	Scorer    string  `json:"scorer,omitempty"`
	Text      string  `json:"description"`
}

func (a *app) search(ctx context.Context, st store.Reader, q store.Query) error {
	digest, err := st.Digest(ctx, q)
	if err != nil {
		return err
	}
	t := a.newTable("id", "published", "score", "severity", "description")
	shown := 0
	for record, err := range st.List(ctx, q) {
		if err != nil {
			return err
		}
		shown++
		line := describe(record)
		if a.json {
			err = a.printJSONLine(line)
		} else {
			t.AppendRow(row(line.ID, line.Published[:min(10, len(line.Published))], scoreCell(record), line.Severity, shorten(line.Text, 90)))
		}
		if err != nil {
			return err
		}
	}
	if !a.json && shown > 0 {
		if err := a.printTable(t); err != nil {
			return err
		}
	}
	switch {
	case digest.Count == 0:
		a.log.Info("no record is like that; fewer words or flags find more")
	case shown < digest.Count:
		a.log.Info(fmt.Sprintf("%d of %d records; --limit 0 prints all", shown, digest.Count))
	}
	return nil
}

// describe reads what a result line shows out of a record.
func describe(r vuln.Record) found {
	f := found{ID: r.ID, Published: vuln.FormatTime(r.Published), Modified: vuln.FormatTime(r.Modified), Status: r.Status}
	if best := r.Facts.Best; best != nil {
		f.Score, f.Severity, f.Scorer = best.Base, best.Severity, best.Scorer
	}
	if full, err := nvd.DecodeCVE(r.Body); err == nil {
		f.Text = englishText(full.Text)
	}
	return f
}

func englishText(texts []vuln.Text) string {
	for _, t := range texts {
		if t.Lang == "en" {
			return t.Value
		}
	}
	if len(texts) > 0 {
		return texts[0].Value
	}
	return ""
}

func scoreCell(r vuln.Record) string {
	if r.Facts.Best == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f", r.Facts.Best.Base)
}

// shorten cuts a text to one line of at most n characters.
func shorten(s string, n int) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}
