package mongo

import (
	"encoding/binary"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// join makes one document of the elements of several, in their order.
func join(docs ...bson.Raw) bson.Raw {
	size := 5 // the length before the elements, and a zero after them
	for _, d := range docs {
		size += len(d) - 5
	}
	out := make(bson.Raw, 4, size)
	for _, d := range docs {
		out = append(out, d[4:len(d)-1]...)
	}
	out = append(out, 0)
	binary.LittleEndian.PutUint32(out, uint32(len(out))) //nolint:gosec // documents are below 16 MB
	return out
}

// without is a copy of a document that lacks some elements.
func without(doc bson.Raw, keys ...string) (bson.Raw, error) {
	elements, err := doc.Elements()
	if err != nil {
		return nil, fmt.Errorf("damaged document: %w", err)
	}
	out := make(bson.Raw, 4, len(doc))
	for _, e := range elements {
		if !slices.Contains(keys, e.Key()) {
			out = append(out, e...)
		}
	}
	out = append(out, 0)
	binary.LittleEndian.PutUint32(out, uint32(len(out))) //nolint:gosec // not longer than doc
	return out, nil
}
