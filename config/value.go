package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Type says in words what values the key takes.
func (k Key) Type() string {
	if len(k.Choices) > 0 {
		return "one of " + strings.Join(k.Choices, ", ")
	}
	switch k.field(new(Config)).(type) {
	case *int:
		return "whole number"
	case *bool:
		return "true or false"
	case *time.Duration:
		return "duration"
	case *Years:
		return "years"
	case *Secret:
		return "secret text"
	case *StoreURL:
		return "URL"
	case *[]string:
		return "list"
	case *[]Secret:
		return "list of secrets"
	default:
		return "text"
	}
}

// isList says whether the key takes several values.
func (k Key) isList() bool {
	switch k.field(new(Config)).(type) {
	case *[]string, *[]Secret:
		return true
	}
	return false
}

// parse sets the key from one text, as given by a default, the environment or
// a flag. Lists are separated by commas. Errors never quote a secret.
func (k Key) parse(c *Config, text string) error {
	if !k.isList() {
		return k.set(c, text)
	}
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return k.set(c, items...)
}

// set gives the key its value: exactly one text, or any number for a list.
func (k Key) set(c *Config, texts ...string) error {
	var err error
	switch p := k.field(c).(type) {
	case *string:
		*p, err = k.choose(texts[0])
	case *Secret:
		*p = Secret(texts[0])
	case *StoreURL:
		*p = StoreURL(texts[0])
	case *int:
		*p, err = parseInt(texts[0])
	case *bool:
		*p, err = parseBool(texts[0])
	case *time.Duration:
		*p, err = ParseDuration(texts[0])
	case *Years:
		*p, err = ParseYears(texts[0])
	case *[]string:
		*p = texts
	case *[]Secret:
		*p = make([]Secret, len(texts))
		for i, t := range texts {
			(*p)[i] = Secret(t)
		}
	default:
		return fmt.Errorf("key %s has a field of type %T, which nothing can be read into", k.Name, p)
	}
	if err != nil || k.check == nil {
		return err
	}
	return k.check(k.field(c))
}

func (k Key) choose(text string) (string, error) {
	if len(k.Choices) == 0 {
		return text, nil
	}
	for _, choice := range k.Choices {
		if text == choice {
			return text, nil
		}
	}
	return "", fmt.Errorf("%q is not one of %s%s", text, strings.Join(k.Choices, ", "), didYouMean(text, k.Choices))
}

// Text is the value as one would type it, a secret as asterisks.
func (k Key) Text(c *Config) string {
	switch p := k.field(c).(type) {
	case *time.Duration:
		return FormatDuration(*p)
	case *[]string:
		return strings.Join(*p, ",")
	case *[]Secret:
		masks := make([]string, len(*p))
		for i, s := range *p {
			masks[i] = s.String()
		}
		return strings.Join(masks, ",")
	case *Years:
		return p.String()
	case *Secret:
		return p.String()
	case *StoreURL:
		return p.String()
	case *string:
		return *p
	case *int:
		return strconv.Itoa(*p)
	case *bool:
		return strconv.FormatBool(*p)
	default:
		return ""
	}
}

// JSON is the value for an encoder: number, boolean, list or text, a secret as
// asterisks.
func (k Key) JSON(c *Config) any {
	switch p := k.field(c).(type) {
	case *int:
		return *p
	case *bool:
		return *p
	case *[]string:
		return append([]string{}, *p...)
	case *[]Secret:
		return append([]Secret{}, *p...)
	default:
		return k.Text(c)
	}
}

func parseInt(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	if n < 0 {
		return 0, fmt.Errorf("%d is below zero", n)
	}
	return n, nil
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true", "yes", "1":
		return true, nil
	case "false", "no", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", s)
}

// maxDays keeps a number of days far from the limits of time.Duration.
const maxDays = 36500

// ParseDuration reads Go's syntax with days allowed in front: "90s", "2h30m",
// "7d", "1d12h". A duration is never negative, and only 0 needs no unit.
func ParseDuration(s string) (time.Duration, error) {
	fail := func() (time.Duration, error) {
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return 0, fmt.Errorf("the duration %q lacks a unit: write %ss, %sm, %sh or %sd", s, s, s, s, s)
		}
		return 0, fmt.Errorf("%q is not a duration: write something like 90s, 10m, 2h or 7d", s)
	}
	var days time.Duration
	rest := s
	if before, after, found := strings.Cut(s, "d"); found {
		n, err := strconv.ParseUint(before, 10, 32)
		if err != nil {
			return fail()
		}
		if n > maxDays {
			return 0, fmt.Errorf("the duration %q is over %d days", s, maxDays)
		}
		days, rest = time.Duration(n)*24*time.Hour, after
		if rest == "" {
			return days, nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return fail()
	}
	if d < 0 {
		return 0, errors.New("a duration cannot be negative")
	}
	if d > maxDays*24*time.Hour {
		return 0, fmt.Errorf("the duration %q is over %d days", s, maxDays)
	}
	return days + d, nil
}

// FormatDuration is d in the shortest spelling that ParseDuration takes, e.g.
// "2h" for two hours, "2d" for two days.
func FormatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
