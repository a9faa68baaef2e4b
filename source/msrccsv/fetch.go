package msrccsv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// state is the source's part of the cursor.
type state struct {
	// Refused is the SHA-256 of files that are no exports, by name.
	Refused map[string]string `json:"refused,omitempty"`
}

// pass is one Fetch.
type pass struct {
	run     *archive.Run
	own     string // the source's own folder
	dir     string // the folder people put files into
	refused map[string]string
	notes   []string  // for operators
	newest  time.Time // day of release in what was taken in
}

// Fetch takes in the files of the folder that are new or changed. It returns
// source.ErrUnchanged when there are none, also when there is no folder.
func (s *Source) Fetch(ctx context.Context, up *fetch.Client, run *archive.Run, last source.Cursor) (source.Cursor, error) {
	var before state
	if len(last.State) > 0 {
		if err := json.Unmarshal(last.State, &before); err != nil {
			return last, fmt.Errorf("%s: the manifest's cursor is unreadable: %w", Name, err)
		}
	}
	dir, pattern, err := s.place(up)
	if err != nil {
		return last, err
	}
	names, err := list(dir, pattern)
	if err != nil {
		return last, err
	}
	p := &pass{run: run, own: s.folder, dir: dir, refused: make(map[string]string), newest: last.Watermark}
	var missing []error
	for _, name := range names {
		if ctx.Err() != nil {
			return last, context.Cause(ctx)
		}
		err := p.file(ctx, name, before.Refused[name])
		var broken *brokenArchive
		switch {
		case ctx.Err() != nil:
			return last, errors.Join(err, context.Cause(ctx))
		case errors.As(err, &broken):
			return last, err
		case err != nil:
			missing = append(missing, fmt.Errorf("%s: %w", filepath.Join(dir, name), err))
		}
	}
	cursor := last
	cursor.Complete, cursor.Watermark, cursor.Notes = true, p.newest, p.notes
	if cursor.State, err = json.Marshal(state{p.refused}); err != nil {
		return last, err
	}
	isNew := func(f archive.File) bool { return f.Run == run.ID() }
	switch {
	case len(missing) > 0:
		return cursor, &source.Incomplete{Missing: missing}
	case !slices.ContainsFunc(run.ReceivedFiles(), isNew) && maps.Equal(p.refused, before.Refused):
		return cursor, source.ErrUnchanged
	}
	return cursor, nil
}
