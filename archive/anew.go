package archive

// noteAnew marks the journal of a run that fetches everything anew.
const noteAnew = "\x00anew"

// Anew makes the run one that fetches everything anew, as if nothing were held:
// Current knows its own files only, and their bytes are stored though equal ones
// are held. With Commit all earlier files become Superseded. It is called before
// anything is put into the run, and holds when the run is continued after a
// crash.
func (r *Run) Anew() error {
	if err := r.Note(noteAnew, true); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = nil
	return nil
}

// IsAnew reports whether Anew was called.
func (r *Run) IsAnew() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.anew()
}

// anew is IsAnew with r.mu held, or before r is shared.
func (r *Run) anew() bool {
	_, ok := r.journal.notes[noteAnew]
	return ok
}
