package nvd

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// Identify reads only the id and lastModified of a cve object, for work that
// needs no other facts. Its errors are those of DecodeCVE.
func Identify(body []byte) (id string, modified time.Time, err error) {
	dec := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil {
		return "", time.Time{}, err
	}
	var stamp string
	for (id == "" || stamp == "") && dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return "", time.Time{}, err
		}
		switch name.String() {
		case "id":
			id, err = stringToken(dec)
		case "lastModified":
			stamp, err = stringToken(dec)
		default:
			err = dec.SkipValue()
		}
		if err != nil {
			return "", time.Time{}, err
		}
	}
	if !vuln.ValidCVE(id) {
		return "", time.Time{}, fmt.Errorf("id %q is %w", id, vuln.ErrBadCVE)
	}
	modified, err = vuln.ParseTime(stamp)
	if err != nil {
		return id, time.Time{}, fmt.Errorf("lastModified of %s: %w", id, err)
	}
	return id, modified, nil
}

func stringToken(dec *jsontext.Decoder) (string, error) {
	if dec.PeekKind() != '"' {
		return "", dec.SkipValue()
	}
	token, err := dec.ReadToken()
	if err != nil {
		return "", err
	}
	return token.String(), nil
}
