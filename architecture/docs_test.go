package architecture

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/config"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := fs.ReadFile(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	required = regexp.MustCompile(`(?m)^(?:require)?\s+(\S+) v\S+$`)
	reasoned = regexp.MustCompile("(?m)^- `([^`]+)`")
)

// TestEveryDependencyHasAReason compares go.mod with docs/dependencies.md: a
// module nobody can give a reason for should not be there.
func TestEveryDependencyHasAReason(t *testing.T) {
	names := func(text string, expr *regexp.Regexp) []string {
		var out []string
		for _, match := range expr.FindAllStringSubmatch(text, -1) {
			out = append(out, match[1])
		}
		slices.Sort(out)
		return out
	}
	direct := names(read(t, "go.mod"), required)
	if len(direct) == 0 {
		t.Fatal("no module was found in go.mod")
	}
	if diff := cmp.Diff(direct, names(read(t, "docs/dependencies.md"), reasoned)); diff != "" {
		t.Errorf("docs/dependencies.md has not one line for each direct module (-go.mod +document):\n%s", diff)
	}
}

func TestArchitectureNamesEveryFolder(t *testing.T) {
	text := read(t, "ARCHITECTURE.md")
	for _, s := range flow {
		folder := strings.TrimSuffix(s.folder, "*")
		if !strings.Contains(text, "`"+strings.TrimSuffix(folder, "/")+"/") {
			t.Errorf("ARCHITECTURE.md says nothing about `%s`", folder)
		}
	}
}

// documents calls f for every Markdown file.
func documents(t *testing.T, f func(name, text string)) {
	t.Helper()
	err := walk(".md", func(name string, text []byte) error {
		f(name, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var link = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	documents(t, func(name, text string) {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target := path.Join(path.Dir(name), match[1])
			if _, err := fs.Stat(root, target); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", name, match[1])
			}
		}
	})
}

// keyLike is what reads as a key of the configuration.
var keyLike = regexp.MustCompile("`(?:--set )?([a-z]+\\.[a-z_]+)(?:=[^`]*)?`")

func TestDocumentsNameKeysThatExist(t *testing.T) {
	groups := make(map[string]bool)
	for _, k := range config.Keys() {
		group, _, _ := strings.Cut(k.Name, ".")
		groups[group] = true
	}
	documents(t, func(name, text string) {
		for _, match := range keyLike.FindAllStringSubmatch(text, -1) {
			group, rest, _ := strings.Cut(match[1], ".")
			if _, known := config.Lookup(match[1]); groups[group] && !known && rest != "go" && rest != "yaml" {
				t.Errorf("%s: there is no configuration key %s", name, match[1])
			}
		}
	})
}
