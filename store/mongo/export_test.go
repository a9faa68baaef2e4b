package mongo

import "time"

// Hurry makes turns end soon and sets large soon, for tests.
func (s *Store) Hurry(term time.Duration, small int) { s.term, s.small = term, small }
