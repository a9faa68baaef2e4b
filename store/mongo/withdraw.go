package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"vulnmirror/store"
)

// Withdraw implements store.Writer.
func (s *Store) Withdraw(ctx context.Context, w store.Withdrawal) (gone int, err error) {
	err = s.write(ctx, "withdraw records of "+w.Source, func(ctx context.Context, t *turn) error {
		gone = 0
		where := bson.D{{Key: "source", Value: text(w.Source)}, {Key: "gone", Value: false}, {Key: "$or", Value: bson.A{
			bson.D{{Key: "lastModified", Value: nil}}, bson.D{{Key: "lastModified", Value: bson.D{{Key: "$lte", Value: w.UpTo}}}},
		}}}
		var ids []string
		if err := s.each(ctx, s.of(w.Kind), where, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}), func(doc bson.Raw) error {
			if id := doc.Lookup("_id").StringValue(); !w.Keep(id) {
				ids = append(ids, id)
			}
			return nil
		}); err != nil || len(ids) == 0 {
			return err
		}
		t.touched, t.content = true, true
		if err := t.keep(ctx, w.Kind, ids, true); err != nil {
			return err
		}
		gone = len(ids)
		return t.updateAll(ctx, s.of(w.Kind), ids, bson.D{
			{Key: "gone", Value: true}, {Key: "withdrawn", Value: date(w.At)}, {Key: "rev", Value: t.revision}, {Key: "changed", Value: t.revision},
		})
	})
	if err != nil {
		return 0, err
	}
	return gone, nil
}
