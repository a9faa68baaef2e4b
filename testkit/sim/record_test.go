package sim

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testSeed = 1

func bodies(t testing.TB, n int) [][]byte {
	t.Helper()
	var all [][]byte
	for b := range Generate(testSeed, n) {
		all = append(all, b)
	}
	return all
}

func TestGenerateIsDeterministic(t *testing.T) {
	first, second := bodies(t, 300), bodies(t, 300)
	for i := range first {
		if !bytes.Equal(first[i], second[i]) {
			t.Fatal(cmp.Diff(string(first[i]), string(second[i])))
		}
	}
	other := 0
	i := 0
	for b := range Generate(testSeed+1, 300) {
		if !bytes.Equal(b, first[i]) {
			other++
		}
		i++
	}
	if other < 290 {
		t.Errorf("another seed changed only %d of 300 records", other)
	}
}

func TestGenerateGivesExactlyN(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 40, 99, 100, 534} {
		all := bodies(t, n)
		if len(all) != n {
			t.Errorf("asked for %d, got %d", n, len(all))
		}
		ids := map[string]bool{}
		for _, b := range all {
			ids[identity(t, b).ID] = true
		}
		if len(ids) != n {
			t.Errorf("%d records have %d identifiers", n, len(ids))
		}
		if n > 0 && !ids["CVE-2021-44228"] {
			t.Errorf("%d records lack the well-known one", n)
		}
	}
}

type envelope struct{ ID, Published, LastModified string }

// identity reads the first fields of a record where they always are.
func identity(t testing.TB, b []byte) envelope {
	t.Helper()
	var e envelope
	rest := string(b[:min(len(b), 300)])
	for key, to := range map[string]*string{"id": &e.ID, "published": &e.Published, "lastModified": &e.LastModified} {
		_, value, ok := strings.Cut(rest, `"`+key+`"`)
		value, _, _ = strings.Cut(strings.TrimLeft(value, ` :"`), `"`)
		if *to = value; !ok {
			t.Fatalf("no %s in %s", key, rest)
		}
	}
	return e
}

// Every shape that the contract names must occur, or tests that rely on the
// simulation would prove nothing about it.
func TestEveryShapeOccurs(t *testing.T) {
	all := bodies(t, 4000)
	joined := string(bytes.Join(all, []byte("\n")))
	for _, shape := range []string{
		`"cvssMetricV2":[`, `"cvssMetricV30":[`, `"cvssMetricV31":[`, `"cvssMetricV40":[`, `"ssvcV203":[`,
		`"vulnConfidentialityImpact":`, `"vulnerableSystemConfidentiality":`, `"Safety":`, `"safety":`,
		`"source":"nvd@nist.gov","type":"Primary"`, `"source":"134c704f-9b21-4f2e-91b3-4a467353bcc0","type":"Secondary"`,
		`"affected":[{`, `"programRoutines":[{"name":`, `"changes":[{"at":`, `"NVD-CWE-noinfo"`, `"NVD-CWE-Other"`,
		`"cveTags":[]`, `"cveTags":[{`, `"disputed"`, `"unsupported-when-assigned"`, `"exclusively-hosted-service"`,
		`"metrics":{},"references":[]}`, `"vulnStatus":"Rejected"`, `"vulnStatus":"Deferred"`, `"vulnStatus":"Received"`,
		`"vulnStatus":"Awaiting Analysis"`, `"vulnStatus":"Undergoing Analysis"`, `"vulnStatus":"Analyzed"`, `"vulnStatus":"Modified"`,
		`"cisaExploitAdd":"`, `"cisaActionDue":"`, `"cisaRequiredAction":"`, `"cisaVulnerabilityName":"`,
		`"operator":"AND","nodes":`, `"operator":"OR","nodes":`, `"negate":true`, `"vulnerable":false`,
		`"versionStartIncluding":`, `"versionStartExcluding":`, `"versionEndIncluding":`, `"versionEndExcluding":`, `"versionEndExcluding":" `,
		`"lang":"en"`, `"lang":"es"`, `"vendorComments":[`, `"evaluatorComment":`, `"evaluatorSolution":`, `"evaluatorImpact":`,
		`"source":"af854a3a-2127-422b-91ae-364da2661108"`, `"x_unheardOf":`, `1.50E+2`, `:10.0`, `:0.0`, `\\(`, `\u00`, `\ud83`, `\/`, `\r\n`, `\t`, `\"`, "🔥", "𝒳",
		`"id":"CVE-1999-`, `"userInteractionRequired":`,
	} {
		if !strings.Contains(joined, shape) {
			t.Errorf("no record has %s", shape)
		}
	}
	sizes, giants, old := 0, 0, 0
	fractions := map[int]bool{}
	for i, b := range all {
		if i%8 == 0 && !json.Valid(b) {
			t.Fatalf("not JSON: %s", b)
		}
		if len(b) > 600_000 && len(b) < 800_000 {
			giants++
		} else {
			sizes += len(b)
		}
		e := identity(t, b)
		if e.Published < "2002" {
			old++
		}
		if e.LastModified < e.Published {
			t.Errorf("%s was modified before it was published", e.ID)
		}
		if _, rest, ok := strings.Cut(string(b), `"vendorComments":`); ok {
			_, rest, _ = strings.Cut(rest, `"lastModified":"`)
			when, _, _ := strings.Cut(rest, `"`)
			fractions[len(when)] = true
		}
	}
	if giants != 1 {
		t.Errorf("%d records of about 700 KB, want 1", giants)
	}
	if old == 0 {
		t.Error("no record was published before 2002")
	}
	if len(fractions) < 8 || fractions[20] {
		t.Errorf("vendor comments have times of lengths %v", fractions)
	}
	if mean := sizes / len(all); mean < 3500 || mean > 4500 {
		t.Errorf("mean size %d", mean)
	}
}

func TestPublicationDoesNotFollowIdentifiers(t *testing.T) {
	all := bodies(t, 1000)
	jumps := 0
	for i := 1; i < len(all); i++ {
		a, b := identity(t, all[i-1]), identity(t, all[i])
		if a.Published > b.Published || a.Published == b.Published && a.ID >= b.ID {
			t.Fatalf("%+v comes before %+v", a, b)
		}
		if a.ID > b.ID {
			jumps++
		}
	}
	if jumps < 100 {
		t.Errorf("identifiers go back only %d times", jumps)
	}
}

func TestWellKnownRecord(t *testing.T) {
	for _, b := range bodies(t, 1) {
		for _, want := range []string{`"CVE-2021-44228"`, "log4j", "lookups", `"baseScore":10.0`, `"cisaExploitAdd":"2021-12-`, "cpe:2.3:a:apache:log4j:"} {
			if !strings.Contains(string(b), want) {
				t.Errorf("lacks %s: %s", want, b)
			}
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	var bytes int64
	for body := range Generate(testSeed, b.N) {
		bytes += int64(len(body))
	}
	b.SetBytes(bytes / int64(b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
