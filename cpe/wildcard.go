package cpe

import (
	"strings"
	"unicode/utf8"
)

// unlimited is how many characters a * stands for.
const unlimited = -1

// dissect splits a string value into what its wildcards stand for: at most
// lead characters, then body, then at most trail characters. A value of
// question marks only is all lead.
func dissect(v string) (lead int, body string, trail int) {
	if v[0] == '*' {
		lead, v = unlimited, v[1:]
	} else {
		for lead < len(v) && v[lead] == '?' {
			lead++
		}
		v = v[lead:]
	}
	// Quotes are told from the left, so the end of the body is found that way:
	// it is where only wildcards follow.
	end := 0
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
			end = min(i+1, len(v))
		case '*', '?':
		default:
			end = i + 1
		}
	}
	body, v = v[:end], v[end:]
	switch {
	case v == "":
		return lead, body, 0
	case v == "*":
		return lead, body, unlimited
	case strings.Trim(v, "?") == "":
		return lead, body, len(v)
	}
	// Not well-formed: leave the wildcards in the body, where they show.
	return lead, body + v, 0
}

// matches reports whether the string value pattern, with wildcards, covers the
// string value literal, without.
func matches(pattern, literal string) bool {
	lead, body, trail := dissect(pattern)
	for skipped := 0; ; skipped++ {
		if rest, ok := strings.CutPrefix(literal, body); ok && atMost(rest, trail) {
			return true
		}
		if literal == "" || skipped == lead {
			return false
		}
		literal = literal[width(literal):]
	}
}

// atMost reports whether v has no more than limit characters.
func atMost(v string, limit int) bool {
	if limit == unlimited {
		return true
	}
	for ; v != ""; limit-- {
		if limit == 0 {
			return false
		}
		v = v[width(v):]
	}
	return true
}

// width returns the length of the first character of v with its quoting.
func width(v string) int {
	switch {
	case v[0] == '\\':
		return min(2, len(v))
	case v[0] < utf8.RuneSelf:
		return 1
	}
	_, size := utf8.DecodeRuneInString(v)
	return size
}
