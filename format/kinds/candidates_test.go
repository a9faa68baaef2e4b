package kinds_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vulnmirror/format/kinds"
	"vulnmirror/vuln"
)

// spell writes candidates as "kind id", aliases as "kind ~id".
func spell(refs []kinds.Ref) string {
	var out []string
	for _, r := range refs {
		if r.Alias {
			r.ID = "~" + r.ID
		}
		out = append(out, string(r.Kind)+" "+r.ID)
	}
	return strings.Join(out, ", ")
}

func TestCandidates(t *testing.T) {
	const (
		log4shell = "cve CVE-2021-44228, msrc CVE-2021-44228, kev CVE-2021-44228, epss CVE-2021-44228"
		upper     = "00000000-0000-4000-8000-0000000000A1"
		lower     = "00000000-0000-4000-8000-0000000000a1"
	)
	for _, tc := range []struct {
		text string
		kind vuln.Kind
		want string
	}{
		{"CVE-2021-44228", "", log4shell},
		{" cve-2021-44228 ", "", log4shell},
		{"CAN-2021-44228", "", log4shell},
		{"CVE\u20112021\u201144228", "", log4shell},
		{"2021-44228", "", log4shell},
		{"CVE-2021-44228", vuln.KindKEV, "kev CVE-2021-44228"},
		{"CVE-2024-21626M", "", "msrc CVE-2024-21626M"},
		{"adv180002", "", "msrc ADV180002"},

		{"cpe:2.3:a:maker:widget:2.4", "", "cpe cpe:2.3:a:maker:widget:2.4, cpe cpe:2.3:a:maker:widget:2.4:*:*:*:*:*:*:*"},
		{"cpe:2.3:a:maker:widget:2.4:*:*:*:*:*:*:*", "", "cpe cpe:2.3:a:maker:widget:2.4:*:*:*:*:*:*:*"},
		{"CPE:/a:Maker:Widget:2.4", "", "cpe CPE:/a:Maker:Widget:2.4, cpe cpe:2.3:a:maker:widget:2.4:*:*:*:*:*:*:*"},
		{upper, "", "cpematch " + upper + ", source " + upper + ", source " + lower + ", cvechange " + upper + ", cpe ~" + upper + ", source ~" + upper},
		{lower, vuln.KindMatchCriteria, "cpematch " + upper},
		{lower, vuln.KindCPE, "cpe ~" + lower},
		{"PSIRT@Maker.example", "", "source PSIRT@Maker.example, source psirt@maker.example, source ~PSIRT@Maker.example"},
		{"Maker Inc.", vuln.KindNVDSource, "source Maker Inc., source maker inc., source ~Maker Inc."},

		{"79", "", "cwe CWE-79, capec CAPEC-79"},
		{"79", vuln.KindCAPEC, "capec CAPEC-79"},
		{"cwe-79", "", "cwe CWE-79"},
		{"CWE-79: Cross-site Scripting", "", "cwe CWE-79"},
		{"https://cwe.mitre.org/data/definitions/79.html", "", "cwe CWE-79"},
		{"https://capec.mitre.org/data/definitions/63.html", "", "capec CAPEC-63"},
		{"capec 63", "", "capec CAPEC-63"},
		{"12345", vuln.KindCWE, "cwe CWE-12345"},

		{"T1055/001", "", "attack T1055.001"},
		{"t1055.001", "", "attack T1055.001"},
		{"1574.010", "", "attack T1574.010"},
		{"Technique/T1552", "", "attack T1552"},
		{"https://attack.mitre.org/techniques/T1055/001/", "", "attack T1055.001"},
		{"ta0001", "", "attack TA0001"},
		{"1055", "", "cwe CWE-1055, attack T1055, certcc VU#1055"},
		{"Attack-Pattern--00000000-0000-4000-8000-0000000000a1", "", "attack ~attack-pattern--" + lower},
		{"mob-t1012", "", "attack ~MOB-T1012"},

		{"d3f:FileAnalysis", "", "d3fend d3f:FileAnalysis"},
		{"http://d3fend.mitre.org/ontologies/d3fend.owl#FileAnalysis", "", "d3fend d3f:FileAnalysis"},
		{"FileAnalysis", vuln.KindD3FEND, "d3fend d3f:FileAnalysis"},
		{"d3-fa", "", "d3fend ~D3-FA"},
		{"d3f:CWE-79", "", "d3fend d3f:CWE-79, cwe CWE-79"},
		{"d3f:CWE-79", vuln.KindCWE, "cwe CWE-79"},

		{"car-2013-01-002", "", "car CAR-2013-01-002"},
		{"2013-01-002", "", "car CAR-2013-01-002"},
		{"data_model/process", "", "car data_model/process"},
		{"dte1", "", "shield DTE0001"},
		{"eac0014", "", "engage EAC0014"},

		{"VU 382314", "", "certcc VU#382314"},
		{"382314", "", "certcc VU#382314, mskb 382314"},
		{"CERTFR-2024-AVI-1", "", "certfr CERTFR-2024-AVI-0001"},
		{"2009-avi-12", "", "certfr CERTA-2009-AVI-012"},
		{"5034768", "", "mskb 5034768"},
		{"KB5034768", "", "mskb 5034768"},
	} {
		refs, err := kinds.Candidates(tc.text, tc.kind)
		if err != nil {
			t.Errorf("%q: %v", tc.text, err)
		}
		if diff := cmp.Diff(tc.want, spell(refs)); diff != "" {
			t.Errorf("%q of kind %q: %s", tc.text, tc.kind, diff)
		}
	}
}

func TestWhatIdentifiesNothingIsExplained(t *testing.T) {
	for _, tc := range []struct {
		text string
		kind vuln.Kind
		want string
	}{
		{"widget", "", `"widget" is not a CVE identifier, CPE name, UUID or address of a source, and no identifier of any other kind of record`},
		{"79 widgets", "", `"79 widgets" is not a CVE identifier`},
		{"", "", `"" is not a CVE identifier`},
		{"", vuln.KindNVDSource, `"" is no identifier of a source; one is nvd@nist.gov`},
		{"widget", vuln.KindCVE, `"widget" is no identifier of a CVE record; one is CVE-2021-44228`},
		{"CVE-2021-44228", vuln.KindCWE, `"CVE-2021-44228" is no identifier of a CWE entry; one is CWE-79`},
	} {
		refs, err := kinds.Candidates(tc.text, tc.kind)
		if !errors.Is(err, kinds.ErrNoIdentifier) || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%q of kind %q: %v, %v", tc.text, tc.kind, spell(refs), err)
		}
	}
	if refs, err := kinds.Candidates("cpe:2.3:x:maker", ""); err == nil || errors.Is(err, kinds.ErrNoIdentifier) {
		t.Errorf("a wrong CPE name: %v, %v", spell(refs), err)
	}
}

func FuzzCandidates(f *testing.F) {
	for _, text := range []string{"CVE-2021-44228", "cpe:/a:b:c", "79", "T1055/001", "d3f:X", "D3-FA", "VU 1055", "2024-AVI-1", "KB5034768", "nvd@nist.gov"} {
		f.Add(text, "")
	}
	f.Add("Maker", "source")
	f.Fuzz(func(t *testing.T, text, kind string) {
		refs, err := kinds.Candidates(text, vuln.Kind(kind))
		if (err == nil) != (len(refs) > 0) {
			t.Fatalf("%d candidates and %v", len(refs), err)
		}
		seen := make(map[kinds.Ref]bool)
		for _, r := range refs {
			k, known := kinds.Of(r.Kind)
			switch {
			case !known || r.ID == "" || kind != "" && string(r.Kind) != kind:
				t.Fatalf("%+v", r)
			case seen[r]:
				t.Fatalf("%+v twice", r)
			case r.Alias || r.Kind == vuln.KindCPE || r.Kind == vuln.KindNVDSource:
			case utf8.ValidString(text):
				if again, ok := k.Parse(r.ID); !ok || again != r.ID {
					t.Fatalf("%+v is not normal: %q, %v", r, again, ok)
				}
			}
			seen[r] = true
		}
	})
}
