package serve

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// observe counts and logs every request once it is answered.
func observe(m *metrics, access *slog.Logger, stall time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w, stall: stall, extended: began}
		m.busy.Inc()
		defer func() {
			took := time.Since(began)
			m.busy.Dec()
			m.count(r, rec.status(), took)
			if access != nil {
				access.LogAttrs(r.Context(), slog.LevelInfo, "request",
					slog.String("method", clip(r.Method)),
					slog.String("path", clip(r.URL.Path)),
					slog.String("query", clip(withoutKeys(r.URL.RawQuery))),
					slog.Int("status", rec.status()),
					slog.Int64("bytes", rec.bytes),
					slog.Duration("took", took),
					slog.String("client", r.RemoteAddr),
					slog.String("agent", clip(r.UserAgent())),
				)
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// clip bounds what a client can write into a log line.
func clip(s string) string {
	const most = 512
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// withoutKeys hides API keys that clients of older APIs put into the query.
func withoutKeys(query string) string {
	if !strings.Contains(strings.ToLower(query), "key") {
		return query
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if n := strings.ToLower(name); strings.Contains(n, "key") && !strings.HasPrefix(n, "keyword") {
			pairs[i] = name + "=***"
		}
	}
	return strings.Join(pairs, "&")
}

// recoverPanics answers 500 to a request whose handler panicked. When part of
// the answer is out already, it breaks the connection instead, so that nobody
// takes the part for the whole.
func recoverPanics(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(reason)
			}
			log.Error("a handler panicked; please report this", "path", clip(r.URL.Path),
				"reason", fmt.Sprint(reason), "stack", string(debug.Stack()))
			if rec, ok := w.(*recorder); ok && rec.code != 0 {
				panic(http.ErrAbortHandler)
			}
			http.Error(w, "internal error", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}
