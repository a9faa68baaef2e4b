package sim

import "time"

// wellKnownText describes the well-known record in words of our own.
const wellKnownText = "The logging library log4j 2 looks up names found inside the messages it is asked to write. " +
	"Where such a name points to a directory server that an attacker runs, the library fetches a class from there and runs it, " +
	"so that a single logged line is enough to take over the process. Releases from 2.0-beta9 up to and including 2.14.1 are concerned, " +
	"except the security releases of the older branches; 2.15.0 no longer does lookups in messages."

func wellKnownScene() scene {
	return scene{
		product: newProduct("Apache", "log4j", 'a', 4),
		flaw:    flaw{"CWE-502", "deserialization of untrusted data", "deserialización de datos no confiables"},
		fixed:   "2.15.0", function: "lookup", file: "core/lookup/JndiLookup.java",
	}
}

// wellKnownMetrics gives the highest score there is: CVSS 3.1 base 10.0.
func (a author) wellKnownMetrics(w *document, s *state) error {
	d := a.dice(s, partScores, 0)
	w.array("cvssMetricV31")
	if err := w.metric3("3.1", sourceNVD, "Primary", exact("CVSS:3.1/", metrics3, 0, 0, 0, 0, 1, 2, 2, 2)); err != nil {
		return err
	}
	if err := w.metric3("3.1", sourceADP, "Secondary", exact("CVSS:3.1/", metrics3, 0, 0, 0, 0, 1, 2, 2, 2)); err != nil {
		return err
	}
	w.close(']')
	w.array("cvssMetricV2")
	if err := w.metric20(sourceNVD, "Primary", exact("", metrics20, 0, 1, 0, 2, 2, 2), d); err != nil {
		return err
	}
	w.close(']')
	a.ssvc(w, s, d)
	return nil
}

// defaultNow is when the simulated clock starts unless told otherwise.
var defaultNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
