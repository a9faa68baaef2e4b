package nvd

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/vuln"
)

// identity names the members that identify and date the records of a format.
type identity struct {
	id     string
	stamps []string // the latest of those there are counts
}

var identities = map[string]identity{
	FormatCVE:       {"id", []string{"lastModified"}},
	FormatCPE:       {"cpeName", []string{"lastModified"}},
	FormatCPEMatch:  {"matchCriteriaId", []string{"lastModified", "cpeLastModified"}},
	FormatCVEChange: {"cveChangeId", []string{"created"}},
}

// Identify reads only the id and the modification time of a record, for work
// that needs no other facts. Its errors are those of Decode.
func Identify(format string, body []byte) (id string, modified time.Time, err error) {
	of, ok := identities[format]
	if !ok {
		r, err := Decode(format, body)
		return r.ID, r.Modified, err
	}
	stamps, err := of.read(body, &id)
	if err != nil {
		return id, time.Time{}, err
	}
	if id == "" || format == FormatCVE && !vuln.ValidCVE(id) {
		return "", time.Time{}, fmt.Errorf("%s %q is no identifier", of.id, id)
	}
	for i, stamp := range stamps {
		at, err := vuln.ParseTime(stamp)
		if err != nil && i == 0 {
			return id, time.Time{}, fmt.Errorf("%s of %s: %w", of.stamps[0], id, err)
		}
		if at.After(modified) {
			modified = at
		}
	}
	return id, modified, nil
}

// read returns the texts of the stamps, "" for those that are missing.
func (of identity) read(body []byte, id *string) ([]string, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	stamps := make([]string, len(of.stamps))
	for missing := 1 + len(stamps); missing > 0 && dec.PeekKind() == '"'; {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		var into *string
		name := token.String()
		if name == of.id {
			into = id
		}
		for i, stamp := range of.stamps {
			if name == stamp {
				into = &stamps[i]
			}
		}
		if into == nil {
			err = dec.SkipValue()
		} else {
			*into, err = stringToken(dec)
			missing--
		}
		if err != nil {
			return nil, err
		}
	}
	return stamps, nil
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
