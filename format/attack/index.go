package attack

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"vulnmirror/format/jsonlist"
	"vulnmirror/vuln"
)

// Collection is a domain of ATT&CK in index.json of attack-stix-data.
type Collection struct {
	ID       string    // x-mitre-collection--…
	Name     string    // e.g. "Enterprise ATT&CK"
	Versions []Version // newest first
}

// Version is one release of a domain.
type Version struct {
	Version  string // e.g. "18.1"
	URL      string // of its bundle; not always made like those of other versions
	Modified time.Time
}

// The ids of the collections, which never change.
const (
	Enterprise = "x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019"
	Mobile     = "x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858"
	ICS        = "x-mitre-collection--90c00720-636b-4485-b342-8751d232bf09"
)

// ReadIndex reads index.json.
func ReadIndex(r io.Reader) ([]Collection, error) {
	list := jsonlist.NewReader(r, "collections")
	var out []Collection
	for {
		body, err := list.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		c, err := collection(body)
		if err != nil {
			return nil, &FormatError{Err: fmt.Errorf("collection %d: %w", len(out), err)}
		}
		out = append(out, c)
	}
}

func collection(body []byte) (Collection, error) {
	var said struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Versions []struct {
			Version  string `json:"version"`
			URL      string `json:"url"`
			Modified string `json:"modified"`
		} `json:"versions"`
	}
	if err := jsonlist.Unmarshal(body, &said); err != nil {
		return Collection{}, err
	}
	c := Collection{ID: said.ID, Name: said.Name}
	for _, v := range said.Versions {
		modified, err := vuln.ParseTime(v.Modified)
		if err != nil {
			return Collection{}, fmt.Errorf("version %q of %q: modified: %w", v.Version, said.Name, err)
		}
		if v.Version == "" || v.URL == "" {
			return Collection{}, fmt.Errorf("a version of %q lacks its version or url", said.Name)
		}
		c.Versions = append(c.Versions, Version{Version: v.Version, URL: v.URL, Modified: modified})
	}
	slices.SortStableFunc(c.Versions, func(a, b Version) int { return b.Modified.Compare(a.Modified) })
	return c, nil
}
