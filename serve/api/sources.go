package api

import (
	"context"
	"time"

	"vulnmirror/store"
)

// sourceState is a source with what the store knows of it.
type sourceState struct {
	Source
	Release   string     `json:"release,omitempty" doc:"as upstream calls what is held"`
	Complete  bool       `json:"complete" doc:"whether a whole load ever succeeded"`
	Synced    *time.Time `json:"last_success,omitempty"`
	Watermark *time.Time `json:"watermark,omitempty" doc:"everything upstream changed until then is held"`
	Failed    *time.Time `json:"last_failure,omitempty" doc:"when the last run failed"`
	Reason    string     `json:"reason,omitempty" doc:"why it failed"`
	Records   int        `json:"records"`
}

type sourcesAnswer struct {
	Body struct {
		Sources []sourceState `json:"sources"`
	}
}

func (h *handler) sources(ctx context.Context, _ *struct{}) (*sourcesAnswer, error) {
	out := new(sourcesAnswer)
	return out, h.read(ctx, func(ctx context.Context, st store.Snapshot) error {
		states, err := st.Sources(ctx)
		if err != nil {
			return err
		}
		held := make(map[string]store.SourceState, len(states))
		for _, s := range states {
			held[s.Source] = s
		}
		for _, source := range h.options.Sources {
			s := held[source.Name]
			line := sourceState{
				Source: source, Release: s.Release, Complete: !s.Completed.IsZero(), Synced: when(s.Synced),
				Watermark: when(s.Watermark), Failed: when(s.Failed), Reason: s.Reason,
			}
			for _, kind := range source.Kinds {
				digest, err := st.Digest(ctx, store.Query{Kind: kind})
				if err != nil {
					return err
				}
				line.Records += digest.Count
			}
			out.Body.Sources = append(out.Body.Sources, line)
		}
		return nil
	})
}
