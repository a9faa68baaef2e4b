package nvdapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vulnmirror/cpe"
	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// cpes is the CPE API.
// Source: https://nvd.nist.gov/developers/products.
func cpes() endpoint {
	return endpoint{
		path: PathCPEs, kind: vuln.KindCPE, most: 10000,
		format: nvd.FormatCPE, array: "products", inner: "cpe",
		parameters: slices.Concat([]parameter{
			{name: "cpeNameId", read: (*request).readNameID},
			{name: "cpeMatchString", read: pattern("cpeMatchString")},
			{name: "matchCriteriaId", read: (*request).readDescribing},
		}, keywords, lastModified),
		resolve: resolveDescribed,
	}
}

func (r *request) readNameID(value string) error {
	id, err := vuln.ParseUUID(value)
	if err != nil {
		return invalid("cpeNameId")
	}
	r.query.Aliases = []string{id.String()}
	return nil
}

// pattern makes the reader of a match string that selects what overlaps it.
func pattern(name string) func(*request, string) error {
	return func(r *request, value string) error {
		platform, ok := matchString(value)
		if !ok {
			return invalid(name)
		}
		r.query.Platform = &platform
		return nil
	}
}

// matchString reads a match string, which may be cut short after any component.
func matchString(value string) (cpe.Name, bool) {
	const prefix = "cpe:2.3:"
	if len(value) < len(prefix) || !strings.EqualFold(value[:len(prefix)], prefix) {
		return cpe.Name{}, false
	}
	name, err := cpe.ParseLenient(value)
	return name, err == nil
}

func (r *request) readDescribing(value string) error {
	id, err := vuln.ParseUUID(value)
	if err != nil {
		return invalid("matchCriteriaId")
	}
	r.criterion = id.String()
	r.needs = vuln.KindMatchCriteria
	return nil
}

// resolveDescribed narrows to the names that upstream lists for a criterion. A
// criterion that is not held describes none: what it would is not guessed.
func resolveDescribed(ctx context.Context, from store.Reader, r *request) error {
	if r.criterion == "" {
		return nil
	}
	record, err := r.held(from.Get(ctx, vuln.KindMatchCriteria, r.criterion))
	if errors.Is(err, store.ErrNotFound) {
		r.nothing = true
		return nil
	}
	if err != nil {
		return err
	}
	var criterion struct {
		Matches []struct {
			Name string `json:"cpeName"`
		} `json:"matches"`
	}
	if err := json.Unmarshal(record.Body, &criterion); err != nil {
		return fmt.Errorf("match criterion %s: %w", r.criterion, err)
	}
	for _, m := range criterion.Matches {
		r.query.IDs = append(r.query.IDs, m.Name)
	}
	r.nothing = r.query.IDs == nil
	return nil
}
