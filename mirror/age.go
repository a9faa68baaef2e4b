package mirror

import (
	"context"
	"time"

	"vulnmirror/archive"
	"vulnmirror/fetch"
	"vulnmirror/source"
)

// isFresh tells whether a source need not be fetched: upstream was asked lately
// and its cheap check says that nothing changed since. A check that fails proves
// nothing.
func (m *Mirror) isFresh(ctx context.Context, src source.Source, client *fetch.Client, last source.Cursor) bool {
	checker, ok := src.(source.Checker)
	if !ok || m.MaxAge == nil || !last.Complete || m.Now().Sub(last.Asked) >= m.MaxAge(src.Info().Name) {
		return false
	}
	changed, err := checker.Changed(ctx, client, last)
	if err != nil {
		m.Log.Info("whether upstream changed cannot be told cheaply", "source", src.Info().Name, "error", err)
	}
	return err == nil && !changed
}

// isOld tells whether what is held of a source began so long ago that it is
// fetched anew.
func (m *Mirror) isOld(src source.Source, tree *archive.Tree, last source.Cursor) bool {
	info := src.Info()
	if m.RenewAfter <= 0 || !last.Complete || info.Copies || info.Once {
		return false
	}
	begun := last.Begun
	if begun.IsZero() { // written before there were such dates
		manifest, err := tree.Manifest()
		if err != nil || manifest.LastUpdated.IsZero() {
			return false
		}
		begun = manifest.LastUpdated
	}
	return m.Now().Sub(begun) > m.RenewAfter && m.Now().Sub(last.Renewal) > renewalPause
}

// renewalPause is how long after a failure to fetch everything anew it is not
// tried again, so that what is held is kept up to date meanwhile.
const renewalPause = 24 * time.Hour

// putOff ends a run that was to fetch everything anew and could not: what is held
// is whole, and stays.
func (m *Mirror) putOff(tree *archive.Tree, run *archive.Run, last source.Cursor) error {
	if err := run.Discard(); err != nil {
		return err
	}
	note, err := tree.Begin(m.Now())
	if err != nil {
		return err
	}
	last.Renewal = m.Now().UTC()
	_, err = note.Commit(last, m.Now())
	return err
}

// unchanged ends a run that brought nothing. That upstream was asked is kept for
// isFresh.
func (m *Mirror) unchanged(src source.Source, run *archive.Run, last, cursor source.Cursor) (source.Cursor, error) {
	_, checks := src.(source.Checker)
	if !checks || m.MaxAge == nil || len(run.ReceivedFiles()) > 0 {
		if err := run.Discard(); err != nil {
			return cursor, err
		}
		return cursor, source.ErrUnchanged
	}
	cursor.Begun, cursor.Asked = last.Begun, m.Now().UTC()
	if _, err := run.Commit(cursor, m.Now()); err != nil {
		return last, err
	}
	return cursor, source.ErrUnchanged
}

// since spells a time for a sentence.
func since(t time.Time) string { return t.UTC().Format(time.RFC3339) }
