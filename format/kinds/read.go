package kinds

import (
	"cmp"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"vulnmirror/format/msrc"
	"vulnmirror/format/msrccsv"
	"vulnmirror/vuln"
)

// by returns a Kind.Read that decodes with decode. The envelope stays as it is
// held: what a store knows of a record, such as its source, no body says.
func by(decode func(body []byte) (vuln.Record, error)) func(vuln.Record) (vuln.Record, error) {
	return func(held vuln.Record) (vuln.Record, error) {
		said, err := decode(held.Body)
		if err != nil {
			return vuln.Record{}, fmt.Errorf("%s %s: %w", held.Kind, held.ID, err)
		}
		held.Title, held.Facts, held.Text = cmp.Or(said.Title, held.Title), said.Facts, said.Text
		return held, nil
	}
}

// decodeMSRC tells what Microsoft's API said of a vulnerability from what an
// export of the Security Update Guide does, which alone has rows.
func decodeMSRC(body []byte) (vuln.Record, error) {
	var export struct {
		Rows jsontext.Value `json:"rows"`
	}
	if json.Unmarshal(body, &export) == nil && export.Rows != nil {
		return msrccsv.Decode(body)
	}
	return msrc.Decode(body)
}
