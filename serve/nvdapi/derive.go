package nvdapi

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// change is a change of a CVE record in the shape of the CVE change history API.
type change struct {
	CVE     string    `json:"cveId"`
	Event   string    `json:"eventName"`
	ID      string    `json:"cveChangeId"`
	Source  string    `json:"sourceIdentifier"`
	Created string    `json:"created"`
	Details []detail  `json:"details"`
	at      time.Time // Created
}

// deriveChanges makes the changes of one CVE record from the versions of it that
// were seen, oldest first. What changed before the first of them, and between
// two of them when there was more than one change, nobody saw; so without a CVE
// there is no honest answer for a window of time.
func deriveChanges(ctx context.Context, h *handler, r *request) ([][]byte, error) {
	if r.cve == "" {
		return nil, problem("This mirror does not keep NVD's change history and can only derive that of one CVE: give cveId, or enable the source nvd-cvehistory.")
	}
	if err := h.gate.open(ctx, vuln.KindCVE); err != nil {
		return nil, err
	}
	versions, err := h.store.Versions(ctx, vuln.KindCVE, r.cve)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	versions = slices.DeleteFunc(versions, func(v store.Version) bool { return v.Record.Converted })
	var bodies [][]byte
	for i := 1; i < len(versions); i++ {
		c, err := changeBetween(&versions[i-1].Record, &versions[i].Record)
		if err != nil {
			return nil, err
		}
		if !r.wants(&c) {
			continue
		}
		var body bytes.Buffer
		as := json.NewEncoder(&body)
		as.SetEscapeHTML(false) // values stay as records spell them
		if err := as.Encode(c); err != nil {
			return nil, fmt.Errorf("derive a change of %s: %w", r.cve, err)
		}
		bodies = append(bodies, bytes.TrimSuffix(body.Bytes(), []byte("\n")))
	}
	return bodies, nil
}

// wants tells whether a derived change is asked for.
func (r *request) wants(c *change) bool {
	span := r.query.Published
	return (span.From.IsZero() || !c.at.Before(span.From)) && (span.To.IsZero() || !c.at.After(span.To)) &&
		(r.query.Statuses == nil || slices.Contains(r.query.Statuses, c.Event))
}

// changeBetween compares two versions of a record. The source of a change is
// not in the records; the source of the record stands in for it.
func changeBetween(before, after *vuln.Record) (change, error) {
	c := change{
		CVE: after.ID, ID: changeID(before, after), Source: after.SourceIdentifier,
		Created: vuln.FormatTime(after.Modified), at: after.Modified,
	}
	var err error
	if c.Details, err = details(before.Body, after.Body); err != nil {
		return c, fmt.Errorf("derive a change of %s: %w", after.ID, err)
	}
	c.Event = event(before.Status, after.Status, c.Details)
	return c, nil
}

// event names a change by what is certain about it. Whether a change came from
// NVD's analysis cannot be seen, so most are just modifications.
func event(before, after string, details []detail) string {
	const rejected = "Rejected"
	only := func(types ...string) bool {
		return len(details) > 0 && !slices.ContainsFunc(details, func(d detail) bool { return !slices.Contains(types, d.Type) })
	}
	switch {
	case before != rejected && after == rejected:
		return eventRejected
	case before == rejected && after != rejected:
		return eventUnrejected
	case only("vulnStatus"):
		return eventStatusChange
	case only("cisaExploitAdd", "cisaActionDue", "cisaRequiredAction", "cisaVulnerabilityName"):
		return eventKEV
	}
	return eventModified
}

// urlSpace is the namespace for names that are URLs (RFC 9562, section 6.6).
var urlSpace = vuln.UUID{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}

// changeID is the same on every mirror that saw the same two versions: a UUID
// of version 5 (RFC 9562, section 5.5) named by both.
func changeID(before, after *vuln.Record) string {
	name := fmt.Appendf(urlSpace[:], "https://nvd.nist.gov/vuln/detail/%s#%x-%x",
		after.ID, vuln.ContentHash(before.Body), vuln.ContentHash(after.Body))
	sum := sha1.Sum(name)
	id := vuln.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
