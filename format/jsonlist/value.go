package jsonlist

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Tolerant reads what a strict reader would refuse: repeated names and damaged
// UTF-8.
var Tolerant = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// Compact returns a copy of a JSON value without the white space between tokens.
// Order of members, spelling of numbers and strings stay.
func Compact(value []byte) ([]byte, error) {
	compact := jsontext.Value(bytes.Clone(value))
	if err := compact.Compact(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, err
	}
	return compact, nil
}

// Unmarshal reads a JSON value as Tolerant says.
func Unmarshal(value []byte, into any) error { return json.Unmarshal(value, into, Tolerant) }

// String returns a JSON string's text, "" for any other value.
func String(value jsontext.Value) string {
	var s string
	if value.Kind() != '"' || Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// Failure tells whether a document is nothing but upstream's word that it has no
// answer, {"error": …}, and returns that word.
func Failure(body []byte) (jsontext.Value, bool) {
	var members map[string]jsontext.Value
	if Unmarshal(body, &members) != nil || len(members) != 1 {
		return nil, false
	}
	said, failed := members["error"]
	return said, failed
}

func answered(said jsontext.Value) error {
	if text := String(said); text != "" {
		return fmt.Errorf("upstream answered with an error: %s", text)
	}
	return fmt.Errorf("upstream answered with an error: %s", said)
}

// Drift names members of an object that its decoder does not know, in order.
func Drift(object string, unknown map[string]jsontext.Value) []string {
	var drift []string
	for name := range unknown {
		drift = append(drift, "field "+object+"."+name)
	}
	slices.Sort(drift)
	return drift
}
