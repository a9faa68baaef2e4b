package nvdapi

import (
	"context"
	"errors"
	"slices"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// cpeMatch is the match criteria API.
// Source: https://nvd.nist.gov/developers/products.
func cpeMatch() endpoint {
	return endpoint{
		path: PathCPEMatch, kind: vuln.KindMatchCriteria, most: 500,
		format: nvd.FormatCPEMatch, array: "matchStrings", inner: "matchString",
		parameters: slices.Concat([]parameter{
			{name: "cveId", read: (*request).readOfCVE},
			{name: "matchCriteriaId", read: (*request).readCriterion},
			{name: "matchStringSearch", read: pattern("matchStringSearch")},
		}, lastModified),
		resolve: resolveUsed,
	}
}

// readOfCVE reads the CVE that records of other kinds belong to.
func (r *request) readOfCVE(value string) error {
	id, ok := cveID(value)
	if !ok {
		return invalid("cveId")
	}
	r.cve = id
	r.needs = vuln.KindCVE
	return nil
}

func (r *request) readCriterion(value string) error {
	id, err := vuln.ParseUUID(value)
	if err != nil {
		return invalid("matchCriteriaId")
	}
	r.id = id.String()
	return nil
}

// resolveUsed narrows to the criteria in the configurations of a CVE record.
func resolveUsed(ctx context.Context, from store.Reader, r *request) error {
	if r.cve == "" {
		return nil
	}
	record, err := r.held(from.Get(ctx, vuln.KindCVE, r.cve))
	if errors.Is(err, store.ErrNotFound) {
		r.nothing = true
		return nil
	}
	if err != nil {
		return err
	}
	if record, err = nvd.DecodeCVE(record.Body); err != nil {
		return err
	}
	var used []string
	for _, c := range record.Facts.Criteria {
		if id, err := vuln.ParseUUID(c.ID); err == nil {
			used = append(used, id.String())
		}
	}
	if asked := r.query.IDs; asked != nil {
		used = slices.DeleteFunc(used, func(id string) bool { return !slices.Contains(asked, id) })
	}
	r.query.IDs = used
	r.nothing = len(used) == 0
	return nil
}
