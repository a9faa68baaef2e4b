package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vulnmirror/cpe"
	format "vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// searchFlags are what the command line of search says.
type searchFlags struct {
	kind                          vuln.Kind
	vendor, product               string
	severity, cwe, status         string
	publishedSince, modifiedSince string
	minScore                      float64
	kev                           bool
	limit                         int
}

func newSearchCommand(a *app) *cobra.Command {
	f := searchFlags{kind: vuln.KindCVE}
	cmd := &cobra.Command{
		Use:   "search [WORD...]",
		Short: "Find records by words and facts",
		Long: `Search finds records whose texts have, for each WORD, a word that begins with it,
and whose facts are as the flags say. Texts are the descriptions of a CVE record,
the titles and links of a CPE name, the name of a source. Score and severity are
those of the best assessment, as "get" shows it.

--vendor and --product take plain names in any letter case, such as 'Rocket Sled';
CVE records are found by the configurations that name the product.

In place of words, one CPE name or pattern, which may be cut short, finds the CPE
names and match criteria that overlap with it and the CVE records that use such
criteria, and one CVE identifier finds the match criteria, the changes and the
advisories of a record, or whatever other kind of records is about it.
"match" tells exactly what concerns a product, and why; "chain" follows all links.

CPE names and sources come in the order of their identifiers, the others with the
newest change first.`,
		Example: `  vulnmirror search buffer overflow --severity critical --published-since 2026-01-01
  vulnmirror search --kev --modified-since 7d --json
  vulnmirror search --vendor apache --product log4j --min-score 9
  vulnmirror search cpe:2.3:a:apache:log4j:2.14.1 --severity critical
  vulnmirror search --kind cpe log4j
  vulnmirror search --kind cpe 'cpe:2.3:a:apache:log4j:2.*'
  vulnmirror search --kind cvechange CVE-2021-44228
  vulnmirror search --kind attack process injection
  vulnmirror search --kind certfr CVE-2021-44228`,
		RunE: func(cmd *cobra.Command, args []string) error {
			query, err := f.query(args, a.now())
			if err == nil {
				err = f.check(cmd.Flags())
			}
			if err != nil {
				return wrongUse(err, "")
			}
			st, err := a.openReader(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			if about, ok := subjectOf(args, f.kind); ok {
				if err := about.narrow(cmd.Context(), st, &query); err != nil {
					return err
				}
			}
			return a.search(cmd.Context(), st, query)
		},
	}
	flags := cmd.Flags()
	addKindFlag(cmd, &f.kind, "records to find")
	flags.StringVar(&f.vendor, "vendor", "", "`NAME` of the vendor, in plain text")
	flags.StringVar(&f.product, "product", "", "`NAME` of the product, in plain text")
	flags.StringVar(&f.severity, "severity", "", "`LEVEL` of the best score: none, low, medium, high or critical")
	flags.Float64Var(&f.minScore, "min-score", 0, "least best `SCORE`, 0.0 to 10.0")
	flags.StringVar(&f.cwe, "cwe", "", "weakness `ID`, e.g. CWE-79 or 79")
	flags.BoolVar(&f.kev, "kev", false, "only records in CISA's catalogue of known exploited vulnerabilities")
	flags.StringVar(&f.status, "status", "", "`STATUS` as NVD spells it, e.g. Analyzed; Active or Deprecated for names; the event of changes")
	flags.StringVar(&f.publishedSince, "published-since", "", "`TIME`: a date, a time, or an age such as 7d")
	flags.StringVar(&f.modifiedSince, "modified-since", "", "`TIME`: a date, a time, or an age such as 7d")
	flags.IntVar(&f.limit, "limit", 20, "most records to print; 0 for all")
	return cmd
}

// onlyFor says which kinds a flag makes sense for.
var onlyFor = map[string][]vuln.Kind{
	"severity": {vuln.KindCVE}, "min-score": {vuln.KindCVE}, "cwe": {vuln.KindCVE}, "kev": {vuln.KindCVE},
	"vendor":  {vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria},
	"product": {vuln.KindCVE, vuln.KindCPE, vuln.KindMatchCriteria},
}

// check refuses flags that say nothing about the kind.
func (f searchFlags) check(flags *pflag.FlagSet) error {
	var err error
	flags.Visit(func(flag *pflag.Flag) {
		kinds, limited := onlyFor[flag.Name]
		if limited && !slices.Contains(kinds, f.kind) && err == nil {
			err = fmt.Errorf("--%s says nothing about %s (--kind %s)", flag.Name, nameOf(f.kind).Many, f.kind)
		}
	})
	return err
}

// statuses are NVD's spellings, for flags in any case.
var statuses = []string{
	"Received", "Awaiting Analysis", "Undergoing Analysis", "Analyzed", "Modified", "Deferred", "Rejected",
	format.StatusActive, format.StatusDeprecated, "Inactive",
}

func (f searchFlags) query(words []string, now time.Time) (store.Query, error) {
	q := store.Query{
		Kind: f.kind, Severity: strings.ToUpper(f.severity), MinScore: f.minScore, InKEV: f.kev,
		Order: store.ByModifiedDesc, Limit: f.limit,
	}
	if f.kind == vuln.KindCPE || f.kind == vuln.KindNVDSource {
		q.Order = store.ByID
	}
	if _, ok := subjectOf(words, f.kind); !ok {
		q.Words = strings.Fields(strings.Join(words, " "))
		if len(q.Words) > 0 && (f.kind == vuln.KindMatchCriteria || f.kind == vuln.KindCVEChange) {
			return q, fmt.Errorf("%s have no texts to find %q in; give one CVE identifier%s", nameOf(f.kind).Many, words[0], orPattern(f.kind))
		}
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
		for _, s := range statuses {
			if strings.EqualFold(s, f.status) || strings.EqualFold(strings.ReplaceAll(s, " ", ""), f.status) {
				q.Statuses = []string{s}
			}
		}
	}
	var err error
	if q.Vendor, err = plainValue(cpe.Vendor, f.vendor); err != nil {
		return q, fmt.Errorf("--vendor: %w", err)
	}
	if q.Product, err = plainValue(cpe.Product, f.product); err != nil {
		return q, fmt.Errorf("--product: %w", err)
	}
	if q.Published.From, err = since(f.publishedSince, now); err != nil {
		return q, fmt.Errorf("--published-since: %w", err)
	}
	if q.Modified.From, err = since(f.modifiedSince, now); err != nil {
		return q, fmt.Errorf("--modified-since: %w", err)
	}
	return q, nil
}

func orPattern(kind vuln.Kind) string {
	if kind == vuln.KindMatchCriteria {
		return " or CPE name"
	}
	return ""
}

// plainValue spells a name as CPE does. One that has backslashes is taken to be
// spelled so already.
func plainValue(a cpe.Attribute, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if strings.Contains(text, `\`) {
		name, err := cpe.Name{}.With(a, cpe.Value(text))
		return string(name.At(a)), err
	}
	v, err := cpe.Literal(text)
	return string(v), err
}

func (a *app) search(ctx context.Context, st store.Reader, q store.Query) error {
	digest, err := st.Digest(ctx, q)
	if err != nil {
		return err
	}
	listing := listingOf(q.Kind)
	t := a.newTable(listing.header...)
	shown := 0
	for record, err := range st.List(ctx, q) {
		if err != nil {
			return err
		}
		shown++
		line, cells := listing.line(record)
		if a.json {
			err = a.printJSONLine(line)
		} else {
			t.AppendRow(cells)
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
