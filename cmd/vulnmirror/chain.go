package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vulnmirror/chain"
	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// chainFlags are what the command line of chain says.
type chainFlags struct {
	kind  vuln.Kind
	from  string
	to    []string
	way   string
	with  []string
	limit int
	depth int
	dot   bool
}

func newChainCommand(a *app) *cobra.Command {
	var f chainFlags
	cmd := &cobra.Command{
		Use:   "chain ID",
		Short: "Follow what a record is connected to, and say why",
		Long: `Chain starts at a record, named in any spelling that "get" takes, and follows
what records say of each other: from the products a vulnerability is in and the
advisories about it, by its weaknesses (CWE) and the patterns they are attacked by
(CAPEC) to techniques of ATT&CK, and on to what D3FEND, CAR, Shield and Engage set
against them; and the other way, from a technique to CVE records. Each step is
printed with who states it, in which edition, by which rule.

--to limits it to paths that reach records of a kind. Some steps multiply what is
found, or are no more than hints; they are taken when --with names them:
` + extrasHelp() + `
Connections of CWE, CAPEC and ATT&CK are many to many and partly old: most paths
from a CVE record to a technique are possibilities, not observations.`,
		Example: `  vulnmirror chain CVE-2021-44228
  vulnmirror chain CVE-2021-44228 --to d3fend
  vulnmirror chain --from T1059 --to cve
  vulnmirror chain KB5034768 --json
  vulnmirror chain cwe-79 --dot | dot -Tsvg > cwe-79.svg`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			start := f.from
			switch {
			case len(args) == 1 && start != "":
				return wrongUse(errors.New("name the record to start at once: as an argument or by --from"), "")
			case len(args) == 1:
				start = args[0]
			case start == "":
				return wrongUse(errors.New("name the record to start at"), "")
			}
			o, err := f.options()
			if err != nil {
				return wrongUse(err, "")
			}
			return a.chain(cmd.Context(), start, f, o)
		},
	}
	flags := cmd.Flags()
	addKindFlag(cmd, &f.kind, "the record to start at, where its spelling leaves that open")
	flags.StringVar(&f.from, "from", "", "`ID` of the record to start at")
	flags.StringSliceVar(&f.to, "to", nil, "only paths that reach records of this `KIND`; may be repeated")
	flags.StringVar(&f.way, "way", "both", "`DIRECTION`: forward (to attacks and defences), back (to vulnerabilities and products) or both")
	flags.StringSliceVar(&f.with, "with", nil, "take these `STEPS` too: "+strings.Join(extraNames(), ", "))
	flags.IntVar(&f.limit, "limit", chain.DefaultLimit, "most records a step leads to from one record; more are counted; 0 for all")
	flags.IntVar(&f.depth, "depth", 0, "most steps away from the start; 0 for all")
	flags.BoolVar(&f.dot, "dot", false, "print a graph for Graphviz")
	return cmd
}

func extraNames() []string {
	var out []string
	for _, e := range chain.Extras() {
		out = append(out, string(e))
	}
	return out
}

func extrasHelp() string {
	var b strings.Builder
	for _, e := range chain.Extras() {
		var says []string
		for _, s := range chain.Steps() {
			if s.Extra == e && !slices.Contains(says, s.Says) {
				says = append(says, s.Says)
			}
		}
		fmt.Fprintf(&b, "  %-18s %s\n", e, strings.Join(says, "; "))
	}
	return b.String()
}

var ways = map[string]chain.Way{"both": chain.Both, "forward": chain.Forward, "back": chain.Back}

func (f chainFlags) options() (chain.Options, error) {
	o := chain.Options{Limit: f.limit, Depth: f.depth}
	if f.limit == 0 {
		o.Limit = -1
	}
	if f.limit < 0 || f.depth < 0 {
		return o, errors.New("--limit and --depth are 0 for all, or more")
	}
	var ok bool
	if o.Way, ok = ways[f.way]; !ok {
		return o, fmt.Errorf("--way %s: it is forward, back or both", f.way)
	}
	for _, name := range f.to {
		k, ok := kinds.Of(vuln.Kind(strings.ToLower(name)))
		if !ok {
			return o, fmt.Errorf("--to %s: it is one of %s", name, strings.Join(kindValues(), ", "))
		}
		o.To = append(o.To, k.Kind)
	}
	for _, name := range f.with {
		if !slices.Contains(extraNames(), name) {
			return o, fmt.Errorf("--with %s: it is one of %s", name, strings.Join(extraNames(), ", "))
		}
		o.With = append(o.With, chain.Extra(name))
	}
	return o, nil
}

func (a *app) chain(ctx context.Context, text string, f chainFlags, o chain.Options) error {
	refs, err := references(text, f.kind)
	if err != nil {
		return err
	}
	st, err := a.openReader(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	snapshot, err := st.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer snapshot.Close()
	start, err := startOfChain(ctx, snapshot, refs)
	if err != nil {
		return a.explainMissing(ctx, snapshot, text, refs, err)
	}
	answer, err := chain.New(snapshot).Follow(ctx, start, o)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.printJSON(answer)
	case f.dot:
		return answer.WriteDOT(a.stdout)
	}
	if len(answer.Edges) == 0 {
		a.log.Info("nothing is known to be connected to it in this way; other kinds for --to, or --with, may find more")
	}
	return answer.WriteTree(a.stdout)
}

// startOfChain is the record held that text identifies. One that is not held will
// do when others refer to it, as what CISA or Microsoft say of a CVE does.
func startOfChain(ctx context.Context, st store.Reader, refs []kinds.Ref) (store.Ref, error) {
	record, err := find(ctx, st, refs)
	if err == nil && refs[0].Kind == vuln.KindCVE && kinds.NamedByCVE(record.Kind) {
		return store.Ref{Kind: vuln.KindCVE, ID: refs[0].ID}, nil
	}
	if err == nil {
		return store.Ref{Kind: record.Kind, ID: record.ID}, nil
	}
	linker, ok := st.(store.Linker)
	if !ok || !errors.Is(err, store.ErrNotFound) {
		return store.Ref{}, err
	}
	for _, r := range refs {
		ref := store.Ref{Kind: r.Kind, ID: r.ID}
		for _, linkErr := range linker.Links(ctx, store.LinkQuery{To: []store.Ref{ref}}) {
			return ref, linkErr
		}
	}
	return store.Ref{}, err
}
