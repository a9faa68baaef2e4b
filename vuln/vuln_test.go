package vuln_test

import (
	"testing"
	"time"

	"vulnmirror/vuln"
)

func TestParseCVE(t *testing.T) {
	for text, want := range map[string]string{
		"CVE-2021-44228":                    "CVE-2021-44228",
		" cve-2021-44228\n":                 "CVE-2021-44228",
		"2021-44228":                        "CVE-2021-44228",
		"CAN-1999-0095":                     "CVE-1999-0095",
		"CVE\u20112025\u201114302":          "CVE-2025-14302",
		"CVE-2021-123":                      "",
		"CVE-21-44228":                      "",
		"CVE-2021-44228x":                   "",
		"CVE-2021_44228":                    "",
		"log4j":                             "",
		"":                                  "",
		"CVE-2021-44228-1":                  "",
		"CVE-2021-":                         "",
		"CVE-2021-99999999999999":           "CVE-2021-99999999999999",
		"CVE-2021-\u0664\u0664\u0664\u0664": "",
	} {
		got, err := vuln.ParseCVE(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseCVE(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

func FuzzParseCVE(f *testing.F) {
	f.Add("can-1999-0095")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := vuln.ParseCVE(text)
		if err != nil {
			return
		}
		if again, err := vuln.ParseCVE(id); err != nil || again != id || !vuln.ValidCVE(id) {
			t.Errorf("%q gives %q, and that gives %q, %v", text, id, again, err)
		}
		if vuln.FeedYear(id) < vuln.FirstFeedYear {
			t.Errorf("%s belongs to the feed of %d", id, vuln.FeedYear(id))
		}
	})
}

func TestFeedYear(t *testing.T) {
	for id, want := range map[string]int{"CVE-1999-0095": 2002, "CVE-2002-0001": 2002, "CVE-2026-12345": 2026, "VU#1": 0} {
		if got := vuln.FeedYear(id); got != want {
			t.Errorf("FeedYear(%s) = %d, want %d", id, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 3, 9, 7, 0, 23, 456e6, time.UTC)
	for _, text := range []string{"2026-03-09T07:00:23.456", "2026-03-09T07:00:23.456Z", "2026-03-09T03:00:23.456-04:00", "2026-03-09T07:00:23.4560000"} {
		got, err := vuln.ParseTime(text)
		if err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("ParseTime(%s) = %v, %v", text, got, err)
		}
		if vuln.FormatTime(got) != "2026-03-09T07:00:23.456" {
			t.Errorf("FormatTime gives %s", vuln.FormatTime(got))
		}
	}
	for _, text := range []string{"", "2026-03-09", "2026-03-09 07:00:23", "2026-13-09T07:00:23", "now"} {
		if got, err := vuln.ParseTime(text); err == nil {
			t.Errorf("ParseTime(%q) = %v", text, got)
		}
	}
	if got := vuln.FormatTime(time.Time{}); got != "" {
		t.Errorf("no time is spelled %q", got)
	}
}

func TestBestScore(t *testing.T) {
	const cisa = "134c704f-9b21-4f2e-91b3-4a467353bcc0"
	nvd2 := vuln.Score{Version: "2.0", Scorer: "nvd@nist.gov", Type: "Primary", Base: 9}
	nvd31 := vuln.Score{Version: "3.1", Scorer: "nvd@nist.gov", Type: "Primary", Base: 5}
	cna4 := vuln.Score{Version: "4.0", Scorer: "cna@example.org", Type: "Secondary", Base: 0}
	cna3 := vuln.Score{Version: "3.0", Scorer: "cna@example.org", Type: "Secondary", Base: 7}
	adp31 := vuln.Score{Version: "3.1", Scorer: cisa, Type: "Secondary", Base: 8}
	other31 := vuln.Score{Version: "3.1", Scorer: "x@example.org", Type: "Primary", Base: 1}
	for name, tc := range map[string]struct {
		scores []vuln.Score
		want   int // index, -1 for none
	}{
		"none":                              {nil, -1},
		"NVD before a newer version":        {[]vuln.Score{cna4, nvd31, nvd2}, 1},
		"the reporter before CISA":          {[]vuln.Score{adp31, cna3}, 1},
		"CISA before CVSS 2":                {[]vuln.Score{nvd2, adp31}, 1},
		"newer version of the same":         {[]vuln.Score{cna3, cna4}, 1},
		"another primary before a reporter": {[]vuln.Score{cna4, other31}, 1},
		"the first of equals":               {[]vuln.Score{cna3, cna3}, 0},
	} {
		got := vuln.BestScore(tc.scores)
		if tc.want < 0 && got != nil || tc.want >= 0 && got != &tc.scores[tc.want] {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNormalCWE(t *testing.T) {
	for text, want := range map[string]string{"79": "CWE-79", "cwe-79": "CWE-79", "nvd-cwe-noinfo": "NVD-CWE-noinfo", " NVD-CWE-OTHER ": "NVD-CWE-Other", "x": "X"} {
		if got := vuln.NormalCWE(text); got != want {
			t.Errorf("NormalCWE(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestContentHash(t *testing.T) {
	hash := vuln.ContentHash([]byte(`{"a":1.0,"b":"\u00e9\/"}`))
	if hash != vuln.ContentHash([]byte("{ \"b\" : \"é/\", \"a\" : 1 }")) {
		t.Error("two spellings of one value differ")
	}
	if hash == vuln.ContentHash([]byte(`{"a":1.1,"b":"\u00e9\/"}`)) {
		t.Error("two values are taken for one")
	}
	if vuln.ContentHash([]byte("{")) == vuln.ContentHash([]byte("[")) {
		t.Error("texts that are no JSON are taken for one")
	}
}

func TestUUID(t *testing.T) {
	const text = "0123ABCD-0000-4000-8000-00000000BEEF"
	u, err := vuln.ParseUUID("0123abcd-0000-4000-8000-00000000beef")
	if err != nil || u.String() != text || u.Head() != 0x0123ABCD00004000 {
		t.Errorf("%v, %v, head %x", u, err, u.Head())
	}
	if again, err := vuln.ParseUUID([]byte(text)); err != nil || again != u {
		t.Errorf("in upper case: %v, %v", again, err)
	}
	for _, bad := range []string{"", text[1:], text + "0", "0123ABCD-0000-4000-8000-0000000-BEEF", "0123ABCD00000-4000-8000-00000000BEEF", "0123ABCG-0000-4000-8000-00000000BEEF"} {
		if u, err := vuln.ParseUUID(bad); err == nil {
			t.Errorf("ParseUUID(%q) = %v", bad, u)
		}
	}
}

func TestSameContent(t *testing.T) {
	for _, tc := range []struct {
		x, y string
		want bool
	}{
		{`{"a":1,"b":[1,2]}`, `{ "b" : [1, 2.0], "a" : 1e0 }`, true},
		{`"\u00e9\/"`, `"é/"`, true},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`{"a":1,"a":2}`, `{"a":1,"a":2}`, true},
		{`{"a":1,"a":2}`, `{"a":2,"a":1}`, false},
		{`{`, `{`, true},
		{`{`, `{}`, false},
	} {
		if got := vuln.SameContent([]byte(tc.x), []byte(tc.y)); got != tc.want {
			t.Errorf("SameContent(%s, %s) = %v", tc.x, tc.y, got)
		}
	}
}
