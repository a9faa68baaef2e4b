package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"modernc.org/sqlite"

	"vulnmirror/store/bodycodec"
	"vulnmirror/store/words"
)

// engine is SQLite with our functions. SQLite's Go port keeps functions for the
// life of the program, hence one engine for all stores.
var engine = sync.OnceValues(func() (*sqlite.Driver, error) {
	d := &sqlite.Driver{}
	// body_json(body) is the JSON text of a record's body, however it is kept.
	err := d.RegisterDeterministicScalarFunction("body_json", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		b, err := bodyOf(args[0])
		if b == nil || err != nil {
			return nil, err
		}
		return string(b), nil
	})
	// has_phrase(body, words) is 1 when a description holds the words, which are
	// cut already and separated by spaces, one after another.
	err = errors.Join(err, d.RegisterDeterministicScalarFunction("has_phrase", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		phrase, _ := args[1].(string)
		b, err := bodyOf(args[0])
		if err != nil {
			return nil, err
		}
		found, err := hasPhrase(b, strings.Fields(phrase))
		return found, err
	}))
	return d, err
})

func bodyOf(v driver.Value) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return bodycodec.Decode(nil, v)
	case string:
		return []byte(v), nil
	}
	return nil, nil
}

// hasPhrase looks into the descriptions of a CVE body (vuln.KindCVE: the shape
// of the NVD API 2.0).
func hasPhrase(body []byte, phrase []string) (bool, error) {
	var doc struct {
		Descriptions []struct {
			Value string `json:"value"`
		} `json:"descriptions"`
	}
	if err := json.Unmarshal(body, &doc, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return false, fmt.Errorf("descriptions of a body: %w", err)
	}
	for _, d := range doc.Descriptions {
		if words.HasPhrase(d.Value, phrase) {
			return true, nil
		}
	}
	return false, nil
}

// connector opens connections of engine for database/sql.
type connector struct {
	engine *sqlite.Driver
	name   string
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.engine.Open(c.name)
}

func (c connector) Driver() driver.Driver { return c.engine }
