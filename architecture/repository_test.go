package architecture

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the import path of the repository's root.
const module = "vulnmirror"

// root is the repository, seen from this folder.
var root = os.DirFS("..")

// file is one Go source file.
type file struct {
	name   string // relative to the root, with slashes
	lines  int
	syntax *ast.File
	places *token.FileSet
}

func (f file) folder() string { return path.Dir(f.name) }

func (f file) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// place is where a node is, as editors understand it.
func (f file) place(n ast.Node) string {
	return f.name + ":" + strconv.Itoa(f.places.Position(n.Pos()).Line)
}

// parse reads one file's text.
func parse(name string, text []byte) (file, error) {
	places := token.NewFileSet()
	syntax, err := parser.ParseFile(places, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return file{name: name, lines: bytes.Count(text, []byte("\n")), syntax: syntax, places: places}, err
}

// walk calls f for every file of the repository whose name ends so, those of
// data and tools left out.
func walk(suffix string, f func(name string, text []byte) error) error {
	return fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		switch {
		case e.IsDir() && name != "." && (base[0] == '.' || base == "testdata" || name == "data" || name == "dist"):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(name, suffix):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return f(name, text)
	})
}

var parseAll = sync.OnceValues(func() ([]file, error) {
	var files []file
	err := walk(".go", func(name string, text []byte) error {
		f, err := parse(name, text)
		files = append(files, f)
		return err
	})
	return files, err
})

// goFiles returns every Go file of the repository.
func goFiles(t *testing.T) []file {
	t.Helper()
	files, err := parseAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files were found: the rules would be kept by accident", len(files))
	}
	return files
}

// imports calls f for each import of a file: its path, and its folder when it
// is one of ours, else "".
func (f file) imports(do func(spec *ast.ImportSpec, path, folder string)) {
	for _, spec := range f.syntax.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has refused such a file
		}
		folder, ours := strings.CutPrefix(name, module+"/")
		if !ours {
			folder = ""
		}
		do(spec, name, folder)
	}
}
