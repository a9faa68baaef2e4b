package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"sync"

	"modernc.org/sqlite"

	"vulnmirror/cpe"
	"vulnmirror/store/bodycodec"
	"vulnmirror/store/words"
	"vulnmirror/vuln"
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
		found, err := words.BodyHasPhrase(b, strings.Fields(phrase))
		return found, err
	}))
	// has_member(members, uuid) is 1 when the packed members have the beginning
	// of the uuid.
	err = errors.Join(err, d.RegisterDeterministicScalarFunction("has_member", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		members, _ := args[0].([]byte)
		id, _ := args[1].([]byte)
		if len(id) != len(vuln.UUID{}) {
			return false, nil
		}
		return hasMember(members, vuln.UUID(id).Head()), nil
	}))
	// uuid_key(uuid) is what columns of that name hold for a UUID of 16 bytes.
	err = errors.Join(err, d.RegisterDeterministicScalarFunction("uuid_key", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		id, _ := args[0].([]byte)
		if len(id) != len(vuln.UUID{}) {
			return nil, nil
		}
		return uuidKey(vuln.UUID(id)), nil
	}))
	// cpe_overlaps(platform, name) is 1 when some platform is described by both,
	// and 0 too when the second is no CPE name.
	err = errors.Join(err, d.RegisterDeterministicScalarFunction("cpe_overlaps", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		platform, _ := args[0].(string)
		text, _ := args[1].(string)
		p, err := cpe.Parse(platform)
		if err != nil {
			return nil, err
		}
		name, err := cpe.ParseLenient(text)
		return err == nil && p.Overlaps(name), nil
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
