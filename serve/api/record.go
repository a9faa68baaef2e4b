package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// anyKind stands in paths for whatever kind an identifier is of.
const anyKind = "any"

// envelope is a record without its body.
type envelope struct {
	Kind      vuln.Kind  `json:"kind"`
	ID        string     `json:"id"`
	Title     string     `json:"title,omitempty"`
	Status    string     `json:"status,omitempty" doc:"in upstream's words"`
	Source    string     `json:"source"`
	Release   string     `json:"release,omitempty" doc:"the edition of the source that is held"`
	Published *time.Time `json:"published,omitempty"`
	Modified  *time.Time `json:"modified,omitempty"`
	Withdrawn *time.Time `json:"withdrawn,omitempty" doc:"when upstream was found to have it no longer"`
	Converted bool       `json:"converted,omitempty" doc:"made from an older format, which said less"`
}

func envelopeOf(r vuln.Record, releases map[string]string) envelope {
	return envelope{
		Kind: r.Kind, ID: r.ID, Title: r.Title, Status: r.Status, Source: r.Source, Release: releases[r.Source],
		Published: when(r.Published), Modified: when(r.Modified), Withdrawn: when(r.Withdrawn), Converted: r.Converted,
	}
}

// when is nil for the zero time.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// link is one end of a connection.
type link struct {
	Kind  vuln.Kind `json:"kind"`
	ID    string    `json:"id"`
	Title string    `json:"title,omitempty"`
	Rule  string    `json:"rule" doc:"what makes the connection"`
}

type recordRequest struct {
	Kind string `path:"kind" doc:"kind of the record, or any" example:"attack"`
	ID   string `path:"id" doc:"identifier in any spelling" example:"T1055.001"`
}

type recordAnswer struct {
	Body struct {
		envelope
		Attribution string          `json:"attribution,omitempty" doc:"to be shown with the data"`
		Links       []link          `json:"links" doc:"where the record leads"`
		LinkedFrom  []link          `json:"linked_from" doc:"the first thousand records that lead here"`
		Record      json.RawMessage `json:"record" doc:"as upstream sent it"`
	}
}

// mostLinks bounds linked_from.
const mostLinks = 1000

func (h *handler) record(ctx context.Context, q *recordRequest) (*recordAnswer, error) {
	out := new(recordAnswer)
	return out, h.read(ctx, func(ctx context.Context, st store.Snapshot) error {
		r, err := find(ctx, st, q.Kind, q.ID)
		if err != nil {
			return err
		}
		k, _ := kinds.Of(r.Kind)
		full, err := k.Read(r)
		if err != nil { // what upstream sent is there all the same
			full = r
		}
		releases, err := releasesOf(ctx, st)
		if err != nil {
			return err
		}
		full.Withdrawn = r.Withdrawn
		out.Body.envelope = envelopeOf(full, releases)
		out.Body.Attribution, out.Body.Record = h.by[r.Source].Attribution, r.Body
		out.Body.Links, out.Body.LinkedFrom = []link{}, []link{}
		for _, l := range full.Facts.Links {
			out.Body.Links = append(out.Body.Links, link{Kind: l.Kind, ID: l.ID, Rule: l.Rule})
		}
		linker, ok := st.(store.Linker)
		if !ok {
			return nil
		}
		for l, err := range linker.Links(ctx, store.LinkQuery{To: []store.Ref{{Kind: r.Kind, ID: r.ID}}}) {
			if err != nil {
				return err
			}
			if len(out.Body.LinkedFrom) == mostLinks {
				break
			}
			out.Body.LinkedFrom = append(out.Body.LinkedFrom, link{Kind: l.From.Kind, ID: l.From.ID, Rule: l.Rule})
		}
		return entitle(ctx, linker, out.Body.Links, out.Body.LinkedFrom)
	})
}

// entitle adds the titles of the other ends.
func entitle(ctx context.Context, linker store.Linker, lists ...[]link) error {
	var refs []store.Ref
	for _, l := range slices.Concat(lists...) {
		refs = append(refs, store.Ref{Kind: l.Kind, ID: l.ID})
	}
	titles, err := linker.Titles(ctx, refs)
	if err != nil {
		return err
	}
	for _, list := range lists {
		for i := range list {
			list[i].Title = titles[store.Ref{Kind: list[i].Kind, ID: list[i].ID}]
		}
	}
	return nil
}

// find returns the record that text identifies.
func find(ctx context.Context, st store.Reader, kind, text string) (vuln.Record, error) {
	wanted, err := kindNamed(kind)
	if err != nil {
		return vuln.Record{}, err
	}
	refs, err := kinds.Candidates(text, wanted)
	if err != nil {
		return vuln.Record{}, huma.Error422UnprocessableEntity(err.Error())
	}
	for _, ref := range refs {
		r, err := lookUp(ctx, st, ref)
		if !errors.Is(err, store.ErrNotFound) {
			return r, err
		}
	}
	return vuln.Record{}, huma.Error404NotFound("no record of " + text + " is held")
}

// kindNamed reads the name of a kind; "" for any.
func kindNamed(name string) (vuln.Kind, error) {
	if name == anyKind {
		return "", nil
	}
	if k, ok := kinds.Of(vuln.Kind(name)); ok {
		return k.Kind, nil
	}
	names := []string{anyKind}
	for _, k := range kinds.All() {
		names = append(names, string(k.Kind))
	}
	return "", huma.Error422UnprocessableEntity("there is no kind " + name + "; it is one of " + strings.Join(names, ", "))
}

func lookUp(ctx context.Context, st store.Reader, ref kinds.Ref) (vuln.Record, error) {
	if !ref.Alias {
		return st.Get(ctx, ref.Kind, ref.ID)
	}
	for r, err := range st.List(ctx, store.Query{Kind: ref.Kind, Aliases: []string{ref.ID}, Withdrawn: true, Limit: 1}) {
		return r, err
	}
	return vuln.Record{}, store.ErrNotFound
}

func releasesOf(ctx context.Context, st store.Reader) (map[string]string, error) {
	states, err := st.Sources(ctx)
	out := make(map[string]string, len(states))
	for _, s := range states {
		out[s.Source] = s.Release
	}
	return out, err
}
