package transfer

import (
	"context"
	"fmt"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// side is one of the two stores, as far as it is read.
type side struct {
	store.Reader
	name string // "source" or "target", for errors
}

func source(r store.Reader) side { return side{r, "source"} }

func target(r store.Reader) side { return side{r, "target"} }

func (s side) failed(err error) error { return fmt.Errorf("read the %s: %w", s.name, err) }

// each hands out the records of a kind by id, each as it is listed and with its
// history, until do fails. ids are all that are wanted; nil is all there are.
// Only the first error counts: a list that is given up because its context ended
// may have that to say as well.
func (s side) each(ctx context.Context, kind vuln.Kind, ids []string, do func(vuln.Record, history) error) (err error) {
	q := store.Query{Kind: kind, IDs: ids, Withdrawn: true, Order: store.ByID}
	s.List(ctx, q)(func(current vuln.Record, failed error) bool {
		if err != nil {
			return false
		}
		if failed != nil {
			err = s.failed(failed)
			return false
		}
		h, failed := s.history(ctx, current)
		if failed != nil {
			err = failed
			return false
		}
		err = do(current, h)
		return err == nil
	})
	return err
}

// history completes a record.
func (s side) history(ctx context.Context, current vuln.Record) (history, error) {
	versions, err := s.Versions(ctx, current.Kind, current.ID)
	if err != nil {
		return history{}, s.failed(err)
	}
	return history{id: current.ID, withdrawn: current.Withdrawn, versions: versions}, nil
}

// count is how many records of a kind there are, those withdrawn too.
func (s side) count(ctx context.Context, kind vuln.Kind) (int, error) {
	d, err := s.Digest(ctx, store.Query{Kind: kind, Withdrawn: true})
	if err != nil {
		return 0, s.failed(err)
	}
	return d.Count, nil
}

func (s side) origins(ctx context.Context) ([]store.Origin, error) {
	origins, err := s.Origins(ctx)
	if err != nil {
		return nil, s.failed(err)
	}
	return origins, nil
}

func (s side) states(ctx context.Context) ([]store.SourceState, error) {
	states, err := s.Sources(ctx)
	if err != nil {
		return nil, s.failed(err)
	}
	return states, nil
}
