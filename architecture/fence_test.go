package architecture

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// fence keeps an import inside folders.
type fence struct {
	imports string // this path and those below it
	folders []string
	why     string
}

var fences = []fence{
	{"database/sql", []string{"store/*"}, "only a store knows its database"},
	{"modernc.org/sqlite", []string{"store/sqlite"}, "only a store knows its database"},
	{"github.com/spf13/cobra", []string{"cmd/vulnmirror"}, "packages are a library too; only the program has a command line"},
	{"github.com/spf13/pflag", []string{"cmd/vulnmirror"}, "packages are a library too; only the program has a command line"},
	{"github.com/vbauerster/mpb", []string{"cmd/vulnmirror"}, "only the program has a terminal; work tells a progress.Meter how far it is"},
	{"github.com/jedib0t/go-pretty", []string{"cmd/vulnmirror"}, "only the program has a terminal"},
	{"github.com/goccy/go-yaml", []string{"config", "format/car"}, "nothing but the configuration and CAR is YAML"},
	{"github.com/prometheus", []string{"serve"}, "packages that do the work know nothing of who watches"},
	{"github.com/cenkalti/backoff", []string{"fetch"}, "only fetch tries again; whoever calls it has an answer or a failure"},
}

func TestImportsStayInsideTheirFences(t *testing.T) {
	for _, f := range goFiles(t) {
		f.imports(func(spec *ast.ImportSpec, name, _ string) {
			for _, fence := range fences {
				inside := slices.Contains(fence.folders, f.folder()) || slices.Contains(fence.folders, path.Dir(f.folder())+"/*")
				if below(name, fence.imports) && !inside {
					t.Errorf("%s: %s belongs in %s alone: %s", f.place(spec), name, strings.Join(fence.folders, ", "), fence.why)
				}
			}
		})
	}
}

// pure are the folders that others can use for their own ends: they compute.
var pure = []string{"vuln", "cpe", "version", "format/*", "store/words", "store/bodycodec"}

func TestPureFoldersDoNoInputOutput(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.isTest() || !slices.Contains(pure, f.folder()) && !slices.Contains(pure, path.Dir(f.folder())+"/*") {
			continue
		}
		f.imports(func(spec *ast.ImportSpec, name, _ string) {
			for _, outside := range []string{"os", "net", "log", "database", "syscall"} {
				if below(name, outside) {
					t.Errorf("%s: %s computes from what it is given; %s reaches outside", f.place(spec), f.folder(), name)
				}
			}
		})
	}
}

// below tells whether an import path is another one or lies below it.
func below(name, other string) bool {
	return name == other || strings.HasPrefix(name, other+"/")
}
