package config

import (
	"errors"
	"fmt"
	"strings"
)

// unknownKey is the reason given for a name that is no key.
func unknownKey(name string) error {
	var names []string
	for _, k := range Keys() {
		names = append(names, k.Name)
		if k.Section() == name {
			return errors.New("it is a section, not a key")
		}
	}
	for _, n := range names {
		if strings.HasSuffix(n, "."+name) {
			return fmt.Errorf("there is no such key; did you mean %s?", n)
		}
	}
	hint := didYouMean(name, names)
	if hint == "" {
		hint = "; `vulnmirror config show` lists them all"
	}
	return errors.New("there is no such key" + hint)
}

// didYouMean is "; did you mean X?" for the candidate nearest to name, "" when
// none is near.
func didYouMean(name string, candidates []string) string {
	nearest, least := "", 1+max(1, min(3, len(name)/3))
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), c); d < least {
			nearest, least = c, d
		}
	}
	if nearest == "" {
		return ""
	}
	return "; did you mean " + nearest + "?"
}

// distance is the number of bytes to insert, delete or replace to make a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
