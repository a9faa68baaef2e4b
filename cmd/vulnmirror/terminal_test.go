package main

import (
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"time"
)

func TestTerminalLines(t *testing.T) {
	var b strings.Builder
	log := slog.New(newTerminalHandler(&b, slog.LevelInfo, false))
	log.Debug("not shown")
	log.With("source", "nvd-cve").WithGroup("run").Warn("slow", "seconds", 3, "why", `a "b"`, "escape", "\x1b[2J", slog.Group("g", "at", time.Unix(0, 0)))
	log.Error("broken", "error", "")
	want := `warning: slow source=nvd-cve run.seconds=3 run.why="a \"b\"" run.escape="\x1b[2J" run.g.at=1970-01-01T00:00:00Z` + "\nerror: broken error=\"\"\n"
	if b.String() != want {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
}

// TestTerminalHandlerObeysSlog reads the lines back for slog's own test suite.
func TestTerminalHandlerObeysSlog(t *testing.T) {
	var b strings.Builder
	slogtest.Run(t, func(*testing.T) slog.Handler {
		b.Reset()
		return newTerminalHandler(&b, slog.LevelInfo, true)
	}, func(t *testing.T) map[string]any {
		return readLine(t, b.String())
	})
}

// readLine understands the values slogtest uses, which need no quotes.
func readLine(t *testing.T, line string) map[string]any {
	t.Helper()
	// The level shows as the absence of "warning:" and "error:".
	record := map[string]any{slog.LevelKey: slog.LevelInfo}
	for i, field := range strings.Fields(line) {
		key, value, isAttr := strings.Cut(field, "=")
		if !isAttr {
			if _, err := time.Parse(time.RFC3339, field); err == nil && i == 0 {
				record[slog.TimeKey] = field
			} else {
				record[slog.MessageKey] = field
			}
			continue
		}
		in := record
		path := strings.Split(key, ".")
		for _, group := range path[:len(path)-1] {
			if _, ok := in[group]; !ok {
				in[group] = map[string]any{}
			}
			in = in[group].(map[string]any)
		}
		in[path[len(path)-1]] = value
	}
	return record
}
