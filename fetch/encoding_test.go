package fetch

import (
	"strings"
	"testing"
)

func TestEncodings(t *testing.T) {
	packed := gzipped(good)
	for name, test := range map[string]struct {
		gzippedResource bool
		header, wire    string
		file, encoding  string
		accepts         string
	}{
		"plain":                       {false, "", good, good, "", "gzip"},
		"packed on the way":           {false, "gzip", packed, packed, "gzip", "gzip"},
		"packed without a word":       {false, "", packed, packed, "gzip", "gzip"},
		"said to be packed":           {false, "gzip", good, good, "", "gzip"},
		"gz":                          {true, "", packed, packed, "gzip", "identity"},
		"gz, labelled as an encoding": {true, "gzip", packed, packed, "gzip", "identity"},
		"gz, packed again":            {true, "gzip", gzipped(packed), packed, "gzip", "identity"},
		"gz, unpacked by a middleman": {true, "", good, good, "", "identity"},
		"two members":                 {true, "", gzipped(good[:9]) + gzipped(good[9:]), gzipped(good[:9]) + gzipped(good[9:]), "gzip", "identity"},
		"packed again without a word": {false, "", gzipped(packed), packed, "gzip", "gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			header := []string{"Content-Type", "application/json"}
			if test.header != "" {
				header = append(header, "Content-Encoding", test.header)
			}
			server := serve(t, answer(200, test.wire, header...))
			req := Request{URL: server.URL + "/x", Gzipped: test.gzippedResource, Check: wants(good)}
			want := Result{
				URL: req.URL, Status: 200, ContentType: "application/json", Encoding: test.encoding,
				WireBytes: int64(len(test.wire)), WireSHA256: sum(test.wire),
				ContentBytes: int64(len(good)), ContentSHA256: sum(good),
			}
			path := part(t)
			client := quick(t, func(c *Config) { c.Attempts = 1 })
			got, err := client.Download(t.Context(), req, path)
			got.Date = want.Date
			if err != nil || got != want {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
			}
			if held := contents(t, path); held != test.file {
				t.Errorf("the file holds %q", held)
			}
			data, got, err := client.Read(t.Context(), req, 1000)
			got.Date = want.Date
			if err != nil || string(data) != good || got != want {
				t.Errorf("read %q, %+v, %v", data, got, err)
			}
			for _, r := range server.requests() {
				if accepts := r.Header.Get("Accept-Encoding"); accepts != test.accepts {
					t.Errorf("Accept-Encoding %s", accepts)
				}
			}
		})
	}
}

func TestXMLIsDataForThoseWhoAsk(t *testing.T) {
	xml := `<?xml version="1.0"?><catalog/>`
	for body, wanted := range map[string]bool{xml: true, strings.Replace(xml, "catalog", "html", 1): false} {
		server := serve(t, answer(200, body, "Content-Type", "text/xml"))
		client := quick(t, func(c *Config) { c.Attempts = 1 })
		for _, accept := range []string{"", "application/xml"} {
			_, _, err := client.Read(t.Context(), Request{URL: server.URL, Header: map[string][]string{"Accept": {accept}}}, 100)
			if taken := err == nil; taken != (wanted && accept != "") {
				t.Errorf("%s with Accept %q: %v", body, accept, err)
			}
		}
	}
}
