// Package car is the source of MITRE's Cyber Analytics Repository: analytics that
// detect techniques of ATT&CK, the data model they speak of, and the sensors that
// observe it.
//
// # Upstream
//
// The repository mitre-attack/car on GitHub, branch master, has a YAML file for
// each. All of it is had as one archive, a .tar.gz that GitHub makes when asked.
//
// # Quirks this package lives with
//
// There are no releases; the release is the commit, which GitHub writes into the
// archive. The repository is dormant since May 2025. That an analytic is
// deprecated is said in its description alone. docs/data/*.json says less and is
// declared legacy there.
//
// # How it stays true
//
// The commit of the branch is asked for, and the archive when it has changed. The
// archive is read in memory and unpacked nowhere; one with paths that lead out of
// it, with links, or of a size that cannot be meant, is refused. It is believed
// when it reads to its end and has nine tenths of the records held.
package car

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/car"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "car"

var (
	tarball = fetch.Location{Name: "archive", URL: "https://codeload.github.com/mitre-attack/car/tar.gz/refs/heads/master"}
	commit  = fetch.Location{Name: "commit", URL: "https://api.github.com/repos/mitre-attack/car/commits/master"}
)

const file = "car-master.tar.gz"

// There are 102 analytics, 13 parts of the data model and 7 sensors.
const floor = 100

// New returns the source.
func New() *edition.Source {
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "MITRE CAR, Cyber Analytics Repository", Kind: vuln.KindCAR,
			Home:        "https://car.mitre.org/",
			Licence:     "Apache-2.0",
			Attribution: "Cyber Analytics Repository, © The MITRE Corporation",
			Locations:   []fetch.Location{tarball, commit},
			Interval:    7 * 24 * time.Hour, Floor: floor, DependsOn: []string{"attack", "d3fend"},
		},
		Ways:  []edition.Way{{Name: "archive", Requests: 1, Gather: edition.GetOne(file, check, nil, tarball), Open: open}},
		Check: changed,
		Read:  format.Decode,
	})
}

func changed(ctx context.Context, up *fetch.Client, last source.Cursor) (bool, error) {
	if last.Release == "" {
		return true, nil
	}
	now, err := edition.Commit(ctx, up, up.At(commit))
	return err != nil || now != last.Release, err
}

func open(fsys fs.FS) (edition.Reading, error) {
	in, err := fsys.Open(file)
	if err != nil {
		return edition.Reading{}, err
	}
	defer in.Close()
	tree, release, err := unpack(in)
	if err != nil {
		return edition.Reading{}, fmt.Errorf("%s: %w", file, err)
	}
	return edition.Reading{
		Next:    format.NewReader(tree).Next,
		Release: func() (string, time.Time) { return release, time.Time{} },
		Close:   func() error { return nil },
		Refusal: edition.Refusal(func(bad *format.RecordError) source.Refused {
			return source.Refused{Place: bad.File, Reason: bad.Err.Error()}
		}),
	}, nil
}
