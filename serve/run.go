package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// Run serves h on ln until ctx ends; then it takes no new requests, finishes
// those under way within l.Stop, and returns nil. It closes ln.
func Run(ctx context.Context, ln net.Listener, h http.Handler, l Limits, log *slog.Logger) error {
	l = l.withDefaults()
	server := &http.Server{
		Handler:           h,
		MaxHeaderBytes:    l.Header,
		ReadHeaderTimeout: l.Read,
		WriteTimeout:      l.Stall + l.Queue + l.Request,
		IdleTimeout:       l.Idle,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	unwatch := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.Stop)
		defer cancel()
		err := server.Shutdown(grace)
		if err != nil {
			err = errors.Join(fmt.Errorf("stop the server: %w", err), server.Close())
		}
		stopped <- err
	})
	err := server.Serve(ln)
	if unwatch() {
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	}
	return <-stopped
}
