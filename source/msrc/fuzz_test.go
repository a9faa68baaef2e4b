package msrc

import (
	"bytes"
	"io"
	"net/url"
	"testing"
)

// FuzzIndex: whatever an index says, what is asked for then is a document's
// address on the host that was asked.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"value":[{"ID":"2024-Feb","Alias":"2024-Feb","CurrentReleaseDate":"2024-02-10T00:00:00"}],"@odata.nextLink":"?$skip=1"}`))
	f.Add([]byte(`{"value":[{"ID":"../x"},{"ID":""}],"@odata.nextLink":"//elsewhere.example.org/"}`))
	f.Add([]byte(`{"error":{"code":"500"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		pages := 0
		l, err := readIndex(updates.URL, func(address string, _ int) (io.ReadCloser, error) {
			if u, err := url.Parse(address); err != nil || u.Host != Host || pages > indexPages {
				t.Fatalf("page %d at %q", pages, address)
			}
			pages++
			return io.NopCloser(bytes.NewReader(data)), nil
		})
		if err == nil && len(l.documents) == 0 {
			t.Fatal("an index of nothing")
		}
		for _, d := range l.documents {
			if u, err := url.Parse(addressOf(d.ID)); err != nil || u.Path != "/cvrf/v3.0/cvrf/"+d.ID {
				t.Fatalf("%q is at %q", d.ID, u)
			}
		}
	})
}
