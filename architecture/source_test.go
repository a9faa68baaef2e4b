package architecture

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// nothings are package names that say nothing: whatever finds no home ends up
// there.
var nothings = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "manager", "managers", "misc", "shared", "types"}

func TestPackageNamesSayWhatIsInside(t *testing.T) {
	for _, f := range goFiles(t) {
		if name := f.syntax.Name.Name; slices.Contains(nothings, strings.TrimSuffix(name, "_test")) {
			t.Errorf("%s: package %s could hold anything; name it after what it knows", f.name, name)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := make(map[string]int)
	for _, f := range goFiles(t) {
		if f.isTest() {
			continue
		}
		said[f.folder()] += len(strings.TrimSpace(f.syntax.Doc.Text()))
	}
	for folder, n := range said {
		if n == 0 {
			t.Errorf("%s has no package comment; the reader's first question is what it is for", folder)
		}
	}
}

// mostLines is where a file has long been about more than one thing.
const mostLines = 600

func TestFilesStaySmall(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.lines > mostLines {
			t.Errorf("%s has %d lines, %d at most: it is about more than one thing; give each a file", f.name, f.lines, mostLines)
		}
	}
}

var (
	undone   = regexp.MustCompile(`^\W*(TODO|FIXME|XXX|HACK)\b`)
	hasIssue = regexp.MustCompile(`#[0-9]+`)
)

func TestWhatIsUndoneHasAnIssue(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, group := range f.syntax.Comments {
			for _, c := range group.List {
				if undone.MatchString(c.Text) && !hasIssue.MatchString(c.Text) {
					t.Errorf("%s: %q is known to its author alone; open an issue and name it as #N", f.place(c), c.Text)
				}
			}
		}
	}
}

// TestNothingSleeps: a test that sleeps is slow on a fast machine and fails on a
// slow one. In a bubble of testing/synctest sleeping takes no time.
func TestNothingSleeps(t *testing.T) {
	for _, f := range goFiles(t) {
		bubbles := false
		f.imports(func(_ *ast.ImportSpec, name, _ string) { bubbles = bubbles || name == "testing/synctest" })
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok || call.Sel.Name != "Sleep" || bubbles && f.isTest() {
				return true
			}
			if of, ok := call.X.(*ast.Ident); ok && of.Name == "time" {
				t.Errorf("%s: time.Sleep waits for luck; wait for what is to happen, and let go when a context ends", f.place(n))
			}
			return true
		})
	}
}
