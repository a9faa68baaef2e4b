package nvdapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"vulnmirror/format/nvd"
	"vulnmirror/store"
	"vulnmirror/vuln"
)

// sources is the source API.
// Source: https://nvd.nist.gov/developers/data-sources.
func sources() endpoint {
	return endpoint{
		path: PathSource, kind: vuln.KindNVDSource, most: 1000,
		format: nvd.FormatSource, array: "sources",
		parameters: slices.Concat([]parameter{
			{name: "sourceIdentifier", read: (*request).readIdentifier},
		}, lastModified),
		resolve: resolveIdentifier,
	}
}

func (r *request) readIdentifier(value string) error {
	if value == "" {
		return invalid("sourceIdentifier")
	}
	r.identifier = value
	return nil
}

// resolveIdentifier narrows to the sources that list the identifier as theirs.
// The store finds a source by its name, too, which is none of its identifiers;
// and there are so few sources that reading them all is the shortest way.
func resolveIdentifier(ctx context.Context, from store.Reader, r *request) error {
	if r.identifier == "" {
		return nil
	}
	for record, err := range from.List(ctx, store.Query{Kind: vuln.KindNVDSource}) {
		if err != nil {
			return err
		}
		var source struct {
			Identifiers []string `json:"sourceIdentifiers"`
		}
		if err := json.Unmarshal(record.Body, &source); err != nil {
			return fmt.Errorf("source %s: %w", record.ID, err)
		}
		if slices.Contains(source.Identifiers, r.identifier) {
			r.query.IDs = append(r.query.IDs, record.ID)
		}
	}
	r.nothing = r.query.IDs == nil
	return nil
}
