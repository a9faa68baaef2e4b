package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vulnmirror/format/kinds"
	"vulnmirror/serve/api"
	"vulnmirror/store"
	"vulnmirror/store/sqlite"
	"vulnmirror/vuln"
)

// bodies are records of several kinds that lead to each other.
var bodies = []struct {
	kind     vuln.Kind
	id, body string
}{
	{vuln.KindCVE, "CVE-2024-0001", `{"id":"CVE-2024-0001","published":"2024-01-01T00:00:00.000","lastModified":"2024-01-02T00:00:00.000","vulnStatus":"Analyzed","descriptions":[{"lang":"en","value":"A page is not neutralized."}],"weaknesses":[{"source":"nvd@nist.gov","type":"Primary","description":[{"lang":"en","value":"CWE-79"}]}]}`},
	{vuln.KindCWE, "CWE-79", `{"ID":"79","Name":"Cross-site Scripting","Abstraction":"Base","Structure":"Simple","Status":"Stable","Description":"Input is not neutralized.","RelatedAttackPatterns":["63"]}`},
	{vuln.KindKEV, "CVE-2024-0001", `{"cveID":"CVE-2024-0001","vendorProject":"Maker","product":"Widget","vulnerabilityName":"Maker Widget XSS","dateAdded":"2024-02-01","shortDescription":"x","requiredAction":"Apply.","dueDate":"2024-02-22","knownRansomwareCampaignUse":"Unknown","notes":"","cwes":["CWE-79"]}`},
	{vuln.KindKEV, "CVE-2024-0002", `{"cveID":"CVE-2024-0002","vendorProject":"Maker","product":"Widget","vulnerabilityName":"Maker Gadget XSS","dateAdded":"2024-02-01","shortDescription":"x","requiredAction":"Apply.","dueDate":"2024-02-22","knownRansomwareCampaignUse":"Unknown","notes":"","cwes":["CWE-79"]}`},
}

// serve answers from a store with bodies.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "vulnmirror.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bodies {
		k, _ := kinds.Of(b.kind)
		r, err := k.Read(vuln.Record{Kind: b.kind, ID: b.id, Source: "nvd-cve", Body: []byte(b.body)})
		if err != nil {
			t.Fatal(err)
		}
		r.Source = map[vuln.Kind]string{vuln.KindCVE: "nvd-cve", vuln.KindCWE: "cwe", vuln.KindKEV: "kev"}[b.kind]
		batch := &store.Batch{Origin: store.Origin{Source: r.Source, Filename: "f", SHA256: "00"}, Records: []vuln.Record{r}, Last: true}
		if _, err := st.Apply(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.SetSource(t.Context(), store.SourceState{Source: "cwe", Completed: time.Now(), Synced: time.Now(), Release: "4.20"}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.New(st, api.Options{
		Sources: []api.Source{{Name: "cwe", Title: "CWE", Kinds: []vuln.Kind{vuln.KindCWE}, Attribution: "MITRE", PassedOn: true}, {Name: "kev", Kinds: []vuln.Kind{vuln.KindKEV}}},
		Version: "test", Patience: time.Minute, Logger: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(func() {
		server.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func get(t *testing.T, server *httptest.Server, path string) (int, []byte) {
	t.Helper()
	resp, err := http.Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

// TestAnswersAreAsDescribed asks every question and holds the answers against the
// OpenAPI document that the server gives.
func TestAnswersAreAsDescribed(t *testing.T) {
	server := serve(t)
	_, document := get(t, server, "/api/v1/openapi-3.0.json") // the same, in what huma.Schema can read
	var described struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct{ Schema *huma.Schema }
			}
		}
		Components struct{ Schemas map[string]*huma.Schema }
	}
	if err := json.Unmarshal(document, &described); err != nil {
		t.Fatal(err)
	}
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	for name, schema := range described.Components.Schemas {
		schema.PrecomputeMessages()
		registry.Map()[name] = schema
	}
	asked := make(map[string]bool)
	for _, tc := range []struct {
		path, template string
		status         int
		want           []string
	}{
		{"/api/v1/records/any/cwe-79", "/api/v1/records/{kind}/{id}", 200, []string{`"release":"4.20"`, `"attribution":"MITRE"`, `"id":"CAPEC-63"`, `"rule":"Related_Attack_Pattern"`, `"linked_from":[{"kind":"kev"`, `"record":{"ID":"79","Name":"Cross-site Scripting"`}},
		{"/api/v1/records/kev/2024-0001", "/api/v1/records/{kind}/{id}", 200, []string{`"title":"Maker Widget XSS"`}},
		{"/api/v1/records/cwe/80", "/api/v1/records/{kind}/{id}", 404, []string{"no record of 80"}},
		{"/api/v1/records/weakness/80", "/api/v1/records/{kind}/{id}", 422, []string{"there is no kind weakness"}},
		{"/api/v1/records/any/-", "/api/v1/records/{kind}/{id}", 422, []string{"no identifier"}},
		{"/api/v1/search?kind=cwe&q=neutralized", "/api/v1/search", 200, []string{`"total":1`, `"id":"CWE-79"`}},
		{"/api/v1/search?kind=kev&cve=cve-2024-0001", "/api/v1/search", 200, []string{`"total":1`}},
		{"/api/v1/search?kind=cve&cwe=79", "/api/v1/search", 200, []string{`"total":1`, `"id":"CVE-2024-0001"`}},
		{"/api/v1/search?kind=cve&limit=0", "/api/v1/search", 422, []string{"limit"}},
		{"/api/v1/search", "/api/v1/search", 422, []string{"kind"}},
		{"/api/v1/search?kind=any", "/api/v1/search", 422, []string{"one kind"}},
		{"/api/v1/chain/CVE-2024-0001", "/api/v1/chain/{id}", 200, []string{`"start":{"kind":"cve","id":"CVE-2024-0001"}`, `"id":"CAPEC-63"`, `"missing":true`, `"version":"4.20"`}},
		{"/api/v1/chain/CVE-2024-0002", "/api/v1/chain/{id}", 200, []string{`"start":{"kind":"cve","id":"CVE-2024-0002"}`, `{"kind":"kev","id":"CVE-2024-0002"`}},
		{"/api/v1/chain/CAPEC-63?to=cve", "/api/v1/chain/{id}", 200, []string{`"id":"CVE-2024-0001"`}},
		{"/api/v1/chain/CAPEC-63?with=magic", "/api/v1/chain/{id}", 422, []string{"with magic"}},
		{"/api/v1/sources", "/api/v1/sources", 200, []string{`"name":"cwe"`, `"release":"4.20"`, `"complete":true`, `"records":1`}},
	} {
		asked[tc.template] = true
		status, body := get(t, server, tc.path)
		if status != tc.status {
			t.Errorf("%s: status %d, want %d: %s", tc.path, status, tc.status, body)
		}
		for _, want := range tc.want {
			if !strings.Contains(string(body), want) {
				t.Errorf("%s: no %s in %s", tc.path, want, body)
			}
		}
		response, ok := described.Paths[tc.template]["get"].Responses[http.StatusText(status)]
		if !ok {
			response, ok = described.Paths[tc.template]["get"].Responses[itoa(status)]
		}
		if !ok {
			t.Errorf("%s: status %d is not described", tc.template, status)
			continue
		}
		for _, content := range response.Content {
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				t.Fatalf("%s: %v", tc.path, err)
			}
			var result huma.ValidateResult
			huma.Validate(registry, content.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, &result)
			if len(result.Errors) > 0 {
				t.Errorf("%s is not as described: %v", tc.path, result.Errors)
			}
		}
	}
	for path := range described.Paths {
		if !asked[path] {
			t.Errorf("%s is described and was not asked", path)
		}
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// broken is a store that cannot be read.
type broken struct{}

func (broken) Snapshot(context.Context) (store.Snapshot, error) { return nil, io.ErrUnexpectedEOF }

func TestAStoreThatFailsIsTheServersOwnAffair(t *testing.T) {
	server := httptest.NewServer(api.New(broken{}, api.Options{Logger: slog.New(slog.DiscardHandler)}))
	defer server.Close()
	status, body := get(t, server, "/api/v1/sources")
	if status != http.StatusServiceUnavailable || strings.Contains(string(body), "EOF") {
		t.Errorf("%d %s", status, body)
	}
}
