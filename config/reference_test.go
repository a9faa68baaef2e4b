package config

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

func TestReferenceIsUpToDate(t *testing.T) {
	const path = "../docs/configuration.md"
	if *update {
		if err := os.MkdirAll("../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(held), Reference()); diff != "" {
		t.Errorf("docs/configuration.md is stale; write it with `go test ./config -update`\n%s", diff)
	}
}

// TestReferenceExampleIsValid reads the YAML shown at the top of the reference.
func TestReferenceExampleIsValid(t *testing.T) {
	_, rest, _ := strings.Cut(Reference(), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("there is no example")
	}
	settings, problems := readYAML("example", []byte(example))
	if len(problems) > 0 || len(settings) == 0 {
		t.Fatalf("%d settings, problems: %v", len(settings), problems)
	}
	for _, s := range settings {
		if err := s.key.set(new(Config), s.texts...); err != nil {
			t.Errorf("%s: %v", s.key.Name, err)
		}
	}
}
