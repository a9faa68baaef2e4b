package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/DeRuina/timberjack"

	"vulnmirror/config"
)

// logFile is DATA/logs/vulnmirror.log. It is opened by the first line written
// while the data folder exists; until then lines go to the terminal only, so
// that asking about a folder that is not there does not make it.
type logFile struct {
	data   string
	config config.Log

	mu   sync.Mutex
	file *timberjack.Logger
}

func newLogFile(data string, c config.Log) *logFile {
	return &logFile{data: data, config: c}
}

func (l *logFile) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		if info, err := os.Stat(l.data); err != nil || !info.IsDir() {
			return len(line), nil
		}
		if err := l.open(); err != nil {
			return 0, err
		}
	}
	return l.file.Write(line)
}

func (l *logFile) open() error {
	name := filepath.Join(l.data, "logs", "vulnmirror.log")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make the folder of the log: %w", err)
	}
	// The file is made here because timberjack opens one that exists for
	// appending: lines of two processes then do not overwrite each other.
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	l.file = &timberjack.Logger{
		Filename: name, MaxSize: l.config.MaxSizeMB, MaxBackups: l.config.Backups, MaxAge: l.config.MaxAgeDays,
	}
	return nil
}

// Close closes the file if one was opened.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// fileLevel turns the value of log.level into slog's.
func fileLevel(name string) slog.Level {
	return map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}[name]
}
