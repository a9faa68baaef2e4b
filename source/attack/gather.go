package attack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"vulnmirror/fetch"
	format "vulnmirror/format/attack"
	"vulnmirror/source/edition"
)

const indexFile = "index.json"

// gather brings each domain up to date by itself.
func gather(ctx context.Context, g *edition.Gathering) error {
	newest, err := getIndex(ctx, g)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		g.Note(fmt.Sprintf("the index of versions cannot be had: %v", err))
	}
	var missing []error
	held := make(map[string]string)
	if g.Held != nil {
		held = versionsIn(g.Held.Release)
	}
	for _, d := range domains {
		there, here := newest[d.collection], held[d.name]
		err := g.Get(ctx, edition.Part{
			Path: d.file(), URLs: d.places(g.Up, there.URL), Check: edition.JSON,
			Anew: there.Version != "" && here != "" && here != unknown && there.Version != here,
		})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			err = fmt.Errorf("the domain %s cannot be had: %w", d.name, err)
			g.Miss(d.file(), err)
			missing = append(missing, err)
		}
	}
	if len(missing) == len(domains) {
		return errors.Join(missing...)
	}
	return nil
}

// places lists where a domain's bundle may be, version being the address in the
// index. Who has bundles elsewhere means by that all of them.
func (d domain) places(up *fetch.Client, version string) []string {
	latest := up.At(bundle, "domain", d.folder)
	elsewhere := latest != new(fetch.Client).At(bundle, "domain", d.folder)
	places := []string{version, latest, up.At(cti, "domain", d.folder)}
	if version == "" || elsewhere {
		places = places[1:]
	}
	return slices.Compact(places)
}

// getIndex keeps the index beside the bundles and returns the newest version of
// each collection.
func getIndex(ctx context.Context, g *edition.Gathering) (map[string]format.Version, error) {
	check := func(r io.Reader) error {
		_, err := readIndex(r)
		return err
	}
	if err := g.Get(ctx, edition.Part{Path: indexFile, URLs: []string{g.Up.At(index)}, Check: check}); err != nil {
		return nil, err
	}
	in, err := g.Open(indexFile)
	if err != nil {
		return nil, err
	}
	newest, err := readIndex(in)
	return newest, errors.Join(err, in.Close())
}

func readIndex(r io.Reader) (map[string]format.Version, error) {
	collections, err := format.ReadIndex(r)
	if err != nil {
		return nil, err
	}
	newest := make(map[string]format.Version)
	for _, c := range collections {
		if len(c.Versions) > 0 {
			newest[c.ID] = c.Versions[0]
		}
	}
	for _, d := range domains {
		if newest[d.collection].Version == "" {
			return nil, fmt.Errorf("it names no version of %s", d.name)
		}
	}
	return newest, nil
}
