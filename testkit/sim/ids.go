package sim

// IDs lists the identifiers of the CVE records, in NVD's order.
func (u *Upstream) IDs() []string {
	states := u.snapshot()
	ids := make([]string, len(states))
	for i := range states {
		ids[i] = states[i].id()
	}
	return ids
}
