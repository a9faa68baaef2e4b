package d3fend

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/fetch"
	"vulnmirror/format/jsonlist"
)

// askVersion asks for the version upstream is at.
func askVersion(ctx context.Context, up *fetch.Client) (version string, err error) {
	_, _, err = up.Read(ctx, fetch.Request{URL: up.At(current), Check: func(r io.Reader) (err error) {
		version, err = readVersion(r)
		return err
	}}, 1<<20)
	return version, err
}

// versionNames are what the version is called in version.json, or was said to be.
var versionNames = []string{"version", "ontology_version", "d3fend_version", "ontologyVersion", "owl:versionInfo", "versionInfo"}

// A version becomes part of addresses.
var isVersion = regexp.MustCompile(`^v?(\d+(?:\.\d+){1,3}(?:-[0-9A-Za-z.-]+)?)$`)

// readVersion reads version.json, one object or one in another.
func readVersion(r io.Reader) (string, error) {
	body, err := jsonlist.NewReader(r, "").Next()
	if err != nil {
		return "", err
	}
	if v := versionIn(body, 2); v != "" {
		return v, nil
	}
	return "", errors.New("it names no version")
}

func versionIn(body []byte, depth int) string {
	var text string
	if jsonlist.Unmarshal(body, &text) == nil {
		return ""
	}
	var object map[string]jsontext.Value
	if jsonlist.Unmarshal(body, &object) != nil {
		return ""
	}
	for _, name := range versionNames {
		if found := isVersion.FindStringSubmatch(jsonlist.String(object[name])); found != nil {
			return found[1]
		}
	}
	if depth == 0 {
		return ""
	}
	var names []string
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if v := versionIn(object[name], depth-1); v != "" {
			return v
		}
	}
	return ""
}
