package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The checks below take a pointer to a field, as Key.field returns it.

func notEmpty(v any) error {
	if p, ok := v.(*string); ok && *p == "" {
		return errors.New("it must not be empty")
	}
	return nil
}

func positive(v any) error {
	switch p := v.(type) {
	case *int:
		if *p == 0 {
			return errors.New("it must be at least 1")
		}
	case *time.Duration:
		if *p == 0 {
			return errors.New("it must be longer than 0")
		}
	}
	return nil
}

func baseURL(v any) error {
	s := *v.(*string)
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return errors.New("it must be a URL such as http://127.0.0.1:8081")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("the URL must end with its path, without ? or #")
	}
	return nil
}

// storeURL names no value, which may hold a password.
func storeURL(v any) error {
	s := v.(*StoreURL).Reveal()
	scheme, rest, found := strings.Cut(s, ":")
	switch {
	case s == "":
		return nil
	case found && rest != "" && slices.Contains([]string{"sqlite", "postgres", "postgresql", "mongodb", "mongodb+srv"}, scheme):
		return nil
	}
	return errors.New("it must be sqlite:PATH, postgres://HOST/DATABASE or mongodb://HOST/DATABASE")
}

var sourceName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func sourceNames(v any) error {
	names := *v.(*[]string)
	if len(names) == 0 {
		return errors.New("name at least one source")
	}
	for _, n := range names {
		if !sourceName.MatchString(n) {
			return fmt.Errorf("%q is not the name of a source, which looks like nvd-cve", n)
		}
	}
	return nil
}

func rate(v any) error {
	s := *v.(*string)
	if s == "" {
		return nil
	}
	count, window, found := strings.Cut(s, "/")
	n, err := strconv.Atoi(count)
	if !found || err != nil || n < 1 {
		return fmt.Errorf("%q is not a rate: write requests/window, such as 5/30s", s)
	}
	// Days are left out here because what reads the rate takes Go's syntax.
	if d, err := time.ParseDuration(window); err != nil || d <= 0 {
		return fmt.Errorf("%q is not the window of a rate: write something like 5/30s", window)
	}
	return nil
}

func listenAddress(v any) error {
	s := *v.(*string)
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is not an address: write HOST:PORT, such as 127.0.0.1:8080 or :8080", s)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is not a port: write a number up to 65535", port)
	}
	return nil
}

// headerText accepts what can be sent in an HTTP header. It names no value,
// because some are secret.
func headerText(v any) error {
	var texts []string
	switch p := v.(type) {
	case *string:
		texts = []string{*p}
	case *Secret:
		texts = []string{p.Reveal()}
	case *[]Secret:
		for _, s := range *p {
			texts = append(texts, s.Reveal())
		}
	}
	for _, t := range texts {
		if t != strings.TrimSpace(t) {
			return errors.New("it must not begin or end with white space")
		}
		for _, r := range t {
			if r < ' ' || r > '~' {
				return errors.New("it must be printable ASCII")
			}
		}
	}
	return nil
}

// conflicts returns what is wrong between keys that are right one by one.
func conflicts(c *Config) []conflict {
	var found []conflict
	if c.HTTP.MaxBackoff < c.HTTP.Backoff {
		found = append(found, conflict{"http.max_backoff", fmt.Errorf("it is shorter than http.backoff (%s)", FormatDuration(c.HTTP.Backoff))})
	}
	return found
}

type conflict struct {
	key    string
	reason error
}
