package mongo

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestJSONDocument(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1,"b":1.0,"c":-0,"d":1e2,"e":9223372036854775807,"f":9223372036854775808}`: `{"a": {"$numberLong":"1"},"b": {"$numberDouble":"1.0"},"c": {"$numberLong":"0"},"d": {"$numberDouble":"100.0"},"e": {"$numberLong":"9223372036854775807"},"f": {"$numberDouble":"9.223372036854776E+18"}}`,
		`{"s":"\u00e9\/\n","n":null,"t":true,"f":false,"l":[1,{"x":[]}]}`:                `{"s": "é/\n","n": null,"t": true,"f": false,"l": [{"$numberLong":"1"},{"x": []}]}`,
		`{}`:                             `{}`,
		`{"cvssData":{"baseScore":9.8}}`: `{"cvssData": {"baseScore": {"$numberDouble":"9.8"}}}`,
		`{"a":1,"a":2}`:                  "",
		`{"$where":1}`:                   "",
		`{"a.b":1}`:                      "",
		"{\"a\\u0000\":1}":               "",
		`{"a":[[1]]}`:                    "",
		`{"a":1e999}`:                    "",
		"{\"a\":\"\xff\"}":               "",
		`[1]`:                            "",
		`{"a":1} {}`:                     "",
		`{"a":`:                          "",
		``:                               "",
		strings.Repeat(`{"a":`, 95) + `1` + strings.Repeat(`}`, 95): "",
	} {
		doc, ok := jsonDocument([]byte(body))
		if ok != (want != "") {
			t.Errorf("%s: ok is %v", body, ok)
			continue
		}
		if !ok {
			continue
		}
		if err := doc.Validate(); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if got := doc.String(); got != want {
			t.Errorf("%s becomes %s, want %s", body, got, want)
		}
	}
}

func FuzzJSONDocument(f *testing.F) {
	f.Add([]byte(`{"a":[1,-2.5e3,{"b":"\u0000\ud800"}],"c":null,"d":{"e":true}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, ok := jsonDocument(body)
		if !ok {
			return
		}
		if err := doc.Validate(); err != nil {
			t.Errorf("%q: %v", body, err)
		}
		if again, err := without(doc); err != nil || string(again) != string(doc) {
			t.Errorf("%q cannot be taken apart: %v", body, err)
		}
	})
}

func TestJoin(t *testing.T) {
	marshal := func(d bson.D) bson.Raw {
		raw, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	a, b := marshal(bson.D{{Key: "_id", Value: "x"}, {Key: "rev", Value: int64(7)}}), marshal(bson.D{{Key: "body", Value: []byte{0, 1}}})
	both := join(a, b)
	if err := both.Validate(); err != nil || both.Lookup("rev").Int64() != 7 || both.Lookup("_id").StringValue() != "x" {
		t.Errorf("joined: %v, %v", both, err)
	}
	less, err := without(both, "_id", "rev")
	if err != nil || string(less) != string(b) {
		t.Errorf("without what was added: %v, %v", less, err)
	}
	if got := join(); got.Validate() != nil || len(got) != 5 {
		t.Errorf("nothing joined: %v", got)
	}
}
