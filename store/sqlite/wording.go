package sqlite

// wordings collects what a batch changes in the word index, so that it is
// written at the end in one go: FTS5 writes out what it has gathered whenever a
// statement on another table opens a savepoint.
type wordings struct {
	order []int64 // records
	by    map[int64]wording
}

type wording struct {
	words string
	held  bool // the index has words of the record
}

// set gives a record its words. held tells whether it had others before.
func (w *wordings) set(record int64, words string, held bool) {
	if w.by == nil {
		w.by = map[int64]wording{}
	}
	if earlier, ok := w.by[record]; ok {
		held = earlier.held
	} else {
		w.order = append(w.order, record)
	}
	w.by[record] = wording{words, held}
}

// write brings the index up to date.
func (w *wordings) write(s *session, index string) error {
	for _, record := range w.order {
		if w.by[record].held {
			if err := s.exec("DELETE FROM "+index+" WHERE rowid = ?", record); err != nil {
				return err
			}
		}
	}
	for _, record := range w.order {
		if words := w.by[record].words; words != "" {
			if err := s.exec("INSERT INTO "+index+" (rowid, word) VALUES (?, ?)", record, words); err != nil {
				return err
			}
		}
	}
	return nil
}
