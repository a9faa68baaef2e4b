// Package engage is the source of MITRE Engage: goals, approaches and activities
// of adversary engagement, the vulnerabilities of adversaries they exploit, and
// the techniques of ATT&CK that show those.
//
// # Upstream
//
// The repository mitre/engage on GitHub, branch main, has version 1.0 of 2022 as
// twelve JSON files in Data/json, last touched in 2024. The XLSX beside them says
// the same.
//
// # Quirks this package lives with
//
// The files state neither version nor date, so the release is the commit of the
// branch, if GitHub's API tells it; without that the files alone are asked for.
// Only some of the files have records of their own. Strategic entries have ids of
// their own (SGO, SAP, SAC).
//
// # How it stays true
//
// The commit is asked for, and when it has changed the files, each conditionally.
// They are believed when all of them are to be had and read as what they are, and
// have nine tenths of the records held.
package engage

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"time"

	"vulnmirror/fetch"
	format "vulnmirror/format/engage"
	"vulnmirror/source"
	"vulnmirror/source/edition"
	"vulnmirror/vuln"
)

// Name is how the source is called on the command line.
const Name = "engage"

var (
	data   = fetch.Location{Name: "data", URL: "https://raw.githubusercontent.com/mitre/engage/main/Data/json/{file}"}
	commit = fetch.Location{Name: "commit", URL: "https://api.github.com/repos/mitre/engage/commits/main"}
)

var files = []string{
	"activities.json", "activity_details.json", "approach_activity_mappings.json", "approach_details.json",
	"approach_matrix.json", "approaches.json", "attack_mapping.json", "attack_tactics_techniques.json",
	"goal_approach_mappings.json", "goal_details.json", "goals.json", "references.json",
}

// commitFile keeps the id of the commit beside the files.
const commitFile = "commit"

// There are 5 goals, 9 approaches, 31 activities and 29 vulnerabilities.
const floor = 70

// New returns the source.
func New() *edition.Source {
	return edition.New(edition.Publication{
		Info: source.Info{
			Name: Name, Title: "MITRE Engage, adversary engagement", Kind: vuln.KindENGAGE,
			Home:        "https://engage.mitre.org/",
			Licence:     "Apache-2.0",
			Attribution: "MITRE Engage, © The MITRE Corporation",
			Locations:   []fetch.Location{data, commit},
			Interval:    30 * 24 * time.Hour, Floor: floor, DependsOn: []string{"attack"},
		},
		Ways:  []edition.Way{{Name: "JSON", Requests: len(files) + 1, Gather: gather, Open: open}},
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

func gather(ctx context.Context, g *edition.Gathering) error {
	// Asked for first: what changes after that is found at the next occasion.
	err := g.Get(ctx, edition.Part{
		Path: commitFile, URLs: []string{g.Up.At(commit)}, Header: edition.CommitHeader(),
		Check: func(r io.Reader) error {
			_, err := edition.ReadCommit(r)
			return err
		},
	})
	if err != nil {
		g.Keep(commitFile) // so it stays the release, and at the next occasion another counts as a change
		g.Note("the commit is unknown: " + err.Error())
	}
	var parts []edition.Part
	for _, file := range files {
		parts = append(parts, edition.Part{Path: file, URLs: []string{g.Up.At(data, "file", file)}, Check: edition.JSON})
	}
	return g.All(ctx, parts)
}

func open(fsys fs.FS) (edition.Reading, error) {
	release, err := readCommit(fsys)
	return edition.Reading{
		Next:    format.NewReader(fsys).Next,
		Release: func() (string, time.Time) { return release, time.Time{} },
		Close:   func() error { return nil },
		Refusal: edition.Refusal(func(bad *format.RecordError) source.Refused {
			return source.Refused{ID: bad.ID, Place: "record " + strconv.Itoa(bad.Position) + " of " + bad.File, Reason: bad.Err.Error()}
		}),
	}, err
}

func readCommit(fsys fs.FS) (string, error) {
	in, err := fsys.Open(commitFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	id, err := edition.ReadCommit(in)
	return id, errors.Join(err, in.Close())
}
