package vuln

// Scorers with a rank of their own in BestScore.
const (
	scorerNVD     = "nvd@nist.gov"
	scorerCISAADP = "134c704f-9b21-4f2e-91b3-4a467353bcc0"
)

// BestScore chooses the one score to show for a record, or nil when there is
// none. CVSS 3 and 4 come before CVSS 2; then NVD's own assessment, another
// primary one, the reporter's, CISA's; then the newer CVSS version; then the
// order upstream lists them in. The result points into scores.
func BestScore(scores []Score) *Score {
	var best *Score
	for i := range scores {
		if best == nil || rank(scores[i]) > rank(*best) {
			best = &scores[i]
		}
	}
	return best
}

func rank(s Score) int {
	r := 0
	switch s.Version {
	case "4.0":
		r = 1003
	case "3.1":
		r = 1002
	case "3.0":
		r = 1001
	}
	switch {
	case s.Scorer == scorerNVD:
		r += 30
	case s.Type == "Primary":
		r += 20
	case s.Scorer != scorerCISAADP:
		r += 10
	}
	return r
}
