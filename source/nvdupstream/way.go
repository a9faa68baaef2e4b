package nvdupstream

import (
	"context"
	"errors"
	"fmt"
)

// Way is one means to catch up with upstream.
type Way struct {
	Name     string
	Requests int // about how many it takes
	Run      func(context.Context) error
}

// First tries one way after the other until one succeeds. What a way that
// failed did get is good and stays; the failures count only when no way
// succeeded. An error is returned only when ctx ended.
func (p *Pass) First(ctx context.Context, ways []Way) error {
	before := len(p.missing)
	var failures []error
	for _, w := range ways {
		err := p.Tolerate(ctx, w.Run(ctx))
		if err != nil || len(p.missing) == before {
			return err
		}
		failures = append(failures, fmt.Errorf("by %s: %w", w.Name, errors.Join(p.missing[before:]...)))
		p.missing = p.missing[:before]
	}
	p.Miss(failures...)
	return nil
}
