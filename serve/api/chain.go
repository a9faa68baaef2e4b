package api

import (
	"context"
	"errors"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"vulnmirror/chain"
	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

type chainRequest struct {
	ID    string   `path:"id" doc:"identifier of a record of any kind, in any spelling" example:"CVE-2021-44228"`
	Kind  string   `query:"kind" default:"any" doc:"kind of the record where its spelling leaves that open"`
	To    []string `query:"to" doc:"kinds that paths must reach"`
	Way   string   `query:"way" default:"both" enum:"both,forward,back" doc:"forward: to weaknesses, attacks and defences; back: to vulnerabilities and products"`
	With  []string `query:"with" doc:"steps that are only taken when asked for: inheritance, illustrations, weakness-artifacts, tactics, mitigations"`
	Limit int      `query:"limit" default:"10" minimum:"1" maximum:"1000" doc:"records a step leads to from one record; more are counted"`
	Depth int      `query:"depth" minimum:"0" doc:"steps away from the start; 0 for all"`
}

type chainAnswer struct{ Body *chain.Answer }

var ways = map[string]chain.Way{"both": chain.Both, "forward": chain.Forward, "back": chain.Back}

func (h *handler) chain(ctx context.Context, q *chainRequest) (*chainAnswer, error) {
	o := chain.Options{Way: ways[q.Way], Limit: q.Limit, Depth: q.Depth}
	for _, name := range q.To {
		kind, err := kindNamed(name)
		if err != nil {
			return nil, err
		}
		o.To = append(o.To, kind)
	}
	known := make(map[chain.Extra]bool)
	var names []string
	for _, e := range chain.Extras() {
		known[e] = true
		names = append(names, string(e))
	}
	for _, e := range q.With {
		if !known[chain.Extra(e)] {
			return nil, huma.Error422UnprocessableEntity("with " + e + ": it is one of " + strings.Join(names, ", "))
		}
		o.With = append(o.With, chain.Extra(e))
	}
	out := new(chainAnswer)
	return out, h.read(ctx, func(ctx context.Context, st store.Snapshot) (err error) {
		start, err := startOf(ctx, st, q.Kind, q.ID)
		if err == nil {
			out.Body, err = chain.New(st).Follow(ctx, start, o)
		}
		return err
	})
}

// startOf is the record that text identifies, or, when none is held, what it most
// likely means: others may refer to it.
func startOf(ctx context.Context, st store.Reader, kind, text string) (store.Ref, error) {
	r, err := find(ctx, st, kind, text)
	if err == nil {
		if id, cveErr := vuln.ParseCVE(text); cveErr == nil && kind == anyKind && kinds.NamedByCVE(r.Kind) {
			return store.Ref{Kind: vuln.KindCVE, ID: id}, nil // what is said of it leads from there
		}
		return store.Ref{Kind: r.Kind, ID: r.ID}, nil
	}
	var refused huma.StatusError
	if !errors.As(err, &refused) || refused.GetStatus() != 404 {
		return store.Ref{}, err
	}
	wanted, kindErr := kindNamed(kind)
	if kindErr != nil {
		return store.Ref{}, kindErr
	}
	refs, idErr := kinds.Candidates(text, wanted)
	if idErr != nil || refs[0].Alias {
		return store.Ref{}, err
	}
	return store.Ref{Kind: refs[0].Kind, ID: refs[0].ID}, nil
}
