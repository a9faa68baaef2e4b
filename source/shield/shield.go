// Package shield is the source of MITRE Shield: how to deceive and engage
// adversaries, technique of ATT&CK by technique. Engage took its place.
//
// # Upstream
//
// Shield was retired in October 2021. What survives is the source of its web site,
// the repository MITRECND/mitrecnd.github.io on GitHub, with twelve JSON files in
// _data; it has not changed since.
//
// # Quirks this package lives with
//
// Only some of the files have records of their own; the rest repeat what those
// say, or what ATT&CK says, and are kept for whoever wants them. Techniques of
// ATT&CK are as of 2021: one is revoked by now and two are gone.
//
// # How it stays true
//
// There is nothing to follow; the files are asked for again, each conditionally,
// when sources.shield.max_age has passed, and a year is early enough. They are
// believed when all of them are to be had and read as what they are.
package shield

import (
	"context"
	"io/fs"
	"strconv"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/shield"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "shield"

var data = fetch.Location{Name: "data", URL: "https://raw.githubusercontent.com/MITRECND/mitrecnd.github.io/master/_data/{file}"}

var files = []string{
	"attack_groups.json", "attack_mapping.json", "mapping.json", "navigation.json", "opportunities.json", "procedures.json",
	"tactic_details.json", "tactic_matrix.json", "tactics.json", "technique_details.json", "techniques.json", "use_cases.json",
}

// There are 33 techniques, 8 tactics, 81 opportunities, 198 use cases and 65
// procedures, and there will be no others.
const floor = 385

// New returns the source.
func New() *edition.Source {
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "MITRE Shield, active defense (retired)", Kind: vuln.KindSHIELD,
			Home:        "https://github.com/MITRECND/mitrecnd.github.io",
			Licence:     "Apache-2.0",
			Attribution: "MITRE Shield, © The MITRE Corporation",
			Locations:   []fetch.Location{data},
			Interval:    365 * 24 * time.Hour, Floor: floor, DependsOn: []string{"attack"},
		},
		Ways:  []edition.Way{{Name: "JSON", Requests: len(files), Gather: gather, Open: open}},
		Check: edition.Frozen,
		Read:  format.Decode,
	})
}

func gather(ctx context.Context, g *edition.Gathering) error {
	var parts []edition.Part
	for _, file := range files {
		parts = append(parts, edition.Part{Path: file, URLs: []string{g.Up.At(data, "file", file)}, Check: edition.JSON})
	}
	return g.All(ctx, parts)
}

func open(fsys fs.FS) (edition.Reading, error) {
	return edition.Reading{
		Next: format.NewReader(fsys).Next, Release: edition.Unnamed, Close: func() error { return nil },
		Refusal: edition.Refusal(func(bad *format.RecordError) source.Refused {
			return source.Refused{ID: bad.ID, Place: "record " + strconv.Itoa(bad.Position) + " of " + bad.File, Reason: bad.Err.Error()}
		}),
	}, nil
}
