package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vulnmirror/config"
)

var smallLog = config.Log{Level: "info", MaxSizeMB: 1, Backups: 1}

func TestLogFileDoesNotMakeTheDataFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	l := newLogFile(data, smallLog)
	log := slog.New(slog.NewJSONHandler(l, nil))
	log.Info("before there is a folder")
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Fatalf("the data folder was made: %v", err)
	}
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	log.Info("first", "source", "nvd-cve")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again := newLogFile(data, smallLog)
	slog.New(slog.NewJSONHandler(again, nil)).Info("second")
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}

	content, err := os.ReadFile(filepath.Join(data, "logs", "vulnmirror.log"))
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for line := range strings.Lines(string(content)) {
		var record struct{ Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		messages = append(messages, record.Msg)
	}
	if got := strings.Join(messages, ","); got != "first,second" {
		t.Errorf("the file holds %q", got)
	}
}

func TestLogFileIsRotated(t *testing.T) {
	data := t.TempDir()
	l := newLogFile(data, smallLog)
	line := []byte(strings.Repeat("x", 300<<10) + "\n")
	for range 5 {
		if _, err := l.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(data, "logs", "vulnmirror*.log"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %q, %v; want the log and one put aside", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() > 1<<20 {
			t.Errorf("%s: %v, %v", f, info, err)
		}
	}
}

func TestLogFileThatCannotBeOpened(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "logs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := newLogFile(data, smallLog).Write([]byte("x\n")); err == nil {
		t.Error("a log that cannot be opened is no error")
	}
}
