package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"

	"vulnmirror/cpe"
	"vulnmirror/match"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

func newMatchCommand(a *app) *cobra.Command {
	var files []string
	var options match.Options
	cmd := &cobra.Command{
		Use:   "match [CPE...] [--file FILE]",
		Short: "Say which CVE records concern products, and why",
		Long: `Match prints which CVE records concern the products that CPE names describe, one
line of JSON for each pair of a record and a CPE. Names are CPE 2.3 or URIs of
2.2; components missing at the end are ANY. --file reads names from a file, one
a line with comments after #, or from a bill of materials: the JSON of CycloneDX
or SPDX. All names together are the inventory by which configurations are
decided: "this application on that operating system".

The member certainty is
  certain      the configuration is met
  conditional  the CPE is among what it names, and something else that it asks
               for, such as an operating system, is not in the inventory;
               --complete says that the inventory lacks nothing, so such results
               are dropped
  possible     the CPE leaves open what the configuration fixes, such as the
               version; printed with --all only
docs/matching.md tells how matching decides.`,
		Example: `  vulnmirror match cpe:2.3:a:apache:log4j:2.14.1
  vulnmirror match --explain cpe:/a:openbsd:openssh:9.1 | jq .why
  syft -o cyclonedx-json nginx | vulnmirror match --file - | jq -r .cve | sort -u`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && len(files) == 0 {
				return wrongUse(errors.New("name CPEs, or a file of them by --file"), "")
			}
			names, err := parseNames(args)
			if err != nil {
				return err
			}
			st, err := a.openReader(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			a.favourMatching()
			in := inventory{names: names}
			for _, file := range files {
				if err := a.readInventory(&in, file, cmd.InOrStdin()); err != nil {
					return err
				}
			}
			return a.match(cmd.Context(), st, in, options)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&files, "file", "f", nil, "`FILE` of CPE names or with a bill of materials; - is standard input; may be repeated")
	flags.BoolVar(&options.All, "all", false, "also print what is not marked as vulnerable, such as the system it runs on, and what is merely possible")
	flags.BoolVar(&options.Complete, "complete", false, "the inventory lacks nothing: what it does not name is not there")
	flags.BoolVar(&options.Explain, "explain", false, "add why: configurations, nodes, criteria and bounds")
	return cmd
}

// parseNames reads the CPEs of a command line.
func parseNames(args []string) ([]cpe.Name, error) {
	var names []cpe.Name
	for _, arg := range args {
		name, err := cpe.ParseLenient(arg)
		if err != nil {
			return nil, wrongUse(err, "a name begins so: cpe:2.3:a:VENDOR:PRODUCT:VERSION")
		}
		names = append(names, name)
	}
	return names, nil
}

// inventory is what is to be matched, and what of it could not be read.
type inventory struct {
	names               []cpe.Name
	without, unreadable int
}

func (a *app) readInventory(in *inventory, file string, stdin io.Reader) error {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return wrongUse(err, "")
		}
		defer f.Close()
		stdin = f
	}
	found, err := match.ReadInventory(stdin)
	if err != nil {
		return failed(fmt.Errorf("%s: %w", file, err), "")
	}
	for _, problem := range found.Unreadable {
		a.log.Warn(fmt.Sprintf("%s: %v", file, problem))
	}
	in.names = append(in.names, found.Names...)
	in.without += found.Without
	in.unreadable += len(found.Unreadable)
	return nil
}

// matched is a result line.
type matched struct {
	CVE        string              `json:"cve"`
	CPE        string              `json:"cpe"`
	Certainty  match.Certainty     `json:"certainty"`
	Vulnerable bool                `json:"vulnerable"`
	Score      float64             `json:"baseScore,omitempty"`
	Severity   string              `json:"severity,omitempty"`
	Scorer     string              `json:"scorer,omitempty"`
	KEV        bool                `json:"kev,omitempty"`
	Status     string              `json:"vulnStatus"`
	Why        []match.Explanation `json:"why,omitempty"`
}

func newMatched(r match.Result) matched {
	m := matched{
		CVE: r.CVE, CPE: r.CPE.String(), Certainty: r.Certainty, Vulnerable: r.Vulnerable,
		KEV: r.KEV, Status: r.Status, Why: r.Why,
	}
	if r.Score != nil {
		m.Score, m.Severity, m.Scorer = r.Score.Base, r.Score.Severity, r.Score.Scorer
	}
	return m
}

func (a *app) match(ctx context.Context, st store.Reader, in inventory, o match.Options) error {
	var vague atomic.Int64
	o.Details = true
	o.Passed = func(cpe.Name) { vague.Add(1) }
	out := bufio.NewWriter(a.stdout)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	records, names := make(map[string]bool), make(map[cpe.Name]bool)
	for r, err := range match.New(st).Match(ctx, in.names, o) {
		if err != nil {
			return errors.Join(err, out.Flush())
		}
		if err := lines.Encode(newMatched(r)); err != nil {
			return err
		}
		records[r.CVE], names[r.CPE] = true, true
	}
	if err := out.Flush(); err != nil {
		return err
	}
	a.log.Info(fmt.Sprintf("%s read, %d unreadable, %d matched by %s", english.Plural(len(in.names), "CPE", ""),
		in.unreadable, len(names), english.Plural(len(records), "record", "")))
	if in.without > 0 {
		a.log.Info(fmt.Sprintf("%s without a CPE could not be looked for", english.Plural(in.without, "component", "")))
	}
	if n := int(vague.Load()); n > 0 {
		a.log.Info(fmt.Sprintf("%s left open what some criteria fix, such as the version; --all prints what may concern them", english.Plural(n, "CPE", "")))
	}
	if err := a.tellUnjudged(ctx, st); err != nil {
		return err
	}
	if in.unreadable > 0 {
		return failed(fmt.Errorf("%s could not be read", english.Plural(in.unreadable, "CPE", "")), "the rest was matched")
	}
	return nil
}

// tellUnjudged says how many records matching can say nothing of.
func (a *app) tellUnjudged(ctx context.Context, st store.Reader) error {
	q := store.Query{Kind: vuln.KindCVE, NotStatuses: []string{"Rejected"}}
	all, err := st.Digest(ctx, q)
	if err != nil {
		return err
	}
	q.NoCriteria = true
	none, err := st.Digest(ctx, q)
	if err != nil {
		return err
	}
	a.log.Info(fmt.Sprintf("%d of %d records name no product yet, so nothing can be said of them", none.Count, all.Count))
	return nil
}

// favourMatching lets the heap grow further between collections, as long as it
// stays small: what matching reads of a store is soon done with.
func (a *app) favourMatching() {
	const enough = 112 << 20
	if !slices.ContainsFunc(a.environ, func(e string) bool { return strings.HasPrefix(e, "GOGC=") }) {
		debug.SetGCPercent(400)
	}
	a.boundHeap(enough)
}
