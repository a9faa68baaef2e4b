package match

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// spread calls do for 0 to n-1 on all processors until one fails, and returns
// that error.
func spread(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, gctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := gctx.Err(); err != nil {
					return err
				}
				if err := do(gctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// halves cuts what a store is asked for in one go into as many parts as there
// are processors to ask with. A few are not worth cutting.
func halves[T any](ids []T) [][]T {
	const few = 32
	size := max(few, (len(ids)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	var parts [][]T
	for len(ids) > size {
		parts, ids = append(parts, ids[:size]), ids[size:]
	}
	return append(parts, ids)
}
