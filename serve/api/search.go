package api

import (
	"context"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vulnmirror/format/kinds"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

type searchRequest struct {
	Kind      string    `query:"kind" required:"true" doc:"kind of the records" example:"attack"`
	Words     string    `query:"q" doc:"words that must all begin some word of the record's texts"`
	CVE       string    `query:"cve" doc:"records that lead to this CVE identifier"`
	CWE       string    `query:"cwe" doc:"CVE records classified so"`
	Status    string    `query:"status" doc:"as upstream spells it"`
	Since     time.Time `query:"modified_since" doc:"modified then or later"`
	Withdrawn bool      `query:"withdrawn" doc:"records withdrawn too"`
	Offset    int       `query:"offset" minimum:"0" doc:"records to skip"`
	Limit     int       `query:"limit" default:"20" minimum:"1" maximum:"2000" doc:"most records to return"`
}

type searchAnswer struct {
	Body struct {
		Total   int        `json:"total" doc:"records found"`
		Offset  int        `json:"offset"`
		Records []envelope `json:"records" doc:"by the newest change, then by identifier"`
	}
}

func (h *handler) search(ctx context.Context, q *searchRequest) (*searchAnswer, error) {
	query, err := q.query()
	if err != nil {
		return nil, err
	}
	out := new(searchAnswer)
	out.Body.Offset, out.Body.Records = q.Offset, []envelope{}
	return out, h.read(ctx, func(ctx context.Context, st store.Snapshot) error {
		digest, err := st.Digest(ctx, query)
		if err != nil {
			return err
		}
		out.Body.Total = digest.Count
		releases, err := releasesOf(ctx, st)
		if err != nil {
			return err
		}
		for r, err := range st.List(ctx, query) {
			if err != nil {
				return err
			}
			out.Body.Records = append(out.Body.Records, envelopeOf(r, releases))
		}
		return nil
	})
}

func (q *searchRequest) query() (store.Query, error) {
	kind, err := kindNamed(q.Kind)
	switch {
	case err != nil:
		return store.Query{}, err
	case kind == "":
		return store.Query{}, huma.Error422UnprocessableEntity("a search is for records of one kind")
	}
	out := store.Query{
		Kind: kind, Words: strings.Fields(q.Words), Withdrawn: q.Withdrawn,
		Modified: store.Span{From: q.Since}, Order: store.ByModifiedDesc, Offset: q.Offset, Limit: q.Limit,
	}
	if q.Status != "" {
		out.Statuses = []string{q.Status}
	}
	if q.CWE != "" {
		out.CWE = vuln.NormalCWE(q.CWE)
	}
	if q.CVE != "" {
		id, err := vuln.ParseCVE(q.CVE)
		if err != nil {
			return out, huma.Error422UnprocessableEntity("cve: " + err.Error())
		}
		if kinds.NamedByCVE(kind) {
			out.IDs = []string{id}
		} else {
			out.LinksTo = &vuln.Link{Kind: vuln.KindCVE, ID: id}
		}
	}
	return out, nil
}
