package version

// longest is the length of the longest word known by name.
const longest = len("servicepack")

// fold copies a word in lower case to buf and returns the copy; nil for words
// longer than any known one.
func fold(text string, buf *[longest]byte) []byte {
	if len(text) > longest {
		return nil
	}
	for i := range len(text) {
		buf[i] = text[i] | 0x20
	}
	return buf[:len(text)]
}

// isPrefix reports whether a word before the first number says nothing.
func isPrefix(text string) bool {
	var buf [longest]byte
	switch string(fold(text, &buf)) {
	case "v", "ver", "version", "release", "rel", "stable", "final":
		return true
	}
	return false
}

// classify makes an element of a word. following is the number of digits right
// after it; begun tells that something stands before it.
func classify(text string, following int, begun bool) element {
	var buf [longest]byte
	switch string(fold(text, &buf)) {
	case "dev", "devel", "development", "snapshot", "nightly", "canary", "unstable":
		return element{kind: dev}
	case "alpha", "apha": // misspelt so in NVD's names
		return element{kind: alpha}
	case "beta":
		return element{kind: beta}
	case "gamma":
		return element{kind: gamma}
	case "milestone":
		return element{kind: milestone}
	case "pre", "prerelease", "preview", "pr", "test":
		return element{kind: pre}
	case "rc", "cr", "candidate":
		return element{kind: rc}
	case "final", "ga", "release", "stable", "gold", "rtm", "lts":
		return element{kind: number}
	case "a":
		if begun && following > 0 && following <= 3 {
			return element{kind: alpha}
		}
	case "b":
		if begun && following > 0 && following <= 3 {
			return element{kind: beta}
		}
	case "x":
		if begun && following == 0 {
			return element{kind: wildcard}
		}
	case "p", "pl", "patch":
		return element{word, "p"}
	case "r", "rev", "revision":
		return element{word, "r"}
	case "u", "update":
		return element{word, "u"}
	case "sp", "servicepack":
		return element{word, "sp"}
	case "hf", "hotfix":
		return element{word, "hf"}
	}
	return element{word, text}
}
