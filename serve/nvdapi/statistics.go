package nvdapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"vulnmirror/store"
	"vulnmirror/vuln"
)

// PathStatistics is where nvd.nist.gov counts its records for its own pages.
const PathStatistics = "/rest/public/dashboard/statistics"

// statusCount is how many CVE records have a status.
type statusCount struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// statistics answers the one report that clients ask for (cve-bin-tool:
// reporttype=countsbystatus), with the members they read. Other reports are not
// found; parameters besides reporttype do not matter, as they filter nothing.
func (h *handler) statistics(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("reporttype") != "countsbystatus" {
		refuse(w, "Only reporttype=countsbystatus is available.")
		return
	}
	ctx, _, cancel := h.patient(r.Context())
	defer cancel()
	counts, err := h.countsByStatus(ctx)
	if err != nil {
		h.fail(w, r, &page{}, err)
		return
	}
	body, err := json.Marshal(map[string][]statusCount{"vulnsByStatusCounts": counts})
	if err != nil {
		h.unavailable(w, r, err)
		return
	}
	w.Header()["Content-Type"] = isJSON
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = w.Write(body) // nobody is left to tell when this fails
}

// countsByStatus counts what the CVE API would answer with: all of it first, as
// Total, then by each status that is known. A status that is not counts in Total
// only.
func (h *handler) countsByStatus(ctx context.Context) ([]statusCount, error) {
	if err := h.gate.open(ctx, vuln.KindCVE); err != nil {
		return nil, err
	}
	snapshot, err := h.store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	count := func(name string, of []string) (statusCount, error) {
		d, err := snapshot.Digest(ctx, store.Query{Kind: vuln.KindCVE, Statuses: of, Native: h.native})
		return statusCount{name, d.Count}, err
	}
	total, err := count("Total", nil)
	if err != nil {
		return nil, err
	}
	counts := []statusCount{total}
	for _, status := range statuses {
		c, err := count(status, []string{status})
		if err != nil {
			return nil, err
		}
		counts = append(counts, c)
	}
	return counts, nil
}
