package epss_test

import (
	"flag"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"vulnmirror/source"
	"vulnmirror/source/epss"
	"vulnmirror/source/sourcetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func subject(t *testing.T) sourcetest.Subject {
	t.Helper()
	world := sourcetest.Open(t, "testdata/world.txt")
	return sourcetest.Subject{
		New:      func() source.Source { return epss.New() },
		Upstream: sourcetest.Files(world),
		Later:    sourcetest.Files(sourcetest.Sub(t, world, "later")),
	}
}

func TestSource(t *testing.T) { sourcetest.Run(t, subject(t)) }

func TestGolden(t *testing.T) { sourcetest.Golden(t, subject(t), "testdata/world.golden", *update) }

// day is a file of scores; without a head it is as before 2022.
func day(head string, rows ...string) http.Handler {
	text := strings.Join(append([]string{head + "cve,epss,percentile"}, rows...), "\n") + "\n"
	return sourcetest.Files(fstest.MapFS{"epss.empiricalsecurity.com/epss_scores-current.csv.gz": {Data: sourcetest.Gzip([]byte(text))}})
}

// TestDays tells which files are believed by who holds two scores of 2031-04-02.
func TestDays(t *testing.T) {
	const may = "#model_version:v2031.03.15,score_date:2031-05-01T12:55:00Z\n"
	one, two := "CVE-2031-10001,0.5,0.9", "CVE-2031-10002,0.1,0.2"
	for name, tc := range map[string]struct {
		world   http.Handler
		wrong   string
		release string
	}{
		"a later day":    {day(may, one, two), "", "2031-05-01"},
		"an earlier day": {day("#model_version:v2031.03.15,score_date:2031-04-01T12:55:00Z\n", one, two), "older than the edition held", "2031-04-02"},
		"an excerpt":     {day(may, one), "it has 1 records where the edition held has 2", "2031-04-02"},
		"no day":         {day("", one, two), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := sourcetest.NewMirror(t, epss.New())
			m.Must(day("#model_version:v2031.03.15,score_date:2031-04-02T12:55:00Z\n", one, two))
			err := m.Fetch(tc.world, nil)
			if tc.wrong == "" && err != nil || tc.wrong != "" && (err == nil || !strings.Contains(err.Error(), tc.wrong)) {
				t.Errorf("Fetch: %v, want %q", err, tc.wrong)
			}
			if got := m.Cursor().Release; got != tc.release || len(m.IDs()) != 2 {
				t.Errorf("held are %v of %q, want those of %q", m.IDs(), got, tc.release)
			}
		})
	}
}

// TestTerms: FIRST's terms bar passing all scores on, and daily ones are no history.
func TestTerms(t *testing.T) {
	if info := epss.New().Info(); !info.Restricted || !info.Forgets || !info.Replaces {
		t.Errorf("Info: %+v", info)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
