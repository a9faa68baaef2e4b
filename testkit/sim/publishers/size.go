package publishers

// Size says how many entries of each kind there are. Zero stands for the default,
// which is given with each. What has well-known numbers is always there, so fewer
// than the default are not possible where that says "at least".
type Size struct {
	Weaknesses   int // of CWE, at least 32
	Patterns     int // of CAPEC, at least 15
	Techniques   int // of ATT&CK, at least 24
	Defences     int // techniques of D3FEND, at least 8
	Analytics    int // of CAR, at least 6
	Notes        int // of CERT/CC: 24
	Notices      int // of CERT-FR: 24
	Months       int // documents of Microsoft: 6
	Exploited    int // entries of CISA's catalogue: 12
	Deceptions   int // techniques of SHIELD, and activities of ENGAGE: 6
	DaysOfScores int // files of EPSS before today's: 30
}

func (s Size) orDefault() Size {
	for _, field := range []struct {
		size  *int
		usual int
	}{
		{&s.Weaknesses, 32},
		{&s.Patterns, 15},
		{&s.Techniques, 24},
		{&s.Defences, 8},
		{&s.Analytics, 6},
		{&s.Notes, 24},
		{&s.Notices, 24},
		{&s.Months, 6},
		{&s.Exploited, 12},
		{&s.Deceptions, 6},
		{&s.DaysOfScores, 30},
	} {
		if *field.size == 0 {
			*field.size = field.usual
		}
	}
	return s
}
