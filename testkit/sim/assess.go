package sim

import "time"

// metrics writes the assessments of a record: who scored it, in which versions
// of CVSS, follows what was usual when it was published.
func (a author) metrics(w *document, s *state, cna string) error {
	d := a.dice(s, partScores, s.scores)
	year := s.publishedYear()
	w.object("metrics")
	defer w.close('}')
	if s.wellKnown() {
		return a.wellKnownMetrics(w, s)
	}
	byNVD := s.status.enriched() && (s.status != deferred || year < 2018)
	byCNA := cna != sourceMITRE && year >= 2018
	if s.status == received && d.n(2) == 0 {
		return nil
	}
	if year >= 2024 && byCNA && d.n(2) == 0 {
		if err := a.v40(w, s, cna, d); err != nil {
			return err
		}
	}
	if err := a.v3(w, d, "3.1", scorers(d, year >= 2019 && byNVD || year < 2016 && d.n(40) == 0 && byNVD, year >= 2019 && byCNA, cna)); err != nil {
		return err
	}
	if err := a.v3(w, d, "3.0", scorers(d, year >= 2016 && year < 2019 && byNVD, year == 2018 && byCNA || year > 2020 && byCNA && d.n(15) == 0, cna)); err != nil {
		return err
	}
	if year < 2022 && byNVD || year >= 2022 && byCNA && d.n(8) == 0 {
		source, kind := sourceNVD, "Primary"
		if year >= 2022 {
			source, kind = cna, "Secondary"
		}
		w.array("cvssMetricV2")
		if err := w.metric20(source, kind, draw(d, "", metrics20, 3), d); err != nil {
			return err
		}
		w.close(']')
	}
	if s.kev || year >= 2025 && d.n(3) == 0 {
		a.ssvc(w, s, d)
	}
	return nil
}

type scorer struct{ source, kind string }

// scorers lists who scored, in the order NVD lists them.
func scorers(d *dice, nvd, theirs bool, cna string) []scorer {
	var list []scorer
	if theirs {
		list = append(list, scorer{cna, "Secondary"})
	}
	if theirs && !nvd && d.n(6) == 0 || nvd && !theirs && d.n(25) == 0 {
		list = append(list, scorer{sourceADP, "Secondary"})
	}
	if nvd {
		list = append(list, scorer{sourceNVD, "Primary"})
	}
	return list
}

func (a author) v3(w *document, d *dice, version string, by []scorer) error {
	if len(by) == 0 {
		return nil
	}
	w.array("cvssMetricV" + version[:1] + version[2:])
	for _, who := range by {
		if err := w.metric3(version, who.source, who.kind, draw(d, "CVSS:"+version+"/", metrics3, 3)); err != nil {
			return err
		}
	}
	w.close(']')
	return nil
}

// renamed40 is when NVD changed its CVSS 4.0 key names; records not touched
// since keep the old ones.
var renamed40 = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

func (a author) v40(w *document, s *state, cna string, d *dice) error {
	w.array("cvssMetricV40")
	legacy := s.published < renamed40 && s.scores == 0
	if err := w.metric40(cna, "Secondary", draw40(d), legacy); err != nil {
		return err
	}
	w.close(']')
	return nil
}

// ssvc writes CISA's decision points (SSVC 2.0.3), with times of another
// spelling than everywhere else.
func (a author) ssvc(w *document, s *state, d *dice) {
	w.array("ssvcV203")
	w.open()
	w.field("source", sourceADP)
	w.object("ssvcData")
	w.field("timestamp", time.UnixMilli(s.published).UTC().Add(time.Duration(d.n(1e9))*time.Microsecond).Format("2006-01-02T15:04:05.000000Z"))
	w.field("id", s.id())
	w.array("options")
	for _, option := range [][2]string{
		{"exploitation", pick(d, []string{"none", "poc", "active"})},
		{"automatable", pick(d, []string{"no", "yes"})},
		{"technicalImpact", pick(d, []string{"partial", "total"})},
	} {
		w.open()
		w.field(option[0], option[1])
		w.close('}')
	}
	w.close(']')
	w.field("role", "CISA Coordinator")
	w.field("version", "2.0.3")
	w.b = append(w.b, "}}]"...)
}
