package postgres

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// outside are what one of CockroachDB, YugabyteDB and Citus lacks.
var outside = map[string]*regexp.Regexp{
	"advisory locks":                regexp.MustCompile(`(?i)pg_(try_)?advisory`),
	"LISTEN and NOTIFY":             regexp.MustCompile(`(?i)^\s*(LISTEN|NOTIFY|UNLISTEN)\b|pg_notify`),
	"stored generated columns":      regexp.MustCompile(`(?i)GENERATED\s+ALWAYS`),
	"GIN on more than one column":   regexp.MustCompile(`(?i)USING\s+gin\s*\([^()]*,`),
	"temporary tables":              regexp.MustCompile(`(?i)\bTEMP(ORARY)?\s+TABLE`),
	"unlogged tables":               regexp.MustCompile(`(?i)\bUNLOGGED\b`),
	"exclusion constraints":         regexp.MustCompile(`(?i)\bEXCLUDE\s+USING`),
	"table inheritance":             regexp.MustCompile(`(?i)\bINHERITS\s*\(`),
	"table locks":                   regexp.MustCompile(`(?i)^\s*LOCK\s+TABLE`),
	"cursors":                       regexp.MustCompile(`(?i)^\s*DECLARE\s+\w+\s.*CURSOR|WHERE\s+CURRENT\s+OF`),
	"triggers":                      regexp.MustCompile(`(?i)CREATE\s+(OR\s+REPLACE\s+)?TRIGGER`),
	"functions and code blocks":     regexp.MustCompile(`(?i)CREATE\s+(OR\s+REPLACE\s+)?FUNCTION|^\s*DO\s+\$`),
	"extensions":                    regexp.MustCompile(`(?i)CREATE\s+EXTENSION`),
	"rules":                         regexp.MustCompile(`(?i)CREATE\s+(OR\s+REPLACE\s+)?RULE`),
	"row versions":                  regexp.MustCompile(`(?i)\b(xmin|xmax|ctid)\b`),
	"large objects":                 regexp.MustCompile(`(?i)\blo_(import|export|create)`),
	"indexes made beside writers":   regexp.MustCompile(`(?i)INDEX\s+CONCURRENTLY`),
	"sequences":                     regexp.MustCompile(`(?i)\b(big)?serial\b|CREATE\s+SEQUENCE|\bnextval\b`),
	"skipping rows others hold":     regexp.MustCompile(`(?i)SKIP\s+LOCKED`),
	"MERGE":                         regexp.MustCompile(`(?i)^\s*MERGE\s+INTO`),
	"foreign keys (between shards)": regexp.MustCompile(`(?i)\bREFERENCES\b`),
}

// hinted are statements that engines may refuse: tune and makeIndexes go on
// without them.
var hinted = regexp.MustCompile(`(?i)SET (STORAGE|STATISTICS|COMPRESSION)|^VACUUM`)

// beginsSQL tells a statement, or the beginning of one, from other texts.
var beginsSQL = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|TRUNCATE|WITH|SET|RESET|GRANT|ANALYZE|VACUUM|LOCK|LISTEN|NOTIFY|DO|COPY)\s`)

// texts are the SQL files of this package, and every string in its code that
// begins like SQL.
func sqlTexts(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"*.sql", "migrations/*.sql"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal("no SQL files", err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for i, statement := range strings.Split(string(text), ";\n") {
				out[f+" "+strconv.Itoa(i+1)] = statement
			}
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(fset, f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil && beginsSQL.MatchString(text) {
					out[fset.Position(lit.Pos()).String()] = text
				}
			}
			return true
		})
	}
	for i := range indexes {
		out["index "+indexes[i].name] = indexes[i].create()
	}
	return out
}

// TestSQLStaysInTheCommonSubset finds what is known to be missing in one of the
// engines that speak PostgreSQL's protocol on many machines. It cannot prove
// that they carry out the rest: that takes a run of the suite on them, and none
// was at hand. Nor does it see statements that are put together from pieces,
// but for indexes.
func TestSQLStaysInTheCommonSubset(t *testing.T) {
	texts := sqlTexts(t)
	if len(texts) < 60 {
		t.Fatalf("only %d statements were found", len(texts))
	}
	for where, text := range texts {
		if hinted.MatchString(text) {
			continue
		}
		for what, pattern := range outside {
			if pattern.MatchString(text) {
				t.Errorf("%s uses %s: %s", where, what, text)
			}
		}
	}
}

func TestSubsetIsLookedAt(t *testing.T) {
	for what, statement := range map[string]string{
		"advisory locks":              "SELECT pg_advisory_xact_lock(1)",
		"LISTEN and NOTIFY":           "NOTIFY x",
		"stored generated columns":    "CREATE TABLE x (a int, b int GENERATED ALWAYS AS (a) STORED)",
		"GIN on more than one column": "CREATE INDEX x ON y USING gin (a, b)",
		"temporary tables":            "CREATE TEMP TABLE x (y int)",
	} {
		if !outside[what].MatchString(statement) {
			t.Errorf("%s: not seen in %s", what, statement)
		}
	}
}

func TestOldServersAreRefused(t *testing.T) {
	for number, taken := range map[int]bool{90624: false, 110022: false, 120000: true, 150018: true, 180001: true} {
		err := checkServer(number)
		if (err == nil) != taken {
			t.Errorf("%d: %v", number, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "12 or newer") || Explain(err) != "" || err.(*Fault).Next() == "") {
			t.Errorf("%d: %v", number, err)
		}
	}
}

// TestAgain: engines that cannot put transactions in an order ask for them to be
// repeated, which is done, but not for ever.
func TestAgain(t *testing.T) {
	for _, c := range []struct {
		code  string
		fails int
		tries int
		ok    bool
	}{{"40001", 3, 4, true}, {"40P01", 1, 2, true}, {"40001", 100, attempts, false}, {"53100", 100, 1, false}, {"", 0, 1, true}} {
		tries := 0
		err := again(func() error {
			if tries++; tries <= c.fails {
				return errors.Join(context.DeadlineExceeded, &pgconn.PgError{Code: c.code})
			}
			return nil
		})
		if tries != c.tries || (err == nil) != c.ok {
			t.Errorf("%s: %d tries, %v", c.code, tries, err)
		}
	}
}

func TestLexeme(t *testing.T) {
	long := strings.Repeat("ä", longestLexeme)
	if got := lexeme(long); len(got) > longestLexeme || !strings.HasPrefix(long, got) || len(got) < longestLexeme-4 || got != strings.ToValidUTF8(got, "?") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
	if got := lexeme("short"); got != "short" {
		t.Error(got)
	}
}

func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{"a": "'a'", "it's": "'it''s'", `a\'b`: ` E'a\\''b'`, "a\x00b": "'ab'"} {
		if got := literal(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
