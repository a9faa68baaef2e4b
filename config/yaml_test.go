package config

import (
	"strings"
	"testing"
)

func FuzzReadYAML(f *testing.F) {
	for _, s := range []string{
		"", "data: x\n", "nvd:\n  years: 2002-2006,2026\n  rate: 5/30s\nsources: [nvd-cve]\n",
		"nvd: {method: feeds, yeers: 1}\n", "data: |\n  a\n", "? a\n: b\n", "<<: {a: b}\n", "a: *b\n", "data: &x !!str y\n",
		"- a\n", "data: a\n---\ndata: b\n", "nvd:\n\t years: x\n", "%YAML 1.2\n---\ndata: x", "\"data\": .inf\n", "1: 2\n", "data: [", "{", ":", "\x00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		lines := strings.Count(content, "\n") + strings.Count(content, "\r") + 2
		settings, problems := readYAML("f.yaml", []byte(content))
		for _, p := range problems {
			if p.Origin.Line < 1 || p.Origin.Column < 1 || p.Origin.Line > lines {
				t.Errorf("problem outside the file: %v", p)
			}
			if p.Reason == nil || p.Error() == "" {
				t.Errorf("problem without a reason at %v", p.Origin)
			}
		}
		for _, s := range settings {
			if s.origin.Line < 1 || s.origin.Column < 1 || s.origin.Line > lines {
				t.Errorf("%s outside the file: %v", s.key.Name, s.origin)
			}
			var c Config
			if !s.key.isList() && len(s.texts) != 1 {
				t.Fatalf("%s has %d values", s.key.Name, len(s.texts))
			}
			if err := s.key.set(&c, s.texts...); err != nil && err.Error() == "" {
				t.Errorf("%s: an error without words", s.key.Name)
			}
		}
	})
}
