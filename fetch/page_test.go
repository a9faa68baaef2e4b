package fetch_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"vulnmirror/fetch"
)

func TestAPageIsReadByWhoeverAsksForOne(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><html><table></table></html>")
	}))
	defer server.Close()
	client, err := fetch.New(fetch.Config{Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	for accept, wanted := range map[string]bool{"text/html": true, "application/xml": false, "": false} {
		header := http.Header{}
		if accept != "" {
			header.Set("Accept", accept)
		}
		_, _, err := client.Read(t.Context(), fetch.Request{URL: server.URL, Header: header}, 1<<10)
		var bad *fetch.ContentError
		if wanted != (err == nil) || !wanted && !errors.As(err, &bad) {
			t.Errorf("Accept %q: %v", accept, err)
		}
	}
}
