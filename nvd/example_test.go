package nvd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"vulnmirror/nvd"
)

// The examples ask a server of their own, which knows one record.
func exampleServer() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cweId") == "overflow" {
			w.Header()["message"] = []string{"Invalid cweId parameter."}
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprint(w, document("NVD_CVE", "vulnerabilities", 0, 1, []string{`{"cve":` + fullCVE + `}`}))
	}))
}

func ExampleClient_CVEs() {
	server := exampleServer()
	defer server.Close()

	// Without BaseURL the NVD itself is asked; a key from os.Getenv makes that
	// ten times as fast.
	client, err := nvd.New(nvd.Options{BaseURL: server.URL})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	changed := nvd.CVEQuery{
		Modified:   nvd.Window{From: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)},
		HasKEV:     true,
		NoRejected: true,
	}
	for cve, err := range client.CVEs(context.Background(), changed) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		fmt.Println(cve.ID(), cve.Status(), cve.LastModified().Format(time.DateOnly))
		fmt.Println(cve.Description())
		for _, r := range cve.References() {
			fmt.Println(r.URL, r.Tags)
		}
	}
	// Output:
	// CVE-2026-1001 Analyzed 2026-06-18
	// Buffer overflow in Maker Widget before 2.5 <b>
	// https://maker.example/a?b=1&c=2 [Vendor Advisory]
	// https://maker.example/a?b=1&c=2 []
}

func ExampleError() {
	server := exampleServer()
	defer server.Close()

	client, err := nvd.New(nvd.Options{BaseURL: server.URL})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	for _, err := range client.CVEs(context.Background(), nvd.CVEQuery{CWE: "overflow"}) {
		if refused, ok := errors.AsType[*nvd.Error](err); ok {
			fmt.Println(refused.Status, refused.Message)
		}
	}
	// Output:
	// 404 Invalid cweId parameter.
}

func ExampleReadFeed() {
	// nvdcve-2.0-2026.json.gz from the NVD reads the same.
	file := packed(document("NVD_CVE", "vulnerabilities", 0, 1, []string{`{"cve":` + fullCVE + `}`}))

	for cve, err := range nvd.ReadFeed[nvd.CVE](file) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		for _, configuration := range cve.Configurations() {
			for _, node := range configuration.Nodes {
				for _, m := range node.Matches {
					fmt.Println(m.Vulnerable, m.Criteria, m.StartIncluding, m.EndExcluding)
				}
			}
		}
	}
	// Output:
	// true cpe:2.3:a:maker:widget:*:*:*:*:*:*:*:* 2.0 2.5
	// false cpe:2.3:o:maker:base:-:*:*:*:*:*:*:*
}

func ExampleCVE_Metrics() {
	var cve nvd.CVE
	if err := cve.UnmarshalJSON([]byte(fullCVE)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	for _, s := range cve.Metrics() {
		fmt.Println(s.Version, s.Base, s.Severity, s.Source)
	}
	if best, ok := cve.Best(); ok {
		fmt.Println("best:", best.Vector)
	}
	// Output:
	// 4.0 9.3 CRITICAL psirt@maker.example
	// 3.1 9.8 CRITICAL nvd@nist.gov
	// 2.0 7.5 HIGH nvd@nist.gov
	// best: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H
}

func ExampleCVE_Unknown() {
	var cve nvd.CVE
	if err := cve.UnmarshalJSON([]byte(fullCVE)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	for name, value := range cve.Unknown() {
		fmt.Printf("%s = %s\n", name, value)
	}
	fmt.Printf("%s\n", cve.Affected()[0].Data[0])
	// Output:
	// futureMember = {"a":[1,2.0e0]}
	// {"vendor":"Maker","product":"Widget","novel":1.50}
}
