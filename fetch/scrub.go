package fetch

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
)

// secrets are the values that must not leave in text.
type secrets struct{ values []string }

func newSecrets(keys map[string]http.Header, upstream *url.URL) secrets {
	var values []string
	for _, header := range keys {
		for _, list := range header {
			for _, v := range list {
				values = append(values, v)
				if _, token, ok := strings.Cut(v, " "); ok { // "Bearer TOKEN"
					values = append(values, token)
				}
			}
		}
	}
	if upstream != nil {
		if password, ok := upstream.User.Password(); ok {
			values = append(values, password)
		}
	}
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		values = append(values, proxyPassword(os.Getenv(name)))
	}
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
	for _, v := range slices.Clone(values) {
		values = append(values, url.QueryEscape(v))
	}
	// The longest first: none may be hidden by a part of itself.
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	return secrets{slices.Compact(values)}
}

// proxyPassword is taken out by hand: it is the address that cannot be parsed
// that gets quoted in an error.
func proxyPassword(proxy string) string {
	at := strings.LastIndex(proxy, "@")
	if at < 0 {
		return ""
	}
	user := proxy[strings.LastIndex(proxy[:at], "/")+1 : at]
	_, password, _ := strings.Cut(user, ":")
	return password
}

func (s secrets) text(t string) string {
	for _, v := range s.values {
		t = strings.ReplaceAll(t, v, "***")
	}
	return t
}

// error returns err itself when its text gives nothing away, else an error
// with clean text that still is what err is.
func (s secrets) error(err error) error {
	if err == nil {
		return nil
	}
	dirty := err.Error()
	if clean := s.text(dirty); clean != dirty {
		return &scrubbed{text: clean, err: err}
	}
	return err
}

// scrubbed does not unwrap: whoever prints its cause would print the secret.
type scrubbed struct {
	text string
	err  error
}

func (e *scrubbed) Error() string        { return e.text }
func (e *scrubbed) Is(target error) bool { return errors.Is(e.err, target) }
