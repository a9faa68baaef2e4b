package mongo

import (
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"vulnmirror/vuln"
)

// tombstone is the revision of documents that are to be removed: nobody sees
// them.
const tombstone = int64(math.MaxInt64)

// version is what the history says of a document beyond what the document has.
type version struct {
	ID       string    `bson:"_id"`
	Kind     vuln.Kind `bson:"kind"`
	RecordID string    `bson:"id"`
	From     int64     `bson:"from"`  // the revision that wrote it
	Until    int64     `bson:"until"` // the revision that replaced it
	Nth      int       `bson:"nth"`   // among those of one revision
	Shadow   bool      `bson:"shadow"`
	Aborted  bool      `bson:"aborted"` // it was restored
	At       time.Time `bson:"at"`
}

// versionFields are the fields of version that documents of records lack.
var versionFields = []string{"_id", "kind", "id", "from", "until", "nth", "shadow", "aborted", "at"}

// replaced is the version that a record's document becomes in this turn.
func (t *turn) replaced(kind vuln.Kind, doc bson.Raw) (v version, err error) {
	var held struct {
		ID  string `bson:"_id"`
		Rev int64  `bson:"rev"`
	}
	if err := bson.Unmarshal(doc, &held); err != nil {
		return v, err
	}
	return version{
		ID: versionID(kind, held.ID, t.revision, 0), Kind: kind, RecordID: held.ID,
		From: held.Rev, Until: t.revision, At: t.time(),
	}, nil
}

// versionOf reads a document of the history.
func versionOf(raw bson.Raw) (v version, err error) {
	err = bson.Unmarshal(raw, &v)
	return v, err
}

// document is a record's document as the history keeps it.
func (v *version) document(doc bson.Raw) (bson.Raw, error) {
	head, err := bson.Marshal(v)
	if err != nil {
		return nil, err
	}
	rest, err := without(doc, "_id", "rev")
	if err != nil {
		return nil, err
	}
	return join(head, rest), nil
}

// record is the record's document again.
func (v *version) record(raw bson.Raw) (bson.Raw, error) {
	head, err := bson.Marshal(bson.D{{Key: "_id", Value: v.RecordID}})
	if err != nil {
		return nil, err
	}
	rest, err := without(raw, versionFields...)
	if err != nil {
		return nil, err
	}
	rev, err := bson.Marshal(bson.D{{Key: "rev", Value: v.From}})
	if err != nil {
		return nil, err
	}
	return join(head, rest, rev), nil
}
